"""Bands of detail: they add up, and raising them restores the contrast that blurring took, inside a window."""

import pytest
import torch

from speech2face.learning.decoder.contrast import bands, contrast_factors, with_contrast

EVERYWHERE = torch.ones(64, 64)


@pytest.fixture
def textures():
    grey = torch.rand(3, 1, 64, 64, generator=torch.Generator().manual_seed(0))
    return grey.expand(3, 3, 64, 64)


def shrunk(textures):
    *fine, coarse = bands(textures.mean(dim=1))
    return (coarse + sum(0.5 * band for band in fine))[:, None].expand_as(textures)


def test_bands_add_up(textures):
    grey = textures.mean(dim=1)
    torch.testing.assert_close(torch.stack(bands(grey)).sum(dim=0), grey, atol=1e-6, rtol=0)
    torch.testing.assert_close(with_contrast(textures, [1.0] * 4, EVERYWHERE), textures, atol=1e-6, rtol=0)


def test_a_plain_texture_has_no_detail():
    for band in bands(torch.full((1, 32, 32), 0.7))[:-1]:
        assert band.abs().max() < 1e-6


def test_factors_restore_the_amplitude_of_true_textures(textures):
    factors = contrast_factors(shrunk(textures), textures, EVERYWHERE)
    assert all(1.3 < factor < 2.7 for factor in factors)
    raised = with_contrast(shrunk(textures), factors, EVERYWHERE)
    before, after, wanted = (bands(t.mean(dim=1))[0].square().mean() for t in (shrunk(textures), raised, textures))
    assert abs(after / wanted - 1) < abs(before / wanted - 1) / 2


def test_only_brightness_changes_and_only_inside_the_window(textures):
    coloured = textures * torch.tensor([1.0, 0.5, 0.2])[:, None, None]
    left = torch.zeros(64, 64)
    left[:, :32] = 1
    added = with_contrast(coloured, [2.0] * 4, left) - coloured
    torch.testing.assert_close(added, added[:, :1].expand_as(added), atol=1e-6, rtol=0)
    assert added[..., :32].abs().max() > 0.1
    assert (added[..., 32:] == 0).all()


def test_contrast_is_never_taken_away_nor_raised_without_bound(textures):
    assert contrast_factors(textures, 0.5 * textures, EVERYWHERE) == [1.0] * 4
    assert contrast_factors(textures * 1e-3, textures, EVERYWHERE) == [3.0] * 4


def test_the_window_says_where_contrast_is_measured(textures):
    flat = textures.clone()
    flat[..., 32:] = 0.5
    left = torch.zeros(64, 64)
    left[:, 8:16] = 1
    assert contrast_factors(flat, textures, left) == pytest.approx([1.0] * 4, abs=0.02)
    assert contrast_factors(flat, textures, left.flip(1))[0] == 3.0
