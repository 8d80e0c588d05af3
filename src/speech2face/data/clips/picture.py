"""Reading a face picture that comes as a file of its own (Pillow)."""

from pathlib import Path

import numpy as np
from jaxtyping import UInt8
from PIL import Image, ImageOps, UnidentifiedImageError

from speech2face.base.status import Reason, Rejected

# Named one by one: Pillow would also open formats that start other programs (EPS) or are rarely looked after.
_FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF")
# With more than 8 bits a channel; Pillow cuts them off instead of scaling them.
_DEEP = ("I", "F")


def read_picture(path: Path, max_pixels: int) -> UInt8[np.ndarray, "height width 3"]:
    """The picture as RGB (height, width, 3), uint8, turned as its EXIF says; of an animation, the first frame.

    Raises:
        Rejected: the file is missing, is no picture of a known format, is too large or is damaged.
    """
    if not path.is_file():
        raise Rejected(Reason.MISSING, "There is no such picture.")
    try:
        with Image.open(path, formats=_FORMATS) as image:
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
        # Pillow parses in Python: damage surfaces as whatever the parsing runs into.
        raise Rejected(Reason.DAMAGED, f"The picture cannot be decoded ({type(error).__name__}).") from error
