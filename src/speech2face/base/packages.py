"""Files of other installed packages, found without importing these packages."""

import importlib.metadata
from pathlib import Path


def package_file(package: str, relative: str, wanted: str) -> Path:
    """The path of the file `relative` of an installed package, without importing it.

    Args:
        wanted: the version that has the file, as text for the error.

    Raises:
        FileNotFoundError: the package or the file in it is missing.
    """
    try:
        path = Path(str(importlib.metadata.distribution(package).locate_file(relative)))
    except importlib.metadata.PackageNotFoundError:
        path = None
    if path is None or not path.is_file():
        raise FileNotFoundError(
            f"The package {package} does not provide {relative}: install {package} {wanted}."
        ) from None
    return path
