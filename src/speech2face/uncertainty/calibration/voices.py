"""Calibration and audit people: their true faces and labels, and the features of their voices."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from jaxtyping import Float

from speech2face.base.shards import read_shard
from speech2face.config import Calibration
from speech2face.data.sources.attributes import Kind, calibrated
from speech2face.evaluation.metrics.proportions import RATIOS
from speech2face.uncertainty.calibration.collect import USUAL
from speech2face.uncertainty.calibration.extraction import WINDOWS
from speech2face.uncertainty.calibration.judgement import VoiceFeatures


@dataclass(frozen=True, kw_only=True)
class CalibrationVoices:
    """The voices of some people at one length or under one shift, one row a person."""

    about: pd.DataFrame
    """Labels of the people, and the `seconds` of each recording."""
    faces: Float[np.ndarray, "people dimension"]
    ratios: Float[np.ndarray, "people ratios"]
    embedding: Float[np.ndarray, "people dimension"]
    disagreement: Float[np.ndarray, "people"]
    features: Float[np.ndarray, "people features"]
    sound: Float[np.ndarray, "people statistics"]
    windows: Float[np.ndarray, "people windows features"] | None
    """None at lengths that are not cut into windows."""

    @classmethod
    def joined(cls, parts: Sequence["CalibrationVoices"]) -> "CalibrationVoices":
        """The people of all parts."""
        names = ("faces", "ratios", "embedding", "disagreement", "features", "sound")
        windows = [part.windows for part in parts if part.windows is not None]
        return cls(
            about=pd.concat([part.about for part in parts], ignore_index=True),
            windows=np.concatenate(windows) if len(windows) == len(parts) else None,
            **{name: np.concatenate([getattr(part, name) for part in parts]) for name in names},
        )

    @property
    def inputs(self) -> Float[np.ndarray, "people inputs"]:
        """What everything about the person is predicted from, see `VoiceFeatures.inputs`."""
        return np.concatenate([self.embedding, self.features], axis=1)

    @property
    def voices(self) -> Iterator[VoiceFeatures]:
        """The voice of each person."""
        return (self.voice(row) for row in range(len(self.about)))

    def voice(self, row: int) -> VoiceFeatures:
        """The voice of one person."""
        return VoiceFeatures(
            embedding=self.embedding[row],
            disagreement=float(self.disagreement[row]),
            features=self.features[row],
            sound=self.sound[row],
            seconds=float(self.about["seconds"].iloc[row]),
        )

    def numbers(self) -> dict[str, Float[np.ndarray, "people"]]:
        """The true numbers of the people: attributes and craniofacial ratios by name; NaN where not known."""
        attributes = {known.name: self.about[known.name].astype(float).to_numpy() for known in calibrated(Kind.NUMBER)}
        return attributes | dict(zip((ratio.name for ratio in RATIOS), self.ratios.T, strict=True))


def read_voices(path: Path, condition: str = USUAL, seconds: float | None = None) -> CalibrationVoices:
    """The rows of a condition, and of a length if one is given, in the order of the people's ids."""
    table = read_shard(path).to_pandas()
    rows = table[table["condition"] == condition]
    if seconds is not None:
        rows = rows[np.isclose(rows["seconds"], seconds)]
    rows = rows.sort_values("speaker_id", ignore_index=True)

    def stacked(name: str) -> np.ndarray:
        return np.stack(rows[name].to_list()).astype(np.float64)

    names = ("ratios", "features", "sound")
    cut = len(rows) > 0 and rows["windows"].notna().all()
    return CalibrationVoices(
        about=rows.drop(columns=["face_embedding", "voice_embedding", "windows", *names]),
        faces=stacked("face_embedding"),
        embedding=stacked("voice_embedding"),
        disagreement=rows["disagreement"].to_numpy(float),
        windows=stacked("windows").reshape(len(rows), WINDOWS, -1) if cut else None,
        **{name: stacked(name) for name in names},
    )


def voices_by_length(path: Path, settings: Calibration) -> dict[float, CalibrationVoices]:
    """The usual voices at each length that enough people spoke for, shortest first.

    Raises:
        ValueError: there are too few people.
    """
    rows = read_shard(path).select(["condition", "seconds"]).to_pandas()
    spoken = rows.loc[rows["condition"] == USUAL, "seconds"].to_numpy(float)
    by_length = {
        seconds: read_voices(path, USUAL, seconds)
        for seconds in sorted(settings.lengths)
        if np.isclose(spoken, seconds).sum() >= 2 * settings.folds
    }
    if not by_length:
        raise ValueError(
            f"{path} has too few people for a calibration in {settings.folds} folds; give the split 'calibration' "
            "more speakers, or set calibration.folds lower."
        )
    return by_length
