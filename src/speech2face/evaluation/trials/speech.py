"""Further recordings of the test talkers, without video: long ones, and the same voice in several languages."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from speech2face.base.progress import progress
from speech2face.base.shards import write_shard
from speech2face.config import Talkers, Trials
from speech2face.config.talkers import talker_number
from speech2face.data.splits.share import TEST, read_index
from speech2face.data.talkers.population import Talker, sample_talker
from speech2face.data.talkers.recording import record, recording_stream
from speech2face.data.talkers.voice import Synthesiser, VoiceParameters

LONG, OWN_AGAIN = "long", "own_again"
"""Conditions beside those that are languages: the long recording, and a second one in the own language."""

SCHEMA = pa.schema(
    [
        pa.field("speaker_id", pa.string(), nullable=False),
        pa.field("condition", pa.string(), nullable=False, metadata={"meaning": "a language, long or own_again"}),
        pa.field("audio", pa.binary(), nullable=False, metadata={"meaning": "16 kHz mono PCM16"}),
    ]
)


def speak_trials(*, world: Talkers, settings: Trials, seed: int, index: Path, output: Path) -> None:
    """Speak for every test talker: one long recording, and one in each language, with the clips' kind of noise.

    Args:
        world: config section `talkers`.
        settings: config section `trials`.
        seed: of the world.
        index: index of the splits.
        output: shard of recordings to write.
    """
    speakers = sorted(read_index(index, TEST)["speaker_id"].unique())
    with Synthesiser() as synthesiser:
        rows = (
            {"speaker_id": speaker} | row
            for speaker in progress(speakers, what="voices for trials", unit="talker")
            for row in _speak(sample_talker(talker_number(speaker), seed, world), synthesiser, world, settings, seed)
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
        rng = recording_stream(seed, talker_number(talker.talker_id), "trials", number)
        voice = VoiceParameters(**(vars(talker.voice) | {"language": language}))
        sound = record(synthesiser, voice, rng, seconds=seconds, noise_db=world.noise_db)
        yield {"condition": condition, "audio": sound.tobytes()}
