"""A cartoon of a face: flat shapes with smooth outlines; paper, figure 12.

Everything else is the same for everybody: a smile, a look into the camera, a shirt.
"""

import colorsys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch, PathPatch
from matplotlib.path import Path

from speech2face.data.faces.landmarks import JAW, RIGHT_BROW, RIGHT_EYE
from speech2face.evaluation.figures.looks import Colour, Looks

# Heights of the eyes in the crop and in the cartoon, whose face is smaller and lower, with room for the hair.
_CROP_EYES, _EYES, _SCALE = 0.385, 0.46, 0.78
_PAPER = np.array([0.90, 0.93, 0.96])
_SHIRT = np.array([0.36, 0.52, 0.66])
_INK = np.array([0.13, 0.09, 0.09])
_BLOOD = np.array([0.45, 0.16, 0.10])
_WHITE = np.ones(3)
# Left halves of fixed shapes, from the middle outwards or from top to bottom.
_NECK = np.array([(0.40, 0.70), (0.40, 0.86), (0.36, 0.92), (0.5, 1.02)])
_COLLAR = np.array([(0.5, 0.985), (0.40, 0.945), (0.355, 0.885), (0.22, 0.925), (0.12, 1.0), (0.10, 1.1)])
# By length of the hair: its distance beside and above the skull, and its lower end.
_HAIR_BESIDE = (0.028, 0.07, 0.055, 0.055)
_HAIR_ABOVE = (0.04, 0.07, 0.05, 0.05)
_HAIR_ENDS = {2: 0.80, 3: 0.97}


@dataclass(frozen=True, kw_only=True)
class Shape:
    """A filled outline in the unit square, y downwards."""

    outline: Path
    colour: Colour


def draw_avatar(looks: Looks) -> list[Shape]:
    """The shapes of a cartoon, from the back to the front."""
    head = _Head(looks)
    return [
        *head.hair_behind(), *head.body(), *head.ears(), *head.face(), *head.beard(), *head.cheeks_and_nose(),
        *head.eyes(), *head.mouth(), *head.hair_before(), *head.brows(),
    ]  # fmt: skip


def add_avatar(axes: Axes, shapes: Sequence[Shape]) -> None:
    """Draw a cartoon on a rounded tile that fills axes, as vectors."""
    axes.set(xlim=(0, 1), ylim=(1, 0))
    axes.set_axis_off()
    tile = FancyBboxPatch((0, 0), 1, 1, boxstyle="round,pad=0,rounding_size=0.08", facecolor=_PAPER, linewidth=0)
    axes.add_patch(tile)
    for shape in shapes:
        patch = PathPatch(shape.outline, facecolor=shape.colour, linewidth=0)
        axes.add_patch(patch)
        patch.set_clip_path(tile)


class _Head:
    """The parts of a cartoon, each a list of shapes."""

    def __init__(self, looks: Looks) -> None:
        self._looks = looks
        self._points = _from_crop(looks.landmarks)
        self._skin = _vivid(looks.skin)
        self._shade = _mix(self._skin, _BLOOD, 0.28)
        self._lips = _vivid(looks.lips)
        self._hair = None if looks.hair is None else _vivid(looks.hair)
        self._half = 0.5 - self._points[0, 0]
        self._temple = self._points[0, 1]
        eyes, chin = self._points[36:48, 1].mean(), self._points[8, 1]
        # The eyes are halfway between chin and crown, nearly.
        self._height = self._temple - (eyes - 0.95 * (chin - eyes))

    def _dome(self, *, beside: float, above: float) -> np.ndarray:
        """Points over the head from the right of the picture to its left, outside of the skull by these distances."""
        angle = np.linspace(0, np.pi, 15)
        # Rounder than an ellipse.
        across = np.sign(np.cos(angle)) * np.abs(np.cos(angle)) ** 0.85
        up = np.sin(angle).clip(0) ** 0.9
        return np.stack([0.5 + (self._half + beside) * across, self._temple - (self._height + above) * up], axis=1)

    def _hair_outside(self) -> np.ndarray:
        length = self._looks.hair_length
        return self._dome(beside=_HAIR_BESIDE[length], above=_HAIR_ABOVE[length])

    def hair_behind(self) -> list[Shape]:
        """The hair that falls beside and behind the neck."""
        if self._hair is None or self._looks.hair_length not in _HAIR_ENDS:
            return []
        end, out = _HAIR_ENDS[self._looks.hair_length], 0.5 - self._half - 0.08
        side = np.array([(out, 0.55), (out - 0.01, end - 0.12), (out + 0.045, end - 0.01), (0.40, end)])
        outline = _smooth(np.vstack([self._hair_outside(), _with_mirror(side)]))
        return [Shape(outline=outline, colour=_mix(self._hair, _INK, 0.2))]

    def body(self) -> list[Shape]:
        """Neck and shirt."""
        return [
            Shape(outline=_smooth(_with_mirror(_NECK)), colour=self._shade),
            Shape(outline=_smooth(_with_mirror(_COLLAR)), colour=_SHIRT),
        ]

    def ears(self) -> list[Shape]:
        """Ears, unless hair hides them."""
        if self._hair is not None and self._looks.hair_length:
            return []
        middle = self._points[1] - (0.012, 0.01)
        return [*_pair(_oval(middle, 0.042, 0.07), self._skin), *_pair(_oval(middle, 0.02, 0.04), self._shade)]

    def face(self) -> list[Shape]:
        """The head itself."""
        skull = self._dome(beside=0, above=0)[1:-1]
        return [Shape(outline=_smooth(np.vstack([self._points[JAW], skull])), colour=self._skin)]

    def beard(self) -> list[Shape]:
        """From the jaw up to the mouth's corners and under the nose."""
        if self._looks.beard is None:
            return []
        points, mouth = self._points, self._points[48:60].mean(axis=0)
        inner = np.array([0.6 * points[4] + 0.4 * mouth, (points[31] + points[48]) / 2, points[33] + (0, 0.018)])
        outline = _smooth(np.vstack([points[2:15], _mirror(inner[:2]), inner[::-1]]))
        return [Shape(outline=outline, colour=_vivid(self._looks.beard))]

    def cheeks_and_nose(self) -> list[Shape]:
        """Blush under the eyes, and the nose's lower edge."""
        points = self._points
        blush = _oval(np.array([points[36, 0], points[30, 1] + 0.01]), 0.045, 0.03)
        wing = np.array([(0.008, 0.018)])
        nose = _brush(np.vstack([points[31] - wing, points[31:36], points[35] + wing * (1, -1)]), 0.013)
        return [*_pair(blush, _mix(self._skin, self._lips, 0.35)), Shape(outline=nose, colour=self._shade)]

    def eyes(self) -> list[Shape]:
        """Eyes as large as cartoons have them, both lit from the upper right."""
        eye = self._points[RIGHT_EYE]
        middle = eye.mean(axis=0)
        white = middle + (eye - middle) * (1.2, 1.8)
        half = np.ptp(white[:, 1]) / 2
        sparks = [_oval(np.array([x + 0.3 * half, middle[1] - 0.35 * half]), 0.28 * half, 0.28 * half)
                  for x in (middle[0], 1 - middle[0])]  # fmt: skip
        return [
            *_pair(_smooth(white), _WHITE),
            *_pair(_oval(middle, 1.04 * half, 1.04 * half), _vivid(self._looks.eyes, 1.4)),
            *_pair(_oval(middle, 0.52 * half, 0.52 * half), _INK),
            *(Shape(outline=spark, colour=_WHITE) for spark in sparks),
            *_pair(_brush(white[:4], 0.016), _INK),
        ]

    def brows(self) -> list[Shape]:
        """Brows, thin at their outer ends and darker than in a blurred picture."""
        pressure = np.array([0.35, 0.85, 1.0, 1.0, 0.7])
        outline = _brush(self._points[RIGHT_BROW] - (0, 0.008), 0.026, pressure)
        return _pair(outline, _mix(_vivid(self._looks.brows), _INK, 0.45))

    def mouth(self) -> list[Shape]:
        """The lips as they are, closed and bent to a smile."""
        points = self._points
        half = points[54, 0] - 0.5
        raised = 0.006 - 0.028 * ((points[:, 0] - 0.5) / half) ** 2
        smiling = points + np.stack([np.zeros(68), raised], axis=1)
        corner = np.array([(0.008, 0)])
        middle = (smiling[61:64] + smiling[67:64:-1]) / 2
        line = np.vstack([smiling[48] - corner, middle, smiling[54] + corner])
        return [
            Shape(outline=_smooth(np.vstack([line, smiling[55:60]])), colour=self._lips),
            Shape(outline=_smooth(np.vstack([smiling[48:55], middle[::-1]])), colour=_mix(self._lips, _INK, 0.15)),
            Shape(outline=_brush(line, 0.012), colour=_mix(self._lips, _INK, 0.6)),
        ]

    def hair_before(self) -> list[Shape]:
        """The hair over the forehead and the temples, and the light on it."""
        if self._hair is None:
            return []
        points = self._points
        heights = _from_crop(np.stack([np.zeros(3), self._looks.hairline], axis=1))[:, 1]
        edge = np.stack([[0.5, points[19, 0], points[17, 0]], heights], axis=1)
        inside = np.vstack([edge[1:], self._lock()])
        outline = _smooth(np.vstack([self._hair_outside(), inside[::-1], edge[:1], _mirror(inside)]))
        light = _brush(self._dome(beside=-0.02, above=0.01)[8:12], 0.014)
        return [
            Shape(outline=outline, colour=self._hair),
            Shape(outline=light, colour=_mix(self._hair, _WHITE, 0.18)),
        ]

    def _lock(self) -> np.ndarray:
        """The edge of the hair beside the right eye, from the forehead down and outside up again."""
        (temple, level), ear, cheek, mouth = self._points[[0, 1, 3, 4]]
        if self._looks.hair_length == 0:
            return np.array([(temple + 0.035, level - 0.10), (temple + 0.022, level)])
        if self._looks.hair_length == 1:
            inside = [(temple + 0.03, level - 0.08), (temple + 0.012, level + 0.02)]
            return np.array([*inside, (temple - 0.03, level + 0.07), (temple - 0.075, level + 0.035)])
        inside = [(temple + 0.03, level - 0.08), (ear[0] + 0.005, ear[1]), (cheek[0] - 0.005, cheek[1])]
        return np.array([*inside, (cheek[0] - 0.035, mouth[1] + 0.02), (temple - 0.075, level + 0.10)])


def _from_crop(points: Float[np.ndarray, "points 2"]) -> Float[np.ndarray, "points 2"]:
    """From a crop to the cartoon."""
    return (points - (0.5, _CROP_EYES)) * _SCALE + (0.5, _EYES)


def _mirror(points: np.ndarray) -> np.ndarray:
    return points * (-1, 1) + (1, 0)


def _with_mirror(half: np.ndarray) -> np.ndarray:
    """The left half of an outline and its mirror image on the way back."""
    return np.vstack([half, _mirror(half)[::-1]])


def _pair(outline: Path, colour: Colour) -> list[Shape]:
    mirrored = Path(_mirror(np.asarray(outline.vertices)), outline.codes)
    return [Shape(outline=outline, colour=colour), Shape(outline=mirrored, colour=colour)]


def _smooth(points: np.ndarray) -> Path:
    """A closed curve through points: a spline of Catmull and Rom, written as Bezier curves."""
    before, after, second = np.roll(points, 1, axis=0), np.roll(points, -1, axis=0), np.roll(points, -2, axis=0)
    curves = np.stack([points + (after - before) / 6, after - (second - points) / 6, after], axis=1).reshape(-1, 2)
    return Path(np.vstack([points[:1], curves]), [Path.MOVETO, *[Path.CURVE4] * len(curves)])


def _oval(middle: np.ndarray, half_width: float, half_height: float) -> Path:
    angle = np.arange(8) * np.pi / 4
    return _smooth(middle + np.stack([half_width * np.cos(angle), half_height * np.sin(angle)], axis=1))


def _brush(line: np.ndarray, width: float, pressure: np.ndarray | None = None) -> Path:
    """A stroke along a line; by default thin at both ends."""
    along = np.gradient(line, axis=0)
    across = np.stack([-along[:, 1], along[:, 0]], axis=1) / np.linalg.norm(along, axis=1, keepdims=True)
    if pressure is None:
        pressure = np.sin(np.linspace(0.15, np.pi - 0.15, len(line))) ** 0.6
    half = across * (width / 2 * pressure)[:, None]
    return _smooth(np.vstack([line + half, (line - half)[::-1]]))


def _mix(a: Colour, b: Colour, share: float) -> Colour:
    return a * (1 - share) + b * share


def _vivid(colour: Colour, by: float = 1.15) -> Colour:
    """Somewhat brighter and more saturated: a mean of faces is duller than any of them."""
    hue, saturation, value = colorsys.rgb_to_hsv(*colour)
    return np.array(colorsys.hsv_to_rgb(hue, min(1.0, saturation * by), min(1.0, value * 1.08)))
