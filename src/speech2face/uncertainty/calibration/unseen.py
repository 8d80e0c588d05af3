"""Shifts that break what is promised of a voice, and that the voice does not show.

Nothing is imported here but types: every answer names them.
"""

from collections.abc import Mapping
from typing import Any

BROKEN, SEEN = 0.8, 0.9
"""Coverage below which a promise counts as broken, and the share of voices that have to be flagged where one is."""
WORDS = {
    "language": "another language",
    "setting": "another manner of speaking",
    "noise": "noise",
    "telephone": "a telephone's band",
    "noise_15_to_25_db": "noise 15 to 25 dB below the voice",
    "noise_25_to_35_db": "noise 25 to 35 dB below the voice",
    "reverberation_0.3_s": "reverberation of 0.3 s",
    "reverberation_0.8_s": "reverberation of 0.8 s",
    "aac_64_kbps": "the codec AAC at 64 kbit/s",
    "aac_24_kbps": "the codec AAC at 24 kbit/s",
    "opus_12_kbps": "the codec Opus at 12 kbit/s",
    "amr_12_kbps": "the codec AMR at 12 kbit/s",
    "20_db_quieter": "a voice 20 dB quieter",
}
"""Each shift as answers name it."""


def unseen_shifts(coverage: Mapping[str, Any]) -> dict[str, float]:
    """The least coverage under each shift, in words, where it is broken and too few voices are flagged.

    A coverage is broken if it is below `BROKEN`, and below its nominal value beyond chance (95 %).

    Args:
        coverage: as `coverage.check_coverage` writes it.
    """
    unseen = {}
    for name, table in coverage["shifts"].items():
        rows = [row for row in table.values() if row.get("width") is not None and row["value"] is not None]
        broken = [row["value"] for row in rows if row["value"] < BROKEN and row["high"] < coverage["nominal"]]
        if broken and table["outside"]["value"] < SEEN:
            unseen[WORDS[name]] = min(broken)
    return unseen
