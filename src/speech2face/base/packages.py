"""Files that other packages carry, found without importing those packages."""

import importlib.metadata
from pathlib import Path


def package_file(package: str, relative: str, wanted: str) -> Path:
    """The path of the file `relative` of an installed package, which is not imported.

    Args:
        wanted: the version that carries the file, in words for the error.

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
