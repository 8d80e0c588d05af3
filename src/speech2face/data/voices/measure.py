"""The voices phase: from a shard of clips to speech ratio, loudness and acoustic features of each."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import torch

from speech2face.base.progress import progress
from speech2face.base.shards import ArrayColumn, ShardWriter, iter_rows, read_shard
from speech2face.base.status import STATUS_FIELDS, Reason, Rejected, Status
from speech2face.config import Voices
from speech2face.data.voices.acoustics import measure_acoustics
from speech2face.data.voices.activity import SpeechDetector
from speech2face.data.voices.features import FEATURES
from speech2face.data.voices.loudness import loudness_db

SCHEMA = pa.schema(
    [
        *STATUS_FIELDS,
        pa.field("speech_ratio", pa.float64(), metadata={"meaning": "share of the sound that is speech"}),
        pa.field("loudness_db", pa.float64(), metadata={"unit": "dBFS"}),
        *(pa.field(name, pa.float64(), metadata={"meaning": "see voices.acoustics"}) for name in FEATURES),
    ]
)


def measure_voices(*, clips: Path, output: Path, settings: Voices) -> None:
    """Measure the sound of every good clip of the shard; the others become rows with a reason.

    Args:
        clips: shard of the clips phase.
        output: shard of voices to write.
        settings: config section `voices`.
    """
    torch.set_num_threads(1)
    table = read_shard(clips)
    audio = ArrayColumn(table, "audio")
    detector = SpeechDetector()
    rows = iter_rows(table.select(["clip_id", "status", "reason", "detail"]))
    with ShardWriter(output, SCHEMA) as writer:
        for index, row in enumerate(progress(rows, what="voices", unit="clip", total=table.num_rows)):
            writer.append(row if row["status"] != "ok" else _measure(row["clip_id"], audio[index], detector, settings))


def _measure(clip_id: str, sound: Any, detector: SpeechDetector, settings: Voices) -> Mapping[str, Any]:
    loudness = loudness_db(sound)
    try:
        if loudness < settings.min_loudness_db:
            raise Rejected(
                Reason.SILENT,
                f"{loudness:.0f} dBFS; voices.min_loudness_db is {settings.min_loudness_db:.0f}.",
            )
        ratio = detector.speech_ratio(sound)
        if ratio < settings.min_speech_ratio:
            raise Rejected(
                Reason.NO_SPEECH,
                f"{ratio:.0%} is speech; voices.min_speech_ratio asks for {settings.min_speech_ratio:.0%}.",
            )
    except Rejected as rejection:
        return vars(Status.rejected(clip_id, rejection)) | {"loudness_db": loudness}
    measured = {"speech_ratio": ratio, "loudness_db": loudness} | measure_acoustics(sound)
    return vars(Status.ok(clip_id)) | measured
