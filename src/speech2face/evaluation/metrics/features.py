"""How far sex, age and ethnicity are laid out in the spaces of faces and of voices; paper, figure 14 (arXiv).

The paper shows t-SNE maps of both, in which the eye judges clusters that the map has partly made. Here the
neighbourhoods of the embeddings themselves are measured: whether a clip's nearest clips of other people have its label.
"""

from functools import cache
from itertools import combinations_with_replacement
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int, Shaped
from scipy.spatial.distance import cdist
from scipy.special import comb

from speech2face.base.intervals import Estimate, share_of_speakers
from speech2face.base.random import stream
from speech2face.config import Metrics
from speech2face.evaluation.metrics.labels import ATTRIBUTES, among_speakers, labels_of
from speech2face.evaluation.predictions.schema import read_predictions

NEIGHBOURS = 5
SPACES = ("faces", "s2f")
"""Methods whose embeddings are measured: the true face and the voice encoder."""


def neighbour_scores(
    embeddings: Float[np.ndarray, "clips d"],
    speakers: Int[np.ndarray, "clips"],
    labels: Shaped[np.ndarray, "clips"],
    count: int,
) -> Float[np.ndarray, "clips"]:
    """Whether the commonest label among the nearest clips of other speakers is each clip's own.

    Args:
        count: how many neighbours (by L2) vote; there must be so many clips of other speakers.

    Returns:
        1 or 0; where m labels are equally common and the own one is among them, 1 / m.
    """
    apart = cdist(embeddings, embeddings)
    apart[speakers == speakers[:, None]] = np.inf
    nearest = np.argsort(apart, axis=1, kind="stable")[:, :count]
    names, codes = np.unique(labels.astype(str), return_inverse=True)
    votes = (codes[nearest][:, :, None] == np.arange(len(names))).sum(axis=1)
    return _score(votes, codes)


def chance_scores(
    speakers: Int[np.ndarray, "clips"], labels: Shaped[np.ndarray, "clips"], count: int
) -> Float[np.ndarray, "clips"]:
    """What `neighbour_scores` is on average if the neighbours of a clip are random clips of other speakers: exact."""
    names, codes = np.unique(labels.astype(str), return_inverse=True)
    every = np.bincount(codes, minlength=len(names))
    own = np.stack([np.bincount(codes[speakers == speaker], minlength=len(names)) for speaker in speakers])
    return np.array([_expected(tuple(rest), int(code), count) for rest, code in zip(every - own, codes, strict=True)])


def _score(votes: Int[np.ndarray, "clips labels"], codes: Int[np.ndarray, "clips"]) -> Float[np.ndarray, "clips"]:
    most = votes.max(axis=1)
    tied = (votes == most[:, None]).sum(axis=1)
    return np.where(votes[np.arange(len(votes)), codes] == most, 1 / tied, 0.0)


@cache
def _expected(rest: tuple[int, ...], code: int, count: int) -> float:
    """The mean score of a clip of label `code` if `count` of `rest` clips a label vote, by going through all polls."""
    polls = combinations_with_replacement(range(len(rest)), count)
    votes = np.stack([np.bincount(poll, minlength=len(rest)) for poll in polls])
    chances = comb(np.array(rest), votes).prod(axis=1) / comb(sum(rest), count)
    return float(chances @ _score(votes, np.full(len(votes), code)))


def measure(*, predictions: Path, settings: Metrics, seed: int) -> dict[str, Estimate]:
    """`<space>.features.<attribute>.neighbours`: the share of clips that their five nearest others name rightly.

    `chance.features.<attribute>.neighbours` is what random neighbours would score. Clips whose label is not known are
    left out, as are attributes of which all clips have one label.
    """
    table = read_predictions(predictions)
    rng = stream(seed, "features")
    spaces = {"faces": table.faces} | {name: table.methods[name].embeddings for name in SPACES if name in table.methods}
    labels = labels_of(table.clips)
    measures = {}
    for attribute in ATTRIBUTES:
        known = labels[attribute].notna().to_numpy()
        own_labels, speakers = labels[attribute].to_numpy()[known], table.speakers[known]
        if len(np.unique(speakers)) < 2 or len(set(own_labels)) < 2:
            continue
        count = min(NEIGHBOURS, len(speakers) - int(np.bincount(speakers).max()))
        every = np.ones(len(speakers), bool)
        for name, embeddings in spaces.items():
            scores = neighbour_scores(embeddings[known], speakers, own_labels, count)
            measures[f"{name}.features.{attribute}.neighbours"] = share_of_speakers(
                among_speakers(scores, every, speakers), rng, settings.bootstrap
            )
        chance = 100 * float(among_speakers(chance_scores(speakers, own_labels, count), every, speakers).mean())
        measures[f"chance.features.{attribute}.neighbours"] = Estimate.exact(chance, len(np.unique(speakers)))
    return measures
