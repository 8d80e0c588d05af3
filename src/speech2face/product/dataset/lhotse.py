"""Lines of lhotse's manifests.

Source: https://lhotse.readthedocs.io/en/latest/corpus.html
"""

import json
from collections.abc import Mapping
from typing import Any

from speech2face.base.sound import SAMPLE_RATE

_GENDERS = {"female": "F", "male": "M"}


def recording(clip_id: str, sound: str, seconds: float) -> str:
    """A line of a RecordingSet: one file with one channel."""
    return _line(
        {
            "id": clip_id,
            "sources": [{"type": "file", "channels": [0], "source": sound}],
            "sampling_rate": SAMPLE_RATE,
            "num_samples": round(seconds * SAMPLE_RATE),
            "duration": seconds,
            "channel_ids": [0],
        }
    )


def supervision(row: Mapping[str, Any]) -> str:
    """A line of a SupervisionSet: who speaks in the whole of a recording, and their face.

    Args:
        row: of the data set's table.
    """
    return _line(
        {
            "id": row["clip_id"],
            "recording_id": row["clip_id"],
            "start": 0.0,
            "duration": row["seconds"],
            "channel": 0,
            "language": row["language"],
            "speaker": row["speaker_id"],
            "gender": _GENDERS[row["sex"]],
            "custom": {"age": row["age"], "face": row["face"]},
        }
    )


def _line(values: Mapping[str, Any]) -> str:
    return json.dumps(values) + "\n"
