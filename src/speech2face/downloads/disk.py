"""A disk that is full."""

import errno

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def is_disk_full(error: BaseException) -> bool:
    """Whether an error says that there is no room left, or none for this user, or not in one file."""
    return isinstance(error, OSError) and error.errno in _FULL
