"""Reading a face picture from its own file (Pillow)."""

from typing import BinaryIO

import numpy as np
from jaxtyping import UInt8
from PIL import Image, ImageOps, UnidentifiedImageError

from speech2face.base.status import Reason, Rejected

# An explicit list: Pillow also opens formats that start other programs (EPS) or are poorly maintained.
_FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF")
# Modes with more than 8 bits a channel, which Pillow clips instead of scaling.
_DEEP = ("I", "F")


def read_picture(file: BinaryIO, max_pixels: int) -> UInt8[np.ndarray, "height width 3"]:
    """The picture as RGB (height, width, 3), uint8, rotated by its EXIF data; of an animation, the first frame.

    Raises:
        Rejected: it is of an unknown format, too large or damaged.
    """
    try:
        with Image.open(file, formats=_FORMATS) as image:
            if image.width * image.height > max_pixels:
                size = f"{image.width} x {image.height}"
                raise Rejected(Reason.TOO_LARGE, f"The picture is {size}; clips.max_pixels is {max_pixels}.")
            if image.mode.split(";")[0] in _DEEP:
                raise Rejected(Reason.UNSUPPORTED, f"Pictures of mode {image.mode} are not read; use 8 bits a channel.")
            return np.asarray(ImageOps.exif_transpose(image).convert("RGB"))
    except UnidentifiedImageError as error:
        raise Rejected(Reason.NOT_MEDIA, f"The picture is none of {', '.join(_FORMATS)}.") from error
    except (Rejected, MemoryError):
        raise
    except Exception as error:
        # Pillow parses in Python: a damaged file may raise any error.
        raise Rejected(Reason.DAMAGED, f"The picture cannot be decoded ({type(error).__name__}).") from error
