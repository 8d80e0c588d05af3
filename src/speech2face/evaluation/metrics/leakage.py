"""Leakage: how far a prediction identifies a person among others with the same attributes.

The paper says that its pictures do not recover identity, only faces that are average for the speaker's age, sex and
ethnicity ("Ethical considerations" of the arXiv version), and gives no number for it. Here is one: how a person's own
face ranks among the faces of people of the same sex, age band and ethnicity.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float, Int

from speech2face.base.intervals import FEWEST_SPEAKERS, Estimate, mean_of_speakers, share_of_speakers
from speech2face.base.random import stream
from speech2face.config import Metrics
from speech2face.evaluation.metrics.groups import GROUP, SEX, others_alike, similarity_table
from speech2face.evaluation.metrics.retrieval import one_clip_each
from speech2face.evaluation.predictions.schema import read_predictions

KNOWN = {"everyone": (), "sex": SEX, "group": GROUP}
"""Attributes known beforehand; they define the candidates."""

# Exponents a and b of `information`. The first may be negative: then the top ranks are equally probable.
_TOP, _BOTTOM = np.meshgrid(np.arange(-2, 6.25, 0.25), (0, 0.25, 0.5, 1, 2, 3, 4, 6, 8, 12, 16))
_SHAPES = np.stack([_TOP.ravel(), _BOTTOM.ravel()], axis=1)
_ANY_RANK = 0.01  # share of a uniform distribution: bounds the cost of an unlikely rank at 6.6 bits


@dataclass(frozen=True, kw_only=True)
class Ranks:
    """How speakers' own faces rank, one row a gallery.

    Attributes:
        better: number of other candidates' faces that are more similar to the prediction.
        ties: number of those that are equally similar.
        people: number of candidates, the speaker included.
    """

    better: Int[np.ndarray, "galleries speakers"]
    ties: Int[np.ndarray, "galleries speakers"]
    people: Int[np.ndarray, "galleries speakers"]


def measure(*, predictions: Path, settings: Metrics, seed: int) -> dict[str, Estimate]:
    """How far every method's predictions identify their speakers, given attributes known beforehand.

    Names are `<method>.leakage.<everyone, sex or group>.<what>`, with `percentile`, the percentage of the other
    candidates whose face is less similar to the prediction than the own one; `first`, the percentage of predictions to
    which the own face is the most similar; and `bits`, of `information`. `chance.leakage` has the values of
    predictions without information (`first` is the mean of 1 / people) and `people`, the mean number of candidates;
    `perfect.leakage` has the bits of perfect identification.

    A speaker without other candidates is left out; so is a measure that leaves fewer than `FEWEST_SPEAKERS`. A missing
    prediction ranks as the mean of random orders.
    """
    given = read_predictions(predictions)
    galleries = one_clip_each(given.speakers, stream(seed, "leakage_galleries"), settings.galleries)
    rng = stream(seed, "leakage")
    tables = {method: similarity_table(prediction, given.faces) for method, prediction in given.methods.items()}
    measures = {}
    for known, attributes in KNOWN.items():
        others = others_alike(given.clips, given.speakers, attributes)
        for method, similarity in tables.items():
            ranks = rank_own(similarity, others, galleries)
            if ranks.people.shape[1] < FEWEST_SPEAKERS:
                continue
            name = f"{method}.leakage.{known}"
            measures[f"{name}.percentile"] = share_of_speakers(percentiles(ranks), rng, settings.bootstrap)
            measures[f"{name}.first"] = share_of_speakers(firsts(ranks), rng, settings.bootstrap)
            measures[f"{name}.bits"] = mean_of_speakers(information(ranks), rng, settings.bootstrap)
            measures |= _constants(known, ranks)
    return measures


def _constants(known: str, ranks: Ranks) -> dict[str, Estimate]:
    people = ranks.people.astype(float)
    values = {
        f"chance.leakage.{known}.percentile": 50.0,
        f"chance.leakage.{known}.first": 100 * float((1 / people).mean()),
        f"chance.leakage.{known}.bits": 0.0,
        f"chance.leakage.{known}.people": float(people.mean()),
        f"perfect.leakage.{known}.bits": float(np.log2(people).mean()),
    }
    return {name: Estimate.exact(v, people.shape[1]) for name, v in values.items()}


def rank_own(
    similarity: Float[np.ndarray, "clips clips"],
    others: Bool[np.ndarray, "clips clips"],
    galleries: Int[np.ndarray, "galleries speakers"],
) -> Ranks:
    """How each speaker's own face ranks among those of `others`, in each gallery of one clip a speaker.

    Speakers without others in one of the galleries are left out.
    """
    found: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
    for rows in galleries:
        shown, among = similarity[np.ix_(rows, rows)], others[np.ix_(rows, rows)]
        own = np.diag(shown)[:, None]
        better, ties = (shown > own) & among, (shown == own) & among
        found.append((better.sum(axis=1), ties.sum(axis=1), among.sum(axis=1) + 1))
    better, ties, people = (np.stack(parts) for parts in zip(*found, strict=True))
    kept = (people > 1).all(axis=0)
    return Ranks(better=better[:, kept], ties=ties[:, kept], people=people[:, kept])


def percentiles(ranks: Ranks) -> Float[np.ndarray, "speakers"]:
    """The share of others whose face is less similar to the prediction than the own one (0..1), ties half."""
    return (1 - (ranks.better + ranks.ties / 2) / (ranks.people - 1)).mean(axis=0)


def firsts(ranks: Ranks) -> Float[np.ndarray, "speakers"]:
    """The share of galleries in which the own face is the most similar to the prediction, ties shared equally."""
    return np.where(ranks.better == 0, 1 / (ranks.ties + 1), 0.0).mean(axis=0)


def information(ranks: Ranks) -> Float[np.ndarray, "speakers"]:
    """A lower bound, in bits, of the mutual information between prediction and identity; the mean over speakers counts.

    Let a person X be any of G with equal probability, and let the prediction order the G faces so that X has rank R.
    Given the order, X and R determine each other, so I(X; prediction) >= I(X; order) = log2 G - H(R | order)
    >= log2 G - H(R), and H(R) is at most the mean of -log2 q(R) for any distribution q of ranks. So the mean of
    log2(G q(R)) is a lower bound. Here q(r) is proportional to r^-a (G + 1 - r)^b, mixed with a little of the uniform
    distribution. For each speaker a and b are fitted on the other speakers: fitted on the same ones they would find
    information in noise. So would a plug-in estimate of H(R), since there are as many ranks as speakers. The plain mean
    of log2(G / R) is no bound: random ranks give 1.4 bits.

    It is no upper bound: an attacker who does not rank by cosine, or whose ranks follow another distribution than q,
    may have more information, and so may a larger gallery, since here there are at most log2 G bits. Among people of
    the same sex, age band and ethnicity it is the information beyond those attributes. It can be below 0 by chance.
    """
    gains = np.zeros((len(_SHAPES), *ranks.people.shape))
    for people in np.unique(ranks.people):
        of_rank = np.log2(people) + _log2_chances(int(people))
        # Ties: the mean over the ranks of all their orders.
        sums = np.concatenate([np.zeros((len(_SHAPES), 1)), np.cumsum(of_rank, axis=1)], axis=1)
        here = ranks.people == people
        start, end = ranks.better[here], ranks.better[here] + ranks.ties[here] + 1
        gains[:, here] = (sums[:, end] - sums[:, start]) / (end - start)
    of_speakers = gains.mean(axis=1)
    of_others = of_speakers.sum(axis=1, keepdims=True) - of_speakers
    return of_speakers[of_others.argmax(axis=0), np.arange(of_speakers.shape[1])]


def _log2_chances(people: int) -> Float[np.ndarray, "shapes people"]:
    """Logarithm of q(r) for every shape, r from 1 to `people`."""
    positions = np.log2(np.arange(1, people + 1))
    unscaled = _SHAPES @ np.stack([-positions, positions[::-1]])
    chances = 2 ** (unscaled - np.logaddexp2.reduce(unscaled, axis=1, keepdims=True))
    return np.log2((1 - _ANY_RANK) * chances + _ANY_RANK / people)
