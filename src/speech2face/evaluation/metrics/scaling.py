"""Recall by the number of training pairs, and where its line leads, of a cross-validated run of preset `speaker`.

Its regression is solved in closed form, so that fits to a part of each fold's training people cost little.
"""

import json
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from jaxtyping import Float
from scipy.special import expit, logit

from speech2face.base.columns import gather_arrays
from speech2face.base.intervals import FEWEST_SPEAKERS, Estimate, share_of_speakers, statistic_of_speakers
from speech2face.base.random import stream
from speech2face.config import Metrics
from speech2face.data.splits.share import TEST, TRAIN, read_index
from speech2face.evaluation.metrics.conditions import chance_recalls
from speech2face.evaluation.metrics.retrieval import recall_of_speakers
from speech2face.learning.encoder.ridge import fit_face_ridge

PERCENT = 10
RECALL = f"recall_at_{PERCENT}_percent"
GUESS = "guess"
"""Part of the names of measures that are extrapolated."""
_SMALLEST = 50
TOWARDS = (1_300, 10_000, 1_700_000)
"""Numbers of pairs to extrapolate to; the last is what the paper trained on."""
# A part must be that much smaller than the whole to say something else.
_APART = 0.85
# The end of the curve: points with at least this part of all pairs.
_END = 1 / 3
_DRAWS = 5
# The logit of a recall of none or all is infinite; half a person stands in for it.
_HALF = 0.5


def measure(
    *, folds: Sequence[Path], speakers: Path, faces: Path, history: Path, settings: Metrics, seed: int
) -> dict[str, Estimate]:
    """`s2f.scaling.<pairs>.recall_at_10_percent` by centred cosine, and `s2f.scaling.guess.<pairs>...` beyond.

    Training pairs are 50, 100, 200 and so on up to all of a fold's; whole people are drawn until the number is
    reached, `_DRAWS` times. A guess is the end of a straight line of the logit of recall on the logarithm of the number
    of pairs. Its interval holds that of the line through all points, and that of the line through the points from a
    third of all pairs on, which is the lower one where the curve bends; both are over people.

    Args:
        folds: index of each fold.
        speakers: folder of the shards of `embed_speakers`.
        faces: folder of the faces phase's shards.
        history: of a fold's voice encoder, which has every penalty.
    """
    penalties = [row["penalty"] for row in json.loads(history.read_text())]
    parts = [_Fold.read(read_index(path), speakers, faces) for path in folds]
    everybody = np.concatenate([part.tested for part in parts])
    people = np.unique(everybody, return_inverse=True)[1]
    count = int(people.max()) + 1
    if count < FEWEST_SPEAKERS:
        return {}
    whole = round(np.mean([len(part.trained) for part in parts]))
    by_pairs = {}
    for size in [*_sizes(whole), whole]:
        draws = [_recalls(parts, size, draw, people, penalties, settings, seed) for draw in range(_DRAWS)]
        # With all pairs there is nothing to draw.
        by_pairs[size] = np.mean(draws[:1] if size == whole else draws, axis=0)
    rng = stream(seed, "scaling")
    measures = {
        f"s2f.scaling.{pairs}.{RECALL}": share_of_speakers(recalls, rng, settings.bootstrap)
        for pairs, recalls in by_pairs.items()
    }
    if len(by_pairs) > 1:
        for pairs in TOWARDS:
            if pairs > whole:
                measures[f"s2f.scaling.{GUESS}.{pairs}.{RECALL}"] = _guess(by_pairs, pairs, rng, settings)
    return measures | chance_recalls("chance.scaling", [PERCENT], count)


def _sizes(whole: int) -> list[int]:
    doubled = [_SMALLEST * 2**power for power in range(int(np.log2(max(whole / _SMALLEST, 1))) + 1)]
    return [size for size in doubled if size <= _APART * whole]


class _Fold:
    """The inputs and faces of a fold's training and test clips, and the speaker of each."""

    def __init__(self, train: pd.DataFrame, test: pd.DataFrame, speakers: Path, faces: Path) -> None:
        self.trained, self.tested = (rows["speaker_id"].to_numpy(str) for rows in (train, test))
        (self.inputs, self.test_inputs), (self.faces, self.test_faces) = (
            [gather_arrays(rows, folder, column).astype(np.float64) for rows in (train, test)]
            for folder, column in ((speakers, "inputs"), (faces, "embedding"))
        )

    @classmethod
    def read(cls, index: pd.DataFrame, speakers: Path, faces: Path) -> "_Fold":
        train, test = (index[index["split"] == split].reset_index(drop=True) for split in (TRAIN, TEST))
        return cls(train, test, speakers, faces)

    def predict(
        self, pairs: int, rng: np.random.Generator, penalties: Sequence[float]
    ) -> Float[np.ndarray, "clips dimension"]:
        """Faces of the test clips, from the mean face of a fit to whole people who have so many pairs together."""
        names = rng.permutation(np.unique(self.trained))
        held = np.cumsum([np.sum(self.trained == name) for name in names])
        mask = np.isin(self.trained, names[: np.searchsorted(held, pairs) + 1])
        ridge = fit_face_ridge(self.inputs[mask], self.faces[mask], self.trained[mask].tolist(), penalties)
        return ridge(self.test_inputs) - ridge.mean


def _recalls(
    parts: Sequence[_Fold],
    pairs: int,
    draw: int,
    people: np.ndarray,
    penalties: Sequence[float],
    settings: Metrics,
    seed: int,
) -> Float[np.ndarray, "people"]:
    """Recall of each person, each predicted by a fit to so many pairs of other folds."""
    rng = stream(seed, "scaling", pairs, draw)
    predicted = np.concatenate([part.predict(pairs, rng, penalties) for part in parts])
    faces = np.concatenate([part.test_faces for part in parts])
    # The same galleries for every number of pairs.
    return recall_of_speakers(predicted, faces, people, PERCENT, stream(seed, "galleries"), settings.galleries)


def _guess(
    by_pairs: Mapping[int, Float[np.ndarray, "people"]], pairs: int, rng: np.random.Generator, settings: Metrics
) -> Estimate:
    scores = np.stack(list(by_pairs.values()))
    sizes = np.array(list(by_pairs), float)
    whole, end = (
        statistic_of_speakers(
            partial(_extrapolated, scores[used], np.log(sizes[used]), np.log(pairs)),
            scores.shape[1],
            rng,
            settings.bootstrap,
        )
        for used in (sizes > 0, sizes >= _END * sizes.max())
    )
    return Estimate(value=whole.value, low=min(whole.low, end.low), high=max(whole.high, end.high), n=scores.shape[1])


def _extrapolated(
    scores: Float[np.ndarray, "sizes people"],
    positions: Float[np.ndarray, "sizes"],
    to: float,
    weights: Float[np.ndarray, "people"],
) -> float:
    """Recall in percent at a position, on the line of its logit; of people as often as their weights say."""
    total = weights.sum()
    recalls = np.clip(scores @ weights / total, _HALF / total, 1 - _HALF / total)
    slope, level = np.polyfit(positions, logit(recalls), 1)
    return float(100 * expit(level + slope * to))
