"""The files of measures, read back."""

import json
from collections.abc import Mapping
from pathlib import Path

from speech2face.base.intervals import Estimate

Summary = Mapping[str, Estimate]


def read_summary(path: Path) -> Summary:
    """The measures of a file, by name; shares are in percent.

    Raises:
        ValueError: the file is not a summary.
    """
    try:
        return {name: Estimate(**figure) for name, figure in json.loads(Path(path).read_text("utf-8")).items()}
    except (TypeError, AttributeError, json.JSONDecodeError) as error:
        raise ValueError(
            f"{path} is not a summary of measures ({error}); delete it and run the workflow again."
        ) from error
