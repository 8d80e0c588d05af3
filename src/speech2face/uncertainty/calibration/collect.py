"""The collection phase: voice features of calibration or audit people, at each length and under each shift."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import torch

from speech2face.base.columns import gather_arrays, mapped_arrays, mapped_values
from speech2face.base.files import lineage
from speech2face.base.progress import progress
from speech2face.base.shards import array_field, write_shard
from speech2face.base.sound import SAMPLE_RATE
from speech2face.config import Calibration
from speech2face.data.faces.landmarks import LANDMARKS
from speech2face.data.sources.manifest import ABOUT, ABOUT_FIELDS
from speech2face.data.splits.share import CALIBRATION, TEST, read_index
from speech2face.data.voices.samples import unit_samples
from speech2face.evaluation.metrics.proportions import RATIOS, proportions
from speech2face.learning.encoder.train import load_voice_encoder
from speech2face.learning.training.optimise import prepare
from speech2face.uncertainty.calibration.extraction import WINDOW_SECONDS, WINDOWS, VoiceFeatureExtractor
from speech2face.uncertainty.calibration.shifts import GRADED, through_telephone, with_noise
from speech2face.uncertainty.panel.schema import LANGUAGE, SETTING, VOICE, read_panel

USUAL = "voice"
"""Condition of recordings as they are; all other conditions are shifts."""
# Samples of a recording that is cut into windows.
_WHOLE = round(WINDOWS * WINDOW_SECONDS * SAMPLE_RATE)
# People who are heard under the graded shifts too: enough for a share to within 7 points.
_GRADED_PEOPLE = 200
OTHER_RECORDINGS = {"language": LANGUAGE, "setting": SETTING}
"""Shifts that only the panel has: people recorded again, in another language and another setting."""


@dataclass(frozen=True, kw_only=True)
class Take:
    """A recording of one person under one condition."""

    person: int
    condition: str
    samples: int
    """How much of it is used, from its start."""
    read: Callable[[], np.ndarray]
    """Reads its sound, int16 at 16 kHz, of at least that length."""


@dataclass(frozen=True, kw_only=True)
class People:
    """The people: labels, true faces, and takes."""

    about: pd.DataFrame
    embedding: np.ndarray
    landmarks: np.ndarray
    takes: list[Take]


def collect_people(
    *,
    kind: Literal["calibration", "audit"],
    settings: Calibration,
    seed: int,
    panel: Sequence[Path],
    index: Path,
    clips: Path,
    faces: Path,
    encoders: Sequence[Path],
    output: Path,
) -> None:
    """Write what is heard of each person: a row for each length of the usual voice, in an audit also for each shift.

    Args:
        kind: `calibration` or `audit`.
        settings: config section `calibration`.
        seed: of all chance.
        panel: shards of that kind; none: the speakers of the calibration or the test split, one clip each, since clips
            of one speaker are not exchangeable.
        index: index of the splits.
        clips, faces: folder of that phase's shards.
        encoders: weights and config of the first voice encoder, then of the further ones.
        output: table to write.
    """
    prepare(seed, settings.threads)
    extractor = VoiceFeatureExtractor(
        [load_voice_encoder(*pair) for pair in zip(encoders[::2], encoders[1::2], strict=True)]
    )
    shifted = kind == "audit"
    if panel:
        people = _of_panel(panel, settings, shifted=shifted)
    else:
        rows = read_index(index, TEST if shifted else CALIBRATION)
        people = people_of_clips(rows, clips, faces, settings, shifted=shifted)
    if not len(people.about):
        raise ValueError(f"There is nobody to listen to for the {kind}: the split of that name has no speakers.")
    write_shard(output, schema_of(people, extractor, encoders[::2]), voice_rows(people, extractor, settings.batch))


def schema_of(people: People, extractor: VoiceFeatureExtractor, encoders: Sequence[Path]) -> pa.Schema:
    """The schema of what an extractor of these encoders (files of weights) hears of some people."""
    example = extractor.extract(torch.zeros(1, SAMPLE_RATE))
    sizes = {name: getattr(example, name).shape[1] for name in ("features", "sound")}
    return schema(people.embedding.shape[1], sizes).with_metadata({"made_from": json.dumps(lineage(encoders))})


def schema(dimension: int, sizes: dict[str, int]) -> pa.Schema:
    """One row a person, condition and length."""
    return pa.schema(
        [
            pa.field("speaker_id", pa.string(), nullable=False),
            *ABOUT_FIELDS,
            pa.field("condition", pa.string(), nullable=False, metadata={"meaning": "voice, or a shift"}),
            pa.field("seconds", pa.float64(), nullable=False),
            array_field("face_embedding", dimension, pa.float32()),
            array_field("ratios", len(RATIOS), pa.float32()),
            array_field("voice_embedding", dimension, pa.float32()),
            pa.field("disagreement", pa.float64(), nullable=False),
            array_field("features", sizes["features"], pa.float32()),
            array_field("sound", sizes["sound"], pa.float32()),
            # Features of the windows of the usual voice at 6 s; null otherwise.
            array_field("windows", WINDOWS * sizes["features"], pa.float32()),
        ]
    )


def _of_panel(shards: Sequence[Path], settings: Calibration, *, shifted: bool) -> People:
    panel = read_panel(list(shards))
    takes: list[Take] = []
    for person, name in enumerate(panel.about["speaker_id"]):
        usual = partial(panel.sound, VOICE, person)
        longest = len(usual())
        takes += [
            Take(person=person, condition=USUAL, samples=min(round(seconds * SAMPLE_RATE), longest), read=usual)
            for seconds in settings.lengths
        ]
        if shifted and panel.has(LANGUAGE, person):
            for condition, recording in OTHER_RECORDINGS.items():
                read = partial(panel.sound, recording, person)
                samples = len(read())
                takes.append(Take(person=person, condition=condition, samples=samples, read=read))
            some = person < _GRADED_PEOPLE
            takes += _changed(person, str(name), usual, min(samples, longest), settings, graded=some)
    return People(about=panel.about, embedding=panel.embedding, landmarks=panel.landmarks, takes=takes)


def people_of_clips(
    rows: pd.DataFrame,
    clips: Path,
    faces: Path,
    settings: Calibration,
    *,
    shifted: bool,
    graded: int = _GRADED_PEOPLE,
) -> People:
    """The speakers of some rows of the index, with one clip each; the first `graded` under the graded shifts too."""
    rows = rows.drop_duplicates("speaker_id", ignore_index=True)
    sound, recorded_s = mapped_arrays(rows, clips, "audio"), mapped_values(rows, clips, "heard_s")
    takes: list[Take] = []
    for person, name in enumerate(rows["speaker_id"]):
        usual = partial(sound.__getitem__, person)
        takes += [
            Take(person=person, condition=USUAL, samples=round(seconds * SAMPLE_RATE), read=usual)
            for seconds in settings.lengths
            # Sound that was repeated to fill the clip does not count.
            if seconds <= recorded_s[person]
        ]
        if shifted:
            samples = round(recorded_s[person] * SAMPLE_RATE)
            takes += _changed(person, str(name), usual, samples, settings, graded=person < graded)
    landmarks = gather_arrays(rows, faces, "landmarks").astype(np.float64).reshape(len(rows), LANDMARKS, 2)
    return People(about=rows, embedding=gather_arrays(rows, faces, "embedding"), landmarks=landmarks, takes=takes)


def _changed(
    person: int, name: str, read: Callable[[], np.ndarray], samples: int, settings: Calibration, *, graded: bool
) -> list[Take]:
    """Takes of the usual voice under noise and through a telephone, and under the graded shifts if so asked."""
    shifts: dict[str, Callable[[], np.ndarray]] = {
        "noise": lambda: with_noise(read()[:samples], settings.noise_db, name),
        "telephone": lambda: through_telephone(read()[:samples], settings.telephone_hz),
    }
    if graded:
        shifts |= {shift: partial(_graded, change, read, samples, name) for shift, change in GRADED.items()}
    return [Take(person=person, condition=shift, samples=samples, read=shifted) for shift, shifted in shifts.items()]


def _graded(
    change: Callable[[np.ndarray, str], np.ndarray], read: Callable[[], np.ndarray], samples: int, name: str
) -> np.ndarray:
    return change(read()[:samples], name)


def voice_rows(people: People, extractor: VoiceFeatureExtractor, batch: int) -> Iterator[dict[str, Any]]:
    """The rows of all takes, in batches of one length."""
    ratios = proportions(people.landmarks)
    about = people.about.to_dict("records")
    by_length: dict[int, list[Take]] = {}
    for take in people.takes:
        by_length.setdefault(take.samples, []).append(take)
    groups = [takes[at : at + batch] for takes in by_length.values() for at in range(0, len(takes), batch)]
    for group in progress(groups, what="listening", unit="recording", total=len(people.takes), size=len):
        wave = np.stack([unit_samples(take.read()[: take.samples]) for take in group])
        features = extractor.extract(torch.from_numpy(wave))
        windows = extractor.windows(torch.from_numpy(wave)).flatten(1).numpy() if wave.shape[1] == _WHOLE else None
        for row, take in enumerate(group):
            yield {str(name): about[take.person][name] for name in ("speaker_id", *ABOUT)} | {
                "condition": take.condition,
                "seconds": take.samples / SAMPLE_RATE,
                "face_embedding": people.embedding[take.person],
                "ratios": ratios[take.person],
                "voice_embedding": features.embedding[row].numpy(),
                "disagreement": float(features.disagreement[row]),
                "features": features.features[row].numpy(),
                "sound": features.sound[row].numpy(),
                "windows": None if windows is None or take.condition != USUAL else windows[row],
            }
