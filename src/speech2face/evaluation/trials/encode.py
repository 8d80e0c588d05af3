"""The trials phase: voice embeddings of the test speakers for other lengths, moments and languages."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from speech2face.base.columns import gather_arrays, mapped_arrays
from speech2face.base.shards import read_shard
from speech2face.base.sound import SAMPLE_RATE
from speech2face.config import Trials
from speech2face.data.sources.manifest import ABOUT
from speech2face.data.splits.share import TEST, read_index
from speech2face.evaluation.trials.schema import write_trial
from speech2face.evaluation.trials.speech import LONG
from speech2face.learning.encoder.networks import VoiceEncoder
from speech2face.learning.encoder.train import embed_voices, load_voice_encoder
from speech2face.learning.training.optimise import prepare


@dataclass(frozen=True, kw_only=True)
class Recordings:
    """Recordings under one condition: clips with labels, true faces [n, d], and sound (int16, 16 kHz)."""

    condition: str
    clips: pd.DataFrame
    faces: np.ndarray
    sound: Sequence[np.ndarray]

    def rows(self, model: VoiceEncoder) -> Iterator[dict[str, Any]]:
        """The rows of a trial's table."""
        voices = embed_voices(model, self.sound)
        for clip, face, voice in zip(self.clips.to_dict("records"), self.faces, voices, strict=True):
            yield {str(name): clip[name] for name in ("clip_id", "speaker_id", *ABOUT)} | {
                "condition": self.condition, "face_embedding": face, "voice_embedding": voice
            }  # fmt: skip


def encode_trials(
    *,
    settings: Trials,
    seed: int,
    threads: int,
    index: Path,
    clips: Path,
    faces: Path,
    speech: Path,
    encoder: tuple[Path, Path],
    lengths: Path,
    moments: Path,
    languages: Path,
) -> None:
    """Write the voice embeddings of each trial.

    Args:
        settings: config section `trials`.
        seed: of all chance.
        threads: number of CPU threads.
        index: index of the splits.
        clips, faces: folder of that phase's shards.
        speech: the recordings of `trials.speech`.
        encoder: weights and config of the voice encoder.
        lengths: by seconds of the long recording, a row a speaker and length.
        moments: by the start of a short stretch, a row a clip and moment.
        languages: by language, a row a speaker and recording.
    """
    prepare(seed, threads)
    model = load_voice_encoder(*encoder)
    rows = read_index(index, TEST)
    truth = gather_arrays(rows, faces, "embedding")
    spoken = read_shard(speech).to_pandas()
    for path, conditions in (
        (lengths, _lengths(rows, truth, spoken, settings)),
        (moments, _moments(rows, truth, mapped_arrays(rows, clips, "audio"), settings)),
        (languages, _languages(rows, truth, spoken)),
    ):
        write_trial(path, truth.shape[1], (row for recordings in conditions for row in recordings.rows(model)))


def encode_variants(
    *,
    seed: int,
    threads: int,
    index: Path,
    clips: Path,
    faces: Path,
    names: Sequence[str],
    encoders: Sequence[Path],
    output: Path,
) -> None:
    """Write the embeddings that several voice encoders give for the whole test clips.

    Args:
        seed: of all chance.
        threads: number of CPU threads.
        index: index of the splits.
        clips, faces: folder of that phase's shards.
        names: the condition that stands for each encoder in the table.
        encoders: weights and config of the first, then of the second, and so on.
        output: table to write.
    """
    prepare(seed, threads)
    rows = read_index(index, TEST)
    truth, sound = gather_arrays(rows, faces, "embedding"), mapped_arrays(rows, clips, "audio")
    models = zip(names, encoders[::2], encoders[1::2], strict=True)
    write_trial(
        output,
        truth.shape[1],
        (
            row
            for name, weights, config in models
            for row in Recordings(condition=name, clips=rows, faces=truth, sound=sound).rows(
                load_voice_encoder(weights, config)
            )
        ),
    )


def _lengths(rows: pd.DataFrame, truth: np.ndarray, spoken: pd.DataFrame, settings: Trials) -> Iterator[Recordings]:
    chosen = spoken[spoken["condition"] == LONG]
    for seconds in settings.seconds:
        samples = round(seconds * SAMPLE_RATE)
        yield _of_speakers(f"{seconds:g}", rows, truth, chosen, samples)


def _moments(
    rows: pd.DataFrame, truth: np.ndarray, sound: Sequence[np.ndarray], settings: Trials
) -> Iterator[Recordings]:
    stretch = round(settings.moment_seconds * SAMPLE_RATE)
    for moment in settings.moments:
        start = round(moment * SAMPLE_RATE)
        cut = [wave[start : start + stretch] for wave in sound]
        yield Recordings(condition=f"{moment:g}", clips=rows, faces=truth, sound=cut)


def _languages(rows: pd.DataFrame, truth: np.ndarray, spoken: pd.DataFrame) -> Iterator[Recordings]:
    for condition, chosen in spoken[spoken["condition"] != LONG].groupby("condition", sort=True):
        yield _of_speakers(str(condition), rows, truth, chosen)


def _of_speakers(
    condition: str, rows: pd.DataFrame, truth: np.ndarray, chosen: pd.DataFrame, samples: int | None = None
) -> Recordings:
    """Recordings that belong to no clip; the face is that of the speaker's first clip."""
    first = rows.reset_index(drop=True).drop_duplicates("speaker_id").reset_index().set_index("speaker_id")
    position = first.loc[chosen["speaker_id"], "index"].to_numpy()
    sound = [np.frombuffer(audio, np.int16)[:samples] for audio in chosen["audio"]]
    return Recordings(condition=condition, clips=rows.iloc[position], faces=truth[position], sound=sound)
