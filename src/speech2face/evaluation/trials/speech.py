"""Further recordings of the test talkers, without video: long ones, and the same voice in several languages."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import soxr

from speech2face.base.progress import progress
from speech2face.base.shards import write_shard
from speech2face.config import Talkers, Trials
from speech2face.data.splits.share import TEST, read_index
from speech2face.data.talkers.make import add_noise
from speech2face.data.talkers.population import Talker, sample_talker
from speech2face.data.talkers.text import passage
from speech2face.data.talkers.voice import Synthesiser, VoiceParameters
from speech2face.learning.encoder.frontends import SAMPLE_RATE

LONG, OWN_AGAIN = "long", "own_again"
"""Conditions beside those that are languages: the long recording, and a second one in the own language."""

SCHEMA = pa.schema(
    [
        pa.field("speaker_id", pa.string(), nullable=False),
        pa.field("condition", pa.string(), nullable=False, metadata={"meaning": "a language, long or own_again"}),
        pa.field("audio", pa.binary(), nullable=False, metadata={"meaning": "16 kHz mono PCM16"}),
    ]
)
# Seeds of talkers' clips are numbered from 0; these recordings have other texts and other noise.
_FIRST_SEED = 1000


def speak_trials(*, world: Talkers, settings: Trials, seed: int, index: Path, output: Path) -> None:
    """Speak for every test talker: one long recording, and one in each language, with the clips' kind of noise."""
    speakers = sorted(read_index(index, TEST)["speaker_id"].unique())
    with Synthesiser() as synthesiser:
        rows = (
            {"speaker_id": speaker} | row
            for speaker in progress(speakers, what="voices for trials", unit="talker")
            for row in _speak(sample_talker(int(speaker[1:]), seed, world), synthesiser, world, settings, seed)
        )
        write_shard(output, SCHEMA, rows)


def _speak(
    talker: Talker, synthesiser: Synthesiser, world: Talkers, settings: Trials, seed: int
) -> Iterator[dict[str, Any]]:
    own = talker.voice.language
    spoken = [(LONG, own, max(settings.seconds)), (OWN_AGAIN, own, settings.language_seconds)]
    # The own language once, whether or not it is among those that all speak.
    spoken += [(code, code, settings.language_seconds) for code in dict.fromkeys((own, *settings.languages))]
    for number, (condition, language, seconds) in enumerate(spoken):
        rng = np.random.default_rng([seed, int(talker.talker_id[1:]), _FIRST_SEED + number])
        voice = VoiceParameters(**(vars(talker.voice) | {"language": language}))
        speech = synthesiser.speak(passage(language, rng, seconds=seconds), voice)
        samples = speech.samples[: round(seconds * speech.sample_rate)]
        noisy = add_noise(samples, rng, signal_to_noise_db=float(rng.uniform(*world.noise_db)))
        sound = soxr.resample(noisy, speech.sample_rate, SAMPLE_RATE)
        yield {"condition": condition, "audio": np.resize(sound, round(seconds * SAMPLE_RATE)).tobytes()}
