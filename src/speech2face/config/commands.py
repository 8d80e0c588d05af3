"""Two commands on the config itself: write its schema, check its files."""

from collections.abc import Sequence
from pathlib import Path

from speech2face.base.files import write_text
from speech2face.config import load_config, schema_text


def write_schema(*, output: Path) -> None:
    """Write the JSON schema of the config.

    Args:
        output: JSON file to write.
    """
    write_text(output, schema_text())


def check_config(*, files: Sequence[Path]) -> None:
    """Check the config file with its overlays.

    Args:
        files: the config file, then its overlays (YAML) in order.

    Raises:
        ConfigError: as `load_config`.
    """
    load_config(files)
