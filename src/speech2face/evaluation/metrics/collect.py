"""All families of measures in one flat file, the same as a table, and the few that `dvc metrics` shows."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import pandas as pd

from speech2face.base.files import atomic_path, write_json

HEADLINE: Mapping[str, str] = MappingProxyType(
    {
        "s2f.recall_at_1": "s2f.retrieval.cosine.recall_at_1",
        "s2f.recall_at_10_percent": "s2f.retrieval.cosine.recall_at_10_percent",
        "s2f_pictures.recall_at_10_percent": "s2f_pictures.retrieval.cosine.recall_at_10_percent",
        "s2f_pictures.detected_percent": "s2f.faces.detected",
        "f2f.recall_at_10_percent": "f2f.retrieval.cosine.recall_at_10_percent",
        "s2f.sex_percent": "s2f.attributes.sex.accuracy",
        "s2f.craniofacial_r": "s2f.craniofacial.mean.correlation",
    }
)
"""Short names for what a run is judged by first; a table of all measures is wider than any screen."""


def collect_metrics(*, families: Sequence[Path], summary: Path, table: Path, headline: Path) -> None:
    """Write the measures of all `families` to `summary` (JSON, the contract of docs/metrics.md) and `table` (CSV).

    `headline` (JSON) gets the values of those of `HEADLINE` that this run has, without their intervals.

    Args:
        families: measures of each family (JSON).
        summary: JSON file to write.
        table: CSV file to write.
        headline: JSON file to write.

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
    write_json(headline, {short: everything[name]["value"] for short, name in HEADLINE.items() if name in everything})
