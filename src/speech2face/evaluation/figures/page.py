"""Pictures for pages of docs: a figure of a run, made small enough to live in the repository."""

import io
from pathlib import Path

from PIL import Image

from speech2face.base.files import atomic_path

MAX_BYTES = 300_000
"""A picture larger than this is a burden on a page and on a clone."""


def shrink_picture(*, source: Path, target: Path) -> None:
    """Write the PNG figure at `source` as a JPEG of at most `MAX_BYTES`, as good as that allows.

    Args:
        source: PNG file.
        target: JPEG file to write.

    Raises:
        ValueError: even the worst quality that is fit to be seen is too large.
    """
    with Image.open(source) as image:
        picture = image.convert("RGB")
    for quality in range(92, 50, -6):
        encoded = io.BytesIO()
        picture.save(encoded, "JPEG", quality=quality, optimize=True)
        if encoded.tell() <= MAX_BYTES:
            with atomic_path(target) as temporary:
                temporary.write_bytes(encoded.getvalue())
            return
    raise ValueError(f"{source} cannot be shown in {MAX_BYTES} bytes; draw fewer pictures in it.")
