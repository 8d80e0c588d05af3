"""Parts of a picture that are independent of the talker: light, background, clothes, framing."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float
from scipy.ndimage import gaussian_filter

Rgb = tuple[float, float, float]
Vector = tuple[float, float, float]
Background = Literal["plain", "gradient", "blurred", "studio"]
Neckline = Literal["crew", "v", "collar", "jacket", "high"]
NECKLINES: tuple[Neckline, ...] = ("crew", "v", "collar", "jacket", "high")


@dataclass(frozen=True, kw_only=True)
class Scene:
    """One clip's surroundings. Colours of cloth and background are sRGB in 0..1, of light linear.

    Directions point from the talker to the light (x to the talker's left, y up, z to the camera).
    """

    key_direction: Vector
    key_rgb: Rgb
    fill_direction: Vector
    fill_rgb: Rgb
    rim_direction: Vector
    rim_rgb: Rgb
    sky_rgb: Rgb
    ground_rgb: Rgb
    background: Background
    background_rgb: tuple[Rgb, Rgb]
    neckline: Neckline
    cloth_rgb: Rgb
    under_rgb: Rgb
    """Of the shirt below a jacket, and of stripes."""
    stripes: float
    """Strength of stripes, 0..1."""
    zoom: float
    """1 is the standard framing, more is nearer."""
    offset: tuple[float, float]
    """Of the person in the frame, shares of its width to the right and up."""
    seed: int
    """Of the background's shapes."""


def _unit(rng: np.random.Generator, azimuth: float, elevation: float, spread: float) -> Vector:
    a, e = np.deg2rad(azimuth + rng.normal(0, spread)), np.deg2rad(elevation + rng.normal(0, spread / 2))
    return (float(np.sin(a) * np.cos(e)), float(np.sin(e)), float(np.cos(a) * np.cos(e)))


def _warm(temperature: float, power: float) -> Rgb:
    """Linear light colour, from bluish (-1) to yellowish (1)."""
    return (power * (1 + 0.10 * temperature), power, power * (1 - 0.16 * temperature))


def _muted(rng: np.random.Generator, low: float, high: float, saturation: float) -> Rgb:
    """A colour of no strong hue."""
    value = rng.uniform(low, high)
    r, g, b = np.clip(value * (1 + saturation * rng.uniform(-1, 1, 3)), 0, 1)
    return (float(r), float(g), float(b))


def sample_scene(rng: np.random.Generator) -> Scene:
    """Draw a scene."""
    side = float(rng.choice([-1.0, 1.0]))
    temperature = float(rng.uniform(-0.7, 0.9))
    key = float(rng.uniform(0.9, 1.25))
    ambient = float(rng.uniform(0.13, 0.25))
    backgrounds: tuple[Background, ...] = ("plain", "gradient", "blurred", "studio")
    return Scene(
        key_direction=_unit(rng, 35 * side, 32, 12),
        key_rgb=_warm(temperature, key),
        fill_direction=_unit(rng, -50 * side, 8, 10),
        fill_rgb=_warm(-0.5 * temperature, key * float(rng.uniform(0.12, 0.32))),
        rim_direction=_unit(rng, -140 * side, 25, 12),
        rim_rgb=_warm(-temperature, float(rng.uniform(0.0, 0.9))),
        sky_rgb=_warm(-0.4, ambient),
        ground_rgb=_warm(0.5, 0.55 * ambient),
        background=backgrounds[int(rng.choice(4, p=[0.15, 0.25, 0.4, 0.2]))],
        background_rgb=(_muted(rng, 0.25, 0.75, 0.15), _muted(rng, 0.15, 0.65, 0.25)),
        neckline=NECKLINES[int(rng.integers(len(NECKLINES)))],
        cloth_rgb=_muted(rng, 0.06, 0.65, 0.4),
        under_rgb=_muted(rng, 0.55, 0.92, 0.12),
        stripes=float(rng.choice([0.0, 0.0, 0.0, 0.35])),
        zoom=float(rng.uniform(0.96, 1.04)),
        offset=(float(rng.normal(0, 0.015)), float(rng.normal(0, 0.01))),
        seed=int(rng.integers(2**31)),
    )


def draw_background(scene: Scene, size: int) -> Float[np.ndarray, "size size 3"]:
    """The background alone, sRGB in 0..1."""
    rng = np.random.default_rng(scene.seed)
    first, second = (np.array(rgb, dtype=np.float32) for rgb in scene.background_rgb)
    y, x = (np.mgrid[0:size, 0:size] + 0.5).astype(np.float32) / size - 0.5
    if scene.background == "plain":
        picture = np.broadcast_to(first, (size, size, 3)).copy()
    elif scene.background == "gradient":
        angle = rng.uniform(0, 2 * np.pi)
        share = np.clip(0.5 + np.cos(angle) * x + np.sin(angle) * y, 0, 1)[..., None]
        picture = first + (second - first) * share
    elif scene.background == "studio":
        centre = rng.uniform(-0.15, 0.15, 2)
        share = np.clip(1.7 * np.hypot(x - centre[0], y - centre[1]), 0, 1)[..., None]
        picture = first + (0.35 * first - first) * share
    else:
        picture = _blurred_shapes(rng, first, second, x, y, size)
    vignette = 1 - 0.35 * (x**2 + y**2)[..., None]
    return np.clip(picture * vignette, 0, 1).astype(np.float32)


def _blurred_shapes(
    rng: np.random.Generator,
    first: Float[np.ndarray, "3"],
    second: Float[np.ndarray, "3"],
    x: Float[np.ndarray, "size size"],
    y: Float[np.ndarray, "size size"],
    size: int,
) -> Float[np.ndarray, "size size 3"]:
    """A room out of focus: wall, shelf-like boxes and some lamps."""
    picture = np.broadcast_to(first, (size, size, 3)).copy()
    for _ in range(int(rng.integers(4, 9))):
        left, top = rng.uniform(-0.6, 0.45), rng.uniform(-0.6, 0.4)
        width, height = rng.uniform(0.06, 0.35), rng.uniform(0.1, 0.7)
        inside = (x > left) & (x < left + width) & (y > top) & (y < top + height)
        picture[inside] = np.clip(second * rng.uniform(0.5, 1.4) + rng.normal(0, 0.05, 3), 0, 1)
    for _ in range(int(rng.integers(0, 4))):
        centre, radius = rng.uniform(-0.5, 0.5, 2), rng.uniform(0.02, 0.06)
        picture[np.hypot(x - centre[0], y - centre[1] + 0.2) < radius] = (1.0, 0.93, 0.8)
    return gaussian_filter(picture, (size * 0.025, size * 0.025, 0))
