"""The collection phase of a cross-validated run: every person is heard, and predicted by fits that lack that person.

Two fits serve two purposes (cross-conformal prediction and CV+: Barber, Candès, Ramdas and Tibshirani 2021, "Predictive
inference with the jackknife+", Annals of Statistics 49). The bundle's calibration rests on predictions by the fits to
all folds but the person's own. How often it holds is counted by nested folds: the people of one fold are judged by a
calibration on the others, whose predictions come from fits without either fold.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float

from speech2face.base.columns import gather_arrays
from speech2face.base.shards import write_shard
from speech2face.config import Calibration
from speech2face.data.splits.share import TEST, TRAIN, read_index
from speech2face.learning.encoder.ridge import FaceRidge, fit_face_ridge
from speech2face.learning.encoder.speaker import SpeakerVoiceEncoder
from speech2face.learning.encoder.train import load_voice_encoder
from speech2face.learning.training.optimise import prepare
from speech2face.uncertainty.calibration.collect import USUAL, people_of_clips, schema_of, voice_rows
from speech2face.uncertainty.calibration.extraction import VoiceFeatureExtractor

# People who are heard under the graded shifts too: nine recordings more of each, which would take most of the time.
_GRADED_PEOPLE = 60


def collect_folds(
    *,
    settings: Calibration,
    penalties: Sequence[float],
    seed: int,
    index: Path,
    folds: Sequence[Path],
    clips: Path,
    faces: Path,
    speakers: Path,
    encoder: tuple[Path, Path],
    output: Path,
    calibrations: Sequence[Path],
    audits: Sequence[Path],
) -> None:
    """Write the table to calibrate the bundle on, and for each fold those that its coverage is counted with.

    All tables are like that of `collect_people`, with one clip a person. Predictions are shifted by the difference of
    the mean faces of the fit they come from and of the fit that they stand for: a fit without a fold shrinks towards a
    mean face that lies opposite to the fold's.

    Args:
        settings: config section `calibration`.
        penalties: config field `encoder.speaker.penalties`.
        seed: of all chance.
        index: index of all clips.
        folds: index of each fold.
        clips, faces: folder of that phase's shards.
        speakers: folder of the shards of `embed_speakers`.
        encoder: weights and config of the voice encoder that the bundle gets.
        output: table of all people to write.
        calibrations: table of the people outside each fold to write.
        audits: table of the people of each fold to write, with the shifts.
    """
    prepare(seed, settings.threads)
    network = load_voice_encoder(*encoder)
    assert isinstance(network, SpeakerVoiceEncoder)
    extractor = VoiceFeatureExtractor([network])
    people = people_of_clips(read_index(index), clips, faces, settings, shifted=True, graded=_GRADED_PEOPLE)
    heard = _Heard.of(list(voice_rows(people, extractor, settings.batch)), network, folds)
    fits = _Fits(folds, speakers, faces, penalties)
    schema, numbers = schema_of(people, extractor, encoder[:1]), range(len(folds))

    mean = network.mean.double().numpy()
    write_shard(output, schema, heard.rows({fold: (fits.without(fold), mean) for fold in numbers}, shifted=False))
    for fold, (calibration, audit) in enumerate(zip(calibrations, audits, strict=True)):
        own = fits.without(fold)
        nested = {other: (fits.without(fold, other), own.mean) for other in numbers if other != fold}
        write_shard(calibration, schema, heard.rows(nested, shifted=False))
        write_shard(audit, schema, heard.rows({fold: (own, own.mean)}, shifted=True))


@dataclass(frozen=True, kw_only=True)
class _Heard:
    """What was heard of everybody: rows of the table, the inputs of the regression, and the fold of each."""

    table: list[dict[str, Any]]
    inputs: Float[np.ndarray, "rows inputs"]
    fold: list[int]

    @classmethod
    def of(cls, table: list[dict[str, Any]], network: SpeakerVoiceEncoder, folds: Sequence[Path]) -> "_Heard":
        tested = [read_index(path, TEST)["speaker_id"] for path in folds]
        fold_of = {speaker: fold for fold, speakers in enumerate(tested) for speaker in speakers}
        standard = np.stack([row["features"] for row in table]).astype(np.float64)
        return cls(
            table=table,
            inputs=standard * network.input_spread.double().numpy() + network.input_mean.double().numpy(),
            fold=[fold_of[row["speaker_id"]] for row in table],
        )

    def rows(self, fits: dict[int, tuple[FaceRidge, np.ndarray]], *, shifted: bool) -> Iterator[dict[str, Any]]:
        """The rows of the people of some folds, predicted anew.

        Args:
            fits: of each fold the regression, and the mean face of that which it stands for.
            shifted: with the rows of shifts.
        """
        for row, inputs, fold in zip(self.table, self.inputs, self.fold, strict=True):
            if fold in fits and (shifted or row["condition"] == USUAL):
                ridge, mean = fits[fold]
                predicted = ridge(inputs[None])[0] + mean - ridge.mean
                yield row | {"voice_embedding": predicted.astype(np.float32)}


class _Fits:
    """The regressions on the training clips of one fold, without the people of another."""

    def __init__(self, folds: Sequence[Path], speakers: Path, faces: Path, penalties: Sequence[float]) -> None:
        self._train = [read_index(path, TRAIN) for path in folds]
        self._tested = [set(read_index(path, TEST)["speaker_id"]) for path in folds]
        self._speakers, self._faces, self._penalties = speakers, faces, penalties

    def without(self, fold: int, other: int | None = None) -> FaceRidge:
        """The regression without the people of one fold or of two."""
        clips: pd.DataFrame = self._train[fold]
        if other is not None:
            clips = clips[~clips["speaker_id"].isin(self._tested[other])]
        inputs, faces = gather_arrays(clips, self._speakers, "inputs"), gather_arrays(clips, self._faces, "embedding")
        return fit_face_ridge(
            inputs.astype(np.float64), faces.astype(np.float64), clips["speaker_id"].tolist(), self._penalties
        )
