"""Textures of hair strands: rarity (threshold for density) and tone of each texel."""

from typing import Final

import numpy as np
from jaxtyping import Float, UInt8
from scipy.ndimage import gaussian_filter, map_coordinates

SIZE: Final = 256
STRAIGHT, WAVY, CURLY, FUZZ = range(4)


def strand_textures() -> UInt8[np.ndarray, "kinds size size 2"]:
    """Periodic textures [kind, along, across, (rarity, tone)], each uniformly spread over 0..255."""
    kinds = []
    for kind, (across, along, bend) in enumerate(
        ((0.7, 40.0, 2.0), (0.8, 22.0, 9.0), (1.6, 2.6, 0.0), (0.8, 1.0, 0.0))
    ):
        rng = np.random.default_rng(kind)
        layers = []
        for scale in (1.0, 2.6):
            noise = gaussian_filter(rng.normal(size=(SIZE, SIZE)), (along, across * scale), mode="wrap")
            layers.append(noise / noise.std())
        rarity, tone = layers[0], 0.6 * layers[0] + layers[1]
        if bend:
            wave = gaussian_filter(rng.normal(size=(SIZE, SIZE)), (18, 30), mode="wrap")
            wave = bend * wave / wave.std()
            rows, columns = np.mgrid[0:SIZE, 0:SIZE].astype(float)
            rarity, tone = (
                map_coordinates(layer, [rows, columns + wave], order=1, mode="grid-wrap") for layer in (rarity, tone)
            )
        kinds.append(np.stack([_uniform(rarity), _uniform(tone)], axis=-1))
    return np.floor(256 * np.stack(kinds)).astype(np.uint8)


def _uniform(values: Float[np.ndarray, "rows columns"]) -> Float[np.ndarray, "rows columns"]:
    """Ranks in 0..1: a threshold d then passes the share d of the points."""
    ranks = np.empty(values.size)
    ranks[np.argsort(values, axis=None, kind="stable")] = np.arange(values.size) / values.size
    return ranks.reshape(values.shape)
