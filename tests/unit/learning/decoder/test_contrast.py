"""Bands of detail: they add up, and raising them restores the contrast that blurring took."""

import pytest
import torch

from speech2face.learning.decoder.contrast import bands, contrast_factors, with_contrast


@pytest.fixture
def textures():
    return torch.rand(3, 3, 64, 64, generator=torch.Generator().manual_seed(0))


def test_bands_add_up(textures):
    torch.testing.assert_close(torch.stack(bands(textures)).sum(dim=0), textures, atol=1e-6, rtol=0)
    torch.testing.assert_close(with_contrast(textures, [1.0, 1.0, 1.0]), textures, atol=1e-6, rtol=0)


def test_a_plain_texture_has_no_detail():
    for band in bands(torch.full((1, 3, 32, 32), 0.7))[:-1]:
        assert band.abs().max() < 1e-6


def test_factors_restore_the_amplitude_of_true_textures(textures):
    *fine, coarse = bands(textures)
    shrunk = coarse + sum(0.5 * band for band in fine)
    window = torch.ones(64, 64)
    factors = contrast_factors(shrunk, textures, window)
    assert all(1.3 < factor < 2.7 for factor in factors)
    got, wanted = (bands(picture)[0].square().mean() for picture in (with_contrast(shrunk, factors), textures))
    assert abs(got / wanted - 1) < abs(bands(shrunk)[0].square().mean() / wanted - 1) / 2


def test_contrast_is_never_taken_away_nor_raised_without_bound(textures):
    window = torch.ones(64, 64)
    assert contrast_factors(textures, 0.5 * textures, window) == [1.0, 1.0, 1.0]
    assert contrast_factors(textures * 1e-3, textures, window) == [3.0, 3.0, 3.0]


def test_the_window_says_where_contrast_is_measured(textures):
    flat = textures.clone()
    flat[..., 32:] = 0.5
    left = torch.zeros(64, 64)
    left[:, 8:20] = 1
    assert contrast_factors(flat, textures, left) == pytest.approx([1.0, 1.0, 1.0], abs=0.02)
    assert contrast_factors(flat, textures, left.flip(1))[0] == 3.0
