"""All families of measures in one flat file, and the same as a table."""

import json
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from speech2face.files import atomic_path, write_json


def collect(*, families: Sequence[Path], summary: Path, table: Path) -> None:
    """Write the measures of all `families` to `summary` (JSON, the contract of docs/metrics.md) and `table` (CSV).

    Raises:
        ValueError: two families give a measure of one name.
    """
    everything: dict[str, dict[str, float]] = {}
    for path in families:
        found = json.loads(path.read_text(encoding="utf-8"))
        if twice := sorted(everything.keys() & found.keys()):
            raise ValueError(f"{path} measures {twice[0]} again; a name stands for one measure.")
        everything |= found
    write_json(summary, everything)
    with atomic_path(table) as temporary:
        rows = [{"name": name, **figure} for name, figure in sorted(everything.items())]
        pd.DataFrame(rows).to_csv(temporary, index=False)
