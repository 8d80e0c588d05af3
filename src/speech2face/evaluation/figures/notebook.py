"""What the notebooks share: their paths start at the folder of the run, wherever a notebook is opened."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path


def enter_run(inputs: Mapping[str, str | Sequence[str]]) -> None:
    """Change to the folder from which the paths of the inputs start: this one, or the nearest above that has them.

    JupyterLab runs a notebook in the notebook's own folder; papermill runs it where the workflow runs.

    Raises:
        FileNotFoundError: no folder has them.
    """
    paths = [path for given in inputs.values() for path in ([given] if isinstance(given, str) else given)]
    for folder in (Path.cwd(), *Path.cwd().parents):
        if all((folder / path).exists() for path in paths):
            os.chdir(folder)
            return
    missing = next(path for path in paths if not Path(path).exists())
    raise FileNotFoundError(
        f"There is no {missing} in {Path.cwd()} or a folder above it: run `make figures` first, or set `inputs` in the "
        "cell of parameters to the files of another run."
    )
