"""Pictures to bytes and back."""

import io
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    # The processes that read videos import this module and do without torch, which is large.
    from torch import Tensor

_JPEG_QUALITY = 95
# Pillow only warns at this size; a picture that large is an attack or a mistake.
Image.MAX_IMAGE_PIXELS = 64_000_000


def encode_jpeg(picture: np.ndarray, *, halve_colour: bool = False) -> bytes:
    """JPEG bytes of an RGB picture (height, width, 3), uint8.

    Args:
        halve_colour: keep colour, not brightness, at half the width and height, as nearly all videos have it.
    """
    buffer = io.BytesIO()
    sampling = "4:2:0" if halve_colour else "4:4:4"
    Image.fromarray(picture).save(buffer, "JPEG", quality=_JPEG_QUALITY, subsampling=sampling)
    return buffer.getvalue()


def decode_image(data: bytes) -> np.ndarray:
    """The RGB picture (height, width, 3), uint8, that `data` encodes."""
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert("RGB"))


def encode_png(picture: np.ndarray) -> bytes:
    """PNG bytes of an RGB picture (height, width, 3), or a grey one (height, width), uint8."""
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "PNG")
    return buffer.getvalue()


def to_pictures(pixels: "Tensor") -> np.ndarray:
    """RGB pictures (..., height, width, 3), uint8, of a tensor on the CPU (..., 3, height, width), cut to 0..1."""
    return (pixels.clamp(0, 1) * 255).round().byte().movedim(-3, -1).contiguous().numpy()


def enlarged(picture: np.ndarray, side: int) -> np.ndarray:
    """The square RGB picture, uint8, with at least this side; larger ones stay as they are."""
    if picture.shape[0] >= side:
        return picture
    return np.asarray(Image.fromarray(picture).resize((side, side), Image.Resampling.LANCZOS))
