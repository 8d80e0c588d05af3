"""Walls of small pictures: hundreds of them pasted on one sheet, which is drawn as one image.

Hundreds of axes would take minutes to draw and megabytes to describe. Sizes are in dots of `style.DOTS_PER_INCH`, so
that a thumbnail in the figure's PNG is the very one that was pasted.
"""

import numpy as np
from jaxtyping import UInt8
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from PIL import Image

from speech2face.base.images import decode_image
from speech2face.evaluation.figures import style

MM_PER_DOT = 25.4 / style.DOTS_PER_INCH
FRAME_DOTS = 3


def thumbnail(data: bytes, side: int) -> UInt8[np.ndarray, "side side 3"]:
    """The picture that `data` (JPEG or PNG) encodes, `side` dots wide and high."""
    return np.asarray(Image.fromarray(decode_image(data)).resize((side, side), Image.Resampling.LANCZOS))


class Sheet:
    """White paper of `height` x `width` dots to paste pictures on."""

    def __init__(self, *, width: int, height: int) -> None:
        self.dots: UInt8[np.ndarray, "height width 3"] = np.full((height, width, 3), 255, np.uint8)

    def paste(
        self, picture: UInt8[np.ndarray, "side side 3"], *, left: int, top: int, frame: str | None = None
    ) -> None:
        """Put a picture with its top left corner there, in dots.

        Args:
            frame: colour of a frame of `FRAME_DOTS` around it, which has to fit on the sheet too; None: no frame.

        Raises:
            ValueError: it does not fit on the sheet.
        """
        room = 0 if frame is None else FRAME_DOTS
        bottom, right = top + picture.shape[0], left + picture.shape[1]
        if min(left, top) < room or bottom + room > self.dots.shape[0] or right + room > self.dots.shape[1]:
            raise ValueError(f"A picture at {left}, {top} does not fit on a sheet of shape {self.dots.shape}.")
        if frame is not None:
            colour = np.round(np.multiply(to_rgb(frame), 255)).astype(np.uint8)
            self.dots[top - room : bottom + room, left - room : right + room] = colour
        self.dots[top:bottom, left:right] = picture

    def draw(self, figure: Figure, *, left: int, top: int) -> None:
        """Put the sheet on the figure, its top left corner at a position in dots from the figure's."""
        width, height = (inches * style.DOTS_PER_INCH for inches in figure.get_size_inches())
        rows, columns = self.dots.shape[:2]
        axes = figure.add_axes((left / width, 1 - (top + rows) / height, columns / width, rows / height))
        # Dot for dot, in vector files too: their viewers do the scaling.
        axes.imshow(self.dots, aspect="auto", interpolation="none")
        axes.set_axis_off()
