"""Shifts that break what is promised of a voice, and that the voice does not show.

Nothing is imported here but types: every answer names them.
"""

from collections.abc import Mapping
from typing import Any

BROKEN, SEEN = 0.8, 0.9
"""Coverage below which a promise counts as broken, and the share of voices that have to be flagged where one is."""
_WORDS = {
    "language": "another language",
    "setting": "another manner of speaking",
    "noise": "noise",
    "telephone": "a telephone's band",
}


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
            unseen[_WORDS.get(name, name.replace("_", " "))] = min(broken)
    return unseen
