"""The metrics phase: one family of measures at a time, each a module of this package with a function `measure`."""

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from speech2face.base.files import write_json
from speech2face.config import Metrics


def measure(*, family: str, given: Mapping[str, Any], settings: Metrics, seed: int, output: Path) -> None:
    """Write the measures of a family: a flat map from dotted names to value, interval and number of speakers.

    Args:
        family: the name of a module of `speech2face.evaluation.metrics`.
        given: `inputs` in it is what its `measure` reads, by the names of its arguments: a file or folder, or several.
        settings: config section `metrics`.
        seed: of the resampling.
        output: JSON file to write.

    Raises:
        ValueError: there is no such family.
    """
    try:
        module = importlib.import_module(f"speech2face.evaluation.metrics.{family}")
        found = module.measure
    except (ModuleNotFoundError, AttributeError):
        raise ValueError(f"There is no family of measures {family!r} in speech2face.evaluation.metrics.") from None
    paths = {
        name: Path(value) if isinstance(value, str) else [Path(path) for path in value]
        for name, value in given["inputs"].items()
    }
    figures = found(**paths, settings=settings, seed=seed)
    write_json(output, {name: figure.as_dict() for name, figure in figures.items()})
