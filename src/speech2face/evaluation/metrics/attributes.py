"""Sex, age and ethnicity as probes read them from face embeddings; paper, figure 4.

The paper asks a commercial classifier; here a probe of each attribute is fitted on the face embeddings of the training
speakers, never on a test one. Its own accuracy on true faces is the upper bound of what it can find in reconstructions.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float, Int, Shaped
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR

from speech2face.base.columns import gather_arrays
from speech2face.base.intervals import Estimate, mean_of_speakers, share_of_speakers, statistic_of_speakers
from speech2face.base.random import stream
from speech2face.config import Metrics
from speech2face.data.splits.share import TRAIN, read_index
from speech2face.evaluation.metrics.labels import ATTRIBUTES, age_band, among_speakers, labels_of
from speech2face.evaluation.predictions.schema import Predictions, read_predictions


class Probe:
    """Reads one attribute from embeddings: a support vector machine (radial basis, C = 3)."""

    def __init__(self, embeddings: Float[np.ndarray, "train d"], labels: Sequence[str], seed: int) -> None:
        self._model = make_pipeline(StandardScaler(), SVC(C=3.0, random_state=seed))
        self._model.fit(embeddings, list(labels))

    def predict(self, embeddings: Float[np.ndarray, "clips d"]) -> Shaped[np.ndarray, "clips"]:
        """The most probable label of each embedding."""
        return self._model.predict(embeddings)

    def scores(self, embeddings: Float[np.ndarray, "clips d"]) -> dict[str, Float[np.ndarray, "clips"]]:
        """How much speaks for each label, which are those that the probe was fitted on; of two, one is the other's
        negative."""
        scores = self._model.decision_function(embeddings)
        if scores.ndim == 1:
            scores = np.stack([-scores, scores], axis=1)
        return dict(zip(self._model.classes_.tolist(), scores.T, strict=True))


class AgeProbe:
    """Reads ages from embeddings: support vector regression (radial basis, C = 30).

    Decades have an order that a classifier of them does not know. In cross-validation over the training speakers of the
    default world (five folds, no speaker in two) the decade of the age that the regression reads is right for 42 % of
    the clips, what a classifier like `Probe` reads for 35 %, and what the best of 24 classifiers reads for 38 %; the
    error in years is larger with C = 10 or 100.
    """

    def __init__(self, embeddings: Float[np.ndarray, "train d"], years: Float[np.ndarray, "train"]) -> None:
        self._model = make_pipeline(StandardScaler(), SVR(C=30.0))
        self._model.fit(embeddings, years)

    def years(self, embeddings: Float[np.ndarray, "clips d"]) -> Float[np.ndarray, "clips"]:
        """The age read from each embedding, in years."""
        return self._model.predict(embeddings)

    def predict(self, embeddings: Float[np.ndarray, "clips d"]) -> Shaped[np.ndarray, "clips"]:
        """The age band of each embedding."""
        return np.array([age_band(years) for years in self.years(embeddings)], object)


Probes = Mapping[str, Probe | AgeProbe]


def fit_probes(train: pd.DataFrame, embeddings: Float[np.ndarray, "train d"], seed: int) -> Probes:
    """A probe of each attribute for which the training clips have at least two labels.

    Args:
        train: the training clips' rows of the index.
        embeddings: their true faces.
    """
    labels, probes = labels_of(train), dict[str, Probe | AgeProbe]()
    for attribute in ATTRIBUTES:
        known = labels[attribute].notna().to_numpy()
        if labels[attribute][known].nunique() < 2:
            continue
        if attribute == "age_band":
            probes[attribute] = AgeProbe(embeddings[known], train["age"].to_numpy(float)[known])
        else:
            probes[attribute] = Probe(embeddings[known], labels[attribute][known].tolist(), seed)
    return probes


def learn_probes(index: Path, faces: Path, seed: int) -> Probes:
    """The probes of a run.

    Args:
        index: of the good clips, with the splits.
        faces: folder of the faces phase's shards.
    """
    train = read_index(index, TRAIN)
    return fit_probes(train, gather_arrays(train, faces, "embedding"), seed)


def balanced_share(
    labels: Shaped[np.ndarray, "clips"],
    right: Bool[np.ndarray, "clips"],
    speakers: Int[np.ndarray, "clips"],
    rng: np.random.Generator,
    resamples: int,
) -> Estimate:
    """The share of right clips within each label, in percent, averaged over the labels that occur.

    Common labels count no more than rare ones: always giving one label scores 100 over the number of labels. Each clip
    counts as one part of its speaker, as in the plain share.

    Args:
        labels: of each clip; clips with None are left out.
    """
    known = pd.notna(labels)
    of_label = labels[known] == np.unique(labels[known].astype(str)).astype(object)[:, None]  # [labels, clips]
    people, right = np.unique(speakers[known], return_inverse=True)[1], right[known]
    clips = np.bincount(people)
    if right.all() or not right.any():
        # All speakers are alike: the bootstrap would give an interval of width 0.
        return share_of_speakers(np.full(len(clips), float(right.any())), rng, resamples)
    whole = np.stack([np.bincount(people, of, len(clips)) / clips for of in of_label])
    part = np.stack([np.bincount(people, of & right, len(clips)) / clips for of in of_label])

    def statistic(weights: np.ndarray) -> float:
        weight = whole @ weights
        return 100 * float(np.mean((part @ weights)[weight > 0] / weight[weight > 0]))

    return statistic_of_speakers(statistic, len(clips), rng, resamples)


def measure(*, predictions: Path, index: Path, faces: Path, settings: Metrics, seed: int) -> dict[str, Estimate]:
    """Accuracy with which sex, age and ethnicity are read from the true faces and from every method's predictions.

    Clips without a label are left out; a missing prediction counts as wrong, and has no error in years.

    Args:
        predictions: the table of predictions.
        index: of the good clips, with the splits.
        faces: folder of the faces phase's shards.
    """
    table = read_predictions(predictions)
    train = read_index(index, TRAIN)
    probes = learn_probes(index, faces, seed)
    rng = stream(seed, "attributes")
    train_labels, test_labels = labels_of(train), labels_of(table.clips)
    measures: dict[str, Estimate] = {}
    for attribute, probe in probes.items():
        true_labels = test_labels[attribute].to_numpy()
        known = test_labels[attribute].notna().to_numpy()
        if not known.any():
            continue
        commonest = train_labels[attribute].mode().iloc[0]
        right = {"majority": true_labels == commonest}
        for method in (*table.methods.values(), table.true_faces):
            right[method.name] = (probe.predict(method.embeddings) == true_labels) & method.found
        for name, hit in right.items():
            shares = among_speakers(hit, known, table.speakers)
            measures[f"{name}.attributes.{attribute}.accuracy"] = share_of_speakers(shares, rng, settings.bootstrap)
            measures[f"{name}.attributes.{attribute}.balanced_accuracy"] = balanced_share(
                true_labels, hit, table.speakers, rng, settings.bootstrap
            )
        if isinstance(probe, AgeProbe):
            mean = float(np.nanmean(train["age"].to_numpy(float)))
            measures |= _errors_in_years(table, probe, mean, rng, settings.bootstrap)
    return measures


def _errors_in_years(
    table: Predictions, probe: AgeProbe, mean: float, rng: np.random.Generator, resamples: int
) -> dict[str, Estimate]:
    true = table.clips["age"].to_numpy(float)
    known = ~np.isnan(true)
    read = {"mean_age": (np.full(len(true), mean), known)}
    for method in (*table.methods.values(), table.true_faces):
        read[method.name] = (probe.years(method.embeddings), known & method.found)
    return {
        f"{name}.attributes.age.error_years": mean_of_speakers(
            among_speakers(np.abs(years - true), counted, table.speakers), rng, resamples
        )
        for name, (years, counted) in read.items()
        if counted.any()
    }
