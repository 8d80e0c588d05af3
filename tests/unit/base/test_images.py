"""Pictures to bytes and back."""

import numpy as np
import pytest
import torch

from speech2face.base.images import decode_image, encode_jpeg, encode_png, to_pictures


@pytest.mark.parametrize("halve_colour", [False, True])
def test_colour_may_be_halved_and_brightness_never_is(halve_colour):
    """Stripes of one pixel: in colours of one brightness they blur where colour is halved, in greys they never do."""
    stripes = np.arange(64) % 2 == 0
    equally_bright = np.where(stripes[None, :, None], (200, 80, 80), (80, 141, 80)).repeat(64, axis=0)
    greys = np.where(stripes[None, :, None], 180, 80).repeat(64, axis=0).repeat(3, axis=2)
    seen, unseen = (
        decode_image(encode_jpeg(picture.astype(np.uint8), halve_colour=halve_colour)).astype(int)
        for picture in (greys, equally_bright)
    )
    assert seen.shape == unseen.shape == (64, 64, 3)
    assert abs(seen - greys).max() < 10
    apart = abs(unseen[:, ::2] - unseen[:, 1::2]).mean(axis=(0, 1))[0]
    assert apart < 20 if halve_colour else apart > 100


def test_pixels_are_cut_and_rounded_and_colours_come_last():
    pixels = torch.tensor([-0.1, 0.5, 1.1]).expand(4, 2, 3).permute(2, 0, 1)
    picture = to_pictures(pixels)
    assert picture.shape == (4, 2, 3)
    assert picture.dtype == np.uint8
    assert (picture == [0, 128, 255]).all()
    assert np.array_equal(to_pictures(pixels[None])[0], picture)
    assert np.array_equal(decode_image(encode_png(picture)), picture)
