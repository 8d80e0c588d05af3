"""What a probe reads in one picture against what it reads in another: confusion matrices; paper, figure 4a.

The paper's matrices hold what a commercial classifier reads in the original (rows) and in the reconstruction
(columns). Where one label is common, always giving that label agrees often too. The agreement is therefore compared
with that of the commonest label, and with a balanced agreement in which all labels count alike.
"""

from pathlib import Path

import numpy as np
from jaxtyping import Float, Int, Shaped

from speech2face.base.intervals import Estimate, share_of_speakers, statistic_of_speakers
from speech2face.base.random import stream
from speech2face.config import Metrics
from speech2face.evaluation.metrics.attributes import AgeProbe, Probe, balanced_share, learn_probes
from speech2face.evaluation.metrics.labels import among_speakers, labels_of, name_of
from speech2face.evaluation.predictions.schema import Prediction, Predictions, read_predictions

AGREEMENTS = ("agreement", "balanced_agreement", "majority", "balanced_majority")
"""The measures of a whole matrix; the other names below it are those of its rows."""


Labels = Shaped[np.ndarray, "clips"]


def ratio_of_speakers(
    part: Float[np.ndarray, "speakers"], whole: Float[np.ndarray, "speakers"], rng: np.random.Generator, resamples: int
) -> Estimate:
    """The share that the speakers' parts are of their wholes together, in percent; speakers without a whole fall out.

    Where no two speakers differ the bootstrap would claim certainty: the interval is then that of `share_of_speakers`
    for none and for all, and from 0 to 100 for a share between.
    """
    part, whole = part[whole > 0], whole[whole > 0]
    shares = part / whole
    if shares.min() < shares.max():
        return statistic_of_speakers(lambda w: 100 * float((w @ part) / (w @ whole)), len(shares), rng, resamples)
    if shares[0] in (0, 1):
        return share_of_speakers(shares, rng, resamples)
    return Estimate(value=100 * float(shares[0]), low=0.0, high=100.0, n=len(shares))


def confusion(
    rows: Labels, columns: Labels, speakers: Int[np.ndarray, "clips"], rng: np.random.Generator, resamples: int
) -> dict[str, Estimate]:
    """A confusion matrix in percent of its rows, and how far rows and columns agree.

    Each clip counts as one part of its speaker. The `n` of a cell is the number of speakers behind its row.

    Args:
        rows: the label of each clip that should be met; clips with None are left out.
        columns: the label that was read; None, where no face was found, never agrees, and such a row adds up to less
            than 100.

    Returns:
        `<row>.<column>` of each row and column that occurs, and with one number a matrix `agreement`,
        `balanced_agreement` (mean of the diagonal), `majority` and `balanced_majority`: what always giving the
        commonest row label would score.

    Raises:
        ValueError: no clip has a row label.
    """
    rows, columns = np.asarray(rows, object), np.asarray(columns, object)
    labelled = np.array([row is not None for row in rows], bool)
    if not labelled.any():
        raise ValueError("A confusion matrix needs at least one clip with a label.")
    rows, columns, speakers = rows[labelled], columns[labelled], speakers[labelled]
    counts = {label: len(np.unique(speakers[rows == label])) for label in sorted(set(rows))}
    labels = sorted(set(counts) | {label for label in columns if label is not None})
    every = np.ones(len(rows), bool)
    measures: dict[str, Estimate] = {}
    for row in counts:
        for column in labels:
            part = among_speakers((rows == row) & (columns == column), every, speakers)
            whole = among_speakers(rows == row, every, speakers)
            measures[f"{name_of(row)}.{name_of(column)}"] = ratio_of_speakers(part, whole, rng, resamples)
    commonest = max(counts, key=lambda label: among_speakers(rows == label, every, speakers).mean())
    for name, right in {"agreement": rows == columns, "majority": rows == commonest}.items():
        measures[name] = share_of_speakers(among_speakers(right, every, speakers), rng, resamples)
    measures["balanced_agreement"] = balanced_share(rows, rows == columns, speakers, rng, resamples)
    blind = 100 / len(counts)
    measures["balanced_majority"] = Estimate.exact(blind, measures["majority"].n)
    return measures


def measure(*, predictions: Path, index: Path, faces: Path, settings: Metrics, seed: int) -> dict[str, Estimate]:
    """Matrices of each attribute, under `<what>.confusion.<attribute>`.

    `faces`: the truth against what the probe reads in the original, the probe's own errors. `f2f` and `s2f_pictures`:
    the original against the picture, both as the probe reads them, which is what the paper shows. `f2f_s2f`: the two
    pictures, of one decoder, against each other; the paper's authors made these matrices and did not publish them.

    Args:
        predictions: the table of predictions.
        index: of the good clips, with the splits.
        faces: folder of the faces phase's shards.
    """
    table = read_predictions(predictions)
    probes = learn_probes(index, faces, seed)
    rng = stream(seed, "confusion")
    measures: dict[str, Estimate] = {}
    for attribute, probe in probes.items():
        for what, (rows, columns) in _pairs(table, attribute, probe).items():
            if any(row is not None for row in rows):
                matrix = confusion(rows, columns, table.speakers, rng, settings.bootstrap)
                measures |= {f"{what}.confusion.{attribute}.{name}": cell for name, cell in matrix.items()}
    return measures


def _pairs(table: Predictions, attribute: str, probe: Probe | AgeProbe) -> dict[str, tuple[Labels, Labels]]:
    """Rows and columns of each matrix."""

    def read(prediction: Prediction) -> Labels:
        labels = probe.predict(prediction.embeddings).astype(object)
        labels[~prediction.found] = None
        return labels

    original, f2f, s2f = (
        read(method) for method in (table.true_faces, table.methods["f2f"], table.methods["s2f_pictures"])
    )
    return {
        "faces": (labels_of(table.clips)[attribute].to_numpy(), original),
        "f2f": (original, f2f),
        "s2f_pictures": (original, s2f),
        "f2f_s2f": (f2f, s2f),
    }
