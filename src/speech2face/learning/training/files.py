"""The files of a training phase."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Files:
    """What a training phase writes."""

    weights: Path
    config: Path
    history: Path
    checkpoint: Path
    """Gone when training has ended well."""
    logs: Path
    """A folder."""
