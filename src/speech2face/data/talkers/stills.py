"""Stills of talkers: frontal, neutral, mouth closed, no glasses, in one light, on white, with the mask of the head.

Some talkers wear glasses, which no voice tells of: a decoder that had seen them would draw their ghost on every face.

The mask comes from two pictures that differ in their background and clothes alone: where they agree is head or hair.
"""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, UInt8

from speech2face.data.talkers.appearance import Appearance
from speech2face.data.talkers.head import Head
from speech2face.data.talkers.kernel_inputs import tone_curve
from speech2face.data.talkers.motion import Pose
from speech2face.data.talkers.render import Renderer
from speech2face.data.talkers.scene import Scene, draw_background

_BLACK = (0.0, 0.0, 0.0)
# The light has no left and right, because the face decoder makes faces symmetric; the neckline leaves the neck free.
_STUDIO = Scene(
    key_direction=(0.0, 0.5, 0.866),
    key_rgb=(1.0, 1.0, 0.98),
    fill_direction=(0.0, -0.1, 0.995),
    fill_rgb=(0.3, 0.3, 0.3),
    rim_direction=(0.0, 0.6, -0.8),
    rim_rgb=(0.4, 0.4, 0.4),
    sky_rgb=(0.2, 0.2, 0.2),
    ground_rgb=(0.11, 0.11, 0.11),
    background="plain",
    background_rgb=(_BLACK, _BLACK),
    neckline="v",
    cloth_rgb=_BLACK,
    under_rgb=_BLACK,
    stripes=0.0,
    zoom=1.0,
    offset=(0.0, 0.0),
    seed=0,
)
_LIT = replace(
    _STUDIO, background_rgb=((1.0, 0.0, 0.0), (1.0, 0.0, 0.0)), cloth_rgb=(0.0, 1.0, 1.0), under_rgb=(0.0, 1.0, 1.0)
)
"""The background lit in red alone, clothes in green and blue: how red a pixel became tells its share of background."""
# Light on clothes is at least this strong, even in the shadow of hair.
_CLOTHES_LIGHT = 0.25


@dataclass(frozen=True, kw_only=True)
class Still:
    """A picture on white, and its mask: 255 on head, hair and neck, 0 on clothes and background."""

    picture: UInt8[np.ndarray, "size size 3"]
    mask: UInt8[np.ndarray, "size size"]


def draw_still(renderer: Renderer, head: Head, appearance: Appearance) -> Still:
    """Draw a talker's still, as large as the renderer's pictures."""
    bare = replace(appearance, glasses=False)
    dark, lit = (renderer.render(head, bare, scene, [Pose.neutral()])[0] for scene in (_STUDIO, _LIT))
    added = _light(lit) - _light(dark)
    background = added[..., 0] / _linear(draw_background(_LIT, renderer.size)[..., 0])
    clothes = added[..., 1] / _CLOTHES_LIGHT
    mask = (1 - background.clip(0, 1)) * (1 - clothes.clip(0, 1))
    on_white = _linear(dark / np.float32(255)) + (1 - mask)[..., None]
    return Still(picture=_bytes(_srgb(on_white.clip(0, 1))), mask=_bytes(mask))


def _light(picture: UInt8[np.ndarray, "size size 3"]) -> Float[np.ndarray, "size size 3"]:
    """The linear light of which the renderer's tone curve made these bytes."""
    tone = tone_curve()
    return np.interp(np.arange(256), tone, np.linspace(0, 2, len(tone)))[picture]


def _linear(srgb: Float[np.ndarray, "*shape"]) -> Float[np.ndarray, "*shape"]:
    return np.where(srgb > 0.04045, ((srgb + 0.055) / 1.055) ** 2.4, srgb / 12.92)


def _srgb(linear: Float[np.ndarray, "*shape"]) -> Float[np.ndarray, "*shape"]:
    return np.where(linear > 0.0031308, 1.055 * linear ** (1 / 2.4) - 0.055, 12.92 * linear)


def _bytes(shares: Float[np.ndarray, "*shape"]) -> UInt8[np.ndarray, "*shape"]:
    return (255 * shares + 0.5).astype(np.uint8)
