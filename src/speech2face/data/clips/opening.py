"""Opening strangers' files for the process that reads them, which cannot open any itself."""

import errno
import stat
from pathlib import Path
from typing import BinaryIO

from speech2face.base.status import Reason, Rejected


def open_ordinary(path: Path, missing: str = "") -> BinaryIO:
    """Open a file for reading; no device, pipe or folder, which could block or never end.

    Args:
        missing: what to say where there is no such file.

    Raises:
        Rejected: there is none, it is no ordinary file, or it may not be read.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise Rejected(Reason.NOT_MEDIA, "It is not an ordinary file.")
        return path.open("rb", buffering=0)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise Rejected(Reason.MISSING, missing) from error
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            raise Rejected(Reason.MISSING, "The name is too long.") from error
        raise Rejected(Reason.NOT_MEDIA, f"{Reason.NOT_MEDIA.meaning} ({error.strerror})") from error
