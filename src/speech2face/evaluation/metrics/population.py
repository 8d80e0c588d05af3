"""Population: shares of sexes, age bands, ethnicities and languages; paper, figure 4b."""

from pathlib import Path

import numpy as np
import pandas as pd

from speech2face.base.intervals import Estimate, share_of_speakers
from speech2face.base.random import stream
from speech2face.config import Metrics
from speech2face.data.splits.share import TEST, TRAIN, read_index
from speech2face.evaluation.metrics.labels import ATTRIBUTES, among_speakers, labels_of, name_of

SPLITS = (TRAIN, TEST)
STATISTICS = (*ATTRIBUTES, "language")


def shares_of(clips: pd.DataFrame, rng: np.random.Generator, resamples: int) -> dict[str, Estimate]:
    """The share of speakers with each label, in percent of those with a label, and the number of clips.

    The interval is that of the population which these speakers were drawn from.

    Args:
        clips: `speaker_id` and the labels of `sources.LABELS`.

    Returns:
        `clips`, and `<attribute>.<label>` of each label that occurs.
    """
    speakers = pd.factorize(clips["speaker_id"], sort=True)[0]
    labels = labels_of(clips).assign(language=clips["language"].astype(object))
    count = float(len(clips))
    measures = {"clips": Estimate.exact(count, len(np.unique(speakers)))}
    for attribute in STATISTICS:
        known = labels[attribute].notna().to_numpy()
        for label in sorted(set(labels[attribute][known])):
            shares = among_speakers((labels[attribute] == label).to_numpy(), known, speakers)
            measures[f"{attribute}.{name_of(label)}"] = share_of_speakers(shares, rng, resamples)
    return measures


def measure(*, index: Path, settings: Metrics, seed: int) -> dict[str, Estimate]:
    """The shares among training and among test speakers, under `population.<split>`.

    Args:
        index: of the good clips, with the splits.
    """
    rng = stream(seed, "population")
    measures: dict[str, Estimate] = {}
    for split in SPLITS:
        clips = read_index(index, split)
        if not clips.empty:
            shares = shares_of(clips, rng, settings.bootstrap)
            measures |= {f"population.{split}.{name}": share for name, share in shares.items()}
    return measures
