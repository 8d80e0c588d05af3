"""Association: whether a voice and a face are of the same person, as choice of 1 in N and as verification.

Both are how the field compares voices with faces (Nagrani et al., "Seeing voices and hearing faces", CVPR 2018). Sex
alone identifies the right face in most choices among random people, so wrong faces are also taken from people of the
same sex only, and of the same sex, age band and ethnicity.

The challenge FLAG (ICASSP 2027) scores a system by the mean of two equal error rates, over wrong pairs of anyone and of
the same sex, apart for languages that were heard in training and others. Its right pairs are from different videos: a
voice and a face of one video share more than the person.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.sparse import csr_array

from speech2face.base.intervals import FEWEST_SPEAKERS, Estimate, share_of_speakers, statistic_of_speakers
from speech2face.base.random import stream
from speech2face.config import Metrics
from speech2face.evaluation.metrics.groups import GROUP, SEX, others_alike, similarity_table
from speech2face.evaluation.metrics.labels import among_speakers
from speech2face.evaluation.metrics.retrieval import OTHER_CLIP
from speech2face.evaluation.predictions.schema import read_predictions

CHOICES = (2, 3, 5, 10)
"""N of a choice of 1 in N."""
MATCHINGS = {"": (), "sex_matched.": SEX, "group_matched.": GROUP}
"""Attributes that wrong faces share with the right one, by their part of a measure's name."""
CHANCE = 50.0
"""AUC and equal error rate of predictions without information, in percent."""


def measure(*, predictions: Path, settings: Metrics, seed: int) -> dict[str, Estimate]:
    """Accuracy of choices, and AUC and equal error rate of verification, in percent, for every method.

    Names are `<method>.association.<v2f or f2v>.1_of_<N>.<matching.>accuracy` and
    `<method>.association.verification.<matching.><auc or eer>`. Speakers with too few others to choose among are left
    out, and so is a measure that leaves fewer than `FEWEST_SPEAKERS`. A missing prediction, where no face was found in
    a picture, is never chosen and less similar to any face than every prediction.

    With `other_clip.` before the matching the right face is that of another clip of the person, of the people who have
    one. `<method>.association.flag.eer` is FLAG's score, with the right faces of other clips.
    """
    table = read_predictions(predictions)
    rng = stream(seed, "association")
    measures = {}
    for matching, attributes in MATCHINGS.items():
        wrong = others_alike(table.clips, table.speakers, attributes)
        for method, prediction in table.methods.items():
            similarities = similarity_table(prediction, table.faces)
            for direction, similarity in {"v2f": similarities, "f2v": similarities.T}.items():
                for n, scores in choice_accuracies(similarity, wrong, table.speakers, CHOICES).items():
                    of_speakers = among_speakers(
                        np.where(prediction.found, scores, 0.0), ~np.isnan(scores), table.speakers
                    )
                    if len(of_speakers) >= FEWEST_SPEAKERS:
                        name = f"{method}.association.{direction}.1_of_{n}.{matching}accuracy"
                        measures[name] = share_of_speakers(of_speakers, rng, settings.bootstrap)
            verification = Pairs(similarities, wrong, table.speakers)
            measures |= _verified(verification, f"{method}.association.verification.{matching}", rng, settings)
    same_sex = others_alike(table.clips, table.speakers, SEX)
    anyone = others_alike(table.clips, table.speakers, ())
    right = ~anyone & ~np.eye(len(anyone), dtype=bool)
    comparable = same_sex.any(axis=1, keepdims=True)
    for method, prediction in table.methods.items():
        similarities = similarity_table(prediction, table.faces)
        others = {"": anyone, "sex_matched.": same_sex}
        pairs_of = {matching: Pairs(similarities, wrong, table.speakers, right) for matching, wrong in others.items()}
        for matching, pairs in pairs_of.items():
            measures |= _verified(pairs, f"{method}.association.verification.{OTHER_CLIP}.{matching}", rng, settings)
        # FLAG's score is a mean over the same people.
        of_anyone = Pairs(similarities, anyone & comparable & comparable.T, table.speakers, right)
        if of_anyone.speakers >= FEWEST_SPEAKERS:
            measures[f"{method}.association.flag.eer"] = statistic_of_speakers(
                partial(_mean_error, of_anyone, pairs_of["sex_matched."]), of_anyone.speakers, rng, settings.bootstrap
            )
    return measures | _chance(len(np.unique(table.speakers)))


def _mean_error(some: "Pairs", others: "Pairs", weights: Float[np.ndarray, "speakers"]) -> float:
    return (some.equal_error_rate(weights) + others.equal_error_rate(weights)) / 2


def _verified(pairs: "Pairs", name: str, rng: np.random.Generator, settings: Metrics) -> dict[str, Estimate]:
    """AUC and equal error rate under names that begin with `name`; none of too few speakers."""
    if pairs.speakers < FEWEST_SPEAKERS:
        return {}
    return {
        f"{name}{what}": statistic_of_speakers(statistic, pairs.speakers, rng, settings.bootstrap)
        for what, statistic in {"auc": pairs.auc, "eer": pairs.equal_error_rate}.items()
    }


def _chance(speakers: int) -> dict[str, Estimate]:
    values = {f"1_of_{n}.accuracy": 100 / n for n in CHOICES}
    values |= {"verification.auc": CHANCE, "verification.eer": CHANCE}
    return {f"chance.association.{k}": Estimate.exact(v, speakers) for k, v in values.items()}


def choice_accuracies(
    similarity: Float[np.ndarray, "clips clips"],
    wrong: Bool[np.ndarray, "clips clips"],
    speakers: Int[np.ndarray, "clips"],
    choices: Sequence[int],
) -> dict[int, Float[np.ndarray, "clips"]]:
    """The probability that a clip's own entry (the diagonal) is the most similar of N, for each N of `choices`.

    The N - 1 wrong entries are of different speakers; all sets of speakers and all clips of a speaker are equally
    likely. This is the exact mean over all draws, ties broken at random. Where every speaker has one clip and there are
    no ties it is the hypergeometric C(worse, N - 1) / C(others, N - 1).

    With `w` and `t` the shares of a speaker's clips that are worse and that tie, the sum over all sets of N - 1
    speakers is the elementary symmetric polynomial of the values `w + t z`: a set with T ties is won 1 time in T + 1,
    which is the integral of z^T from 0 to 1. Gauss-Legendre quadrature gives the integral exactly.

    Args:
        wrong: which entries are candidates for each clip beside its own.

    Returns:
        For each N the accuracy of each clip (0..1); NaN where there are fewer than N - 1 others.
    """
    own = np.diag(similarity)[:, None]
    of_speaker = (speakers[:, None] == np.unique(speakers)[None]).astype(float)
    entries = wrong @ of_speaker
    share = 1 / np.maximum(entries, 1)
    worse = ((similarity < own) & wrong) @ of_speaker * share
    ties = ((similarity == own) & wrong) @ of_speaker * share
    most = max(choices) - 1
    positions, weights = np.polynomial.legendre.leggauss(most // 2 + 1)
    nodes = (positions + 1) / 2
    # The last value counts the sets themselves, by the same arithmetic: all right is then exactly 1.
    values = np.concatenate([worse[..., None] + ties[..., None] * nodes, (entries > 0)[..., None]], axis=2)
    sums = np.zeros((most + 1, len(speakers), len(nodes) + 1))
    sums[0] = 1
    for speaker in range(of_speaker.shape[1]):
        sums[1:] += values[:, speaker] * sums[:-1]
    accuracies = {}
    for n in choices:
        won, drawn = sums[n - 1, :, :-1], sums[n - 1, :, -1:]
        of_nodes = np.divide(won, drawn, out=np.full_like(won, np.nan), where=drawn > 0)
        # As a distance from the first node: the weights do not add up to 1 to the last digit.
        accuracies[n] = of_nodes[:, 0] + (of_nodes - of_nodes[:, :1]) @ (weights / 2)
    return accuracies


class Pairs:
    """All pairs of a prediction and a face for verification, sorted once.

    Right pairs are those of the same clip (the diagonal), or those in `right`, which are of one speaker; wrong ones
    those in `wrong`. A clip that is in no wrong pair, or whose prediction is in no right one, is left out. All wrong
    pairs of a prediction together weigh as much as all its right ones: otherwise large groups would give more of the
    wrong scores than of the right ones, and predictions of the group alone would not be at chance. Speakers are
    weighted by how often a resample drew them: a right pair counts once a draw, a wrong one once for each pair of draws
    of its two speakers.

    Attributes:
        speakers: number of speakers with pairs.
    """

    def __init__(
        self,
        similarity: Float[np.ndarray, "clips clips"],
        wrong: Bool[np.ndarray, "clips clips"],
        speakers: Int[np.ndarray, "clips"],
        right: Bool[np.ndarray, "clips clips"] | None = None,
    ) -> None:
        right = np.eye(len(wrong), dtype=bool) if right is None else right
        kept = np.flatnonzero(wrong.any(axis=1) & right.any(axis=1))
        names, owners = np.unique(speakers[kept], return_inverse=True)
        self.speakers = len(names)
        among = np.ix_(kept, kept)
        right_pairs, wrong_pairs = right[among], wrong[among]
        heard, own = np.nonzero(right_pairs)
        right_scores = similarity[among][heard, own]
        predictions, faces = np.nonzero(wrong_pairs)
        scores = similarity[among][predictions, faces]
        # Wrong scores matter only relative to right ones: band 2k + 1 holds scores equal to the k-th distinct right
        # score, band 2k those between it and the one below. Within a band the error rates change linearly.
        levels = np.unique(right_scores)
        bands = 2 * len(levels) + 1
        band = np.searchsorted(levels, scores, "left") + np.searchsorted(levels, scores, "right")
        position = (2 * np.searchsorted(levels, right_scores) + 1, owners[heard])
        self._right = csr_array((1 / right_pairs.sum(axis=1)[heard], position), shape=(bands, self.speakers))
        position = (band, owners[predictions] * self.speakers + owners[faces])
        self._wrong = csr_array((1 / wrong_pairs.sum(axis=1)[predictions], position), shape=(bands, self.speakers**2))

    def auc(self, weights: Float[np.ndarray, "speakers"]) -> float:
        """How often a right pair is more similar than a wrong one, in percent, ties half; NaN without both kinds."""
        accepted, refused = self._errors(weights)
        return float(100 * np.trapezoid(1 - refused, accepted))

    def equal_error_rate(self, weights: Float[np.ndarray, "speakers"]) -> float:
        """The percentage of wrong pairs accepted where as many of the right ones are refused; NaN without both kinds.

        Between two thresholds both rates change in a straight line.
        """
        accepted, refused = self._errors(weights)
        return float(100 * np.interp(0.0, accepted - refused, accepted))

    def _errors(
        self, weights: Float[np.ndarray, "speakers"]
    ) -> tuple[Float[np.ndarray, "thresholds"], Float[np.ndarray, "thresholds"]]:
        """Shares of wrong pairs accepted and of right pairs refused while the threshold falls from band to band."""
        right = self._right @ weights
        wrong = self._wrong @ np.outer(weights, weights).ravel()
        if right.sum() == 0 or wrong.sum() == 0:
            return np.full(2, np.nan), np.full(2, np.nan)
        accepted = np.concatenate([[0.0], np.cumsum(wrong[::-1])]) / wrong.sum()
        refused = 1 - np.concatenate([[0.0], np.cumsum(right[::-1])]) / right.sum()
        return accepted, refused
