"""The appearance model: symmetric textures, parameters whose distances are those of textures, and gradients."""

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from speech2face.base.weights import load_weights, save_model
from speech2face.learning.decoder.appearance import STORED_AS, AppearanceDecoder, fold, half, outlined, unfold
from speech2face.learning.decoder.contrast import blur_matrix, detail, inner_window
from speech2face.learning.decoder.presets import sampled
from tests.unit.learning.decoder.made_faces import face


@pytest.fixture
def model():
    """Six parameters; the last only moves landmarks. The head covers all but the rows at the top."""
    generator = torch.Generator().manual_seed(0)
    network = AppearanceDecoder(dimension=6, size=32, landmarks=68, parameters=6, modes=5, residuals=2)
    network.mean_landmarks.copy_(face())
    network.spread.fill_(2.0)
    network.mean.copy_(torch.arange(6.0))
    network.mean_texture[3] = 1
    network.mean_texture[:, :8] = 0
    network.axes.copy_(torch.randn(6, 6, generator=generator))
    modes, _ = torch.linalg.qr(torch.randn(4 * 32 * half(32), 5, generator=generator))
    network.set_texture_modes(modes.T)
    network.landmark_modes.copy_(1e-3 * torch.randn(6, 136, generator=generator))
    network.set_residual_modes(0.05 * torch.randn(2, 136 + 4 * 32 * half(32), generator=generator))
    return network.eval()


@pytest.mark.parametrize("size", [8, 9])
def test_folding_and_unfolding_give_the_symmetric_texture(size):
    texture = torch.rand(2, 3, size, size)
    torch.testing.assert_close(unfold(fold(texture)), (texture + texture.flip(3)) / 2)


def test_the_mean_embedding_gives_the_mean_face_on_white(model):
    parts = model.parts(model.mean[None])
    torch.testing.assert_close(parts.texture[0, :, 12:], model.mean_texture[:, 12:])
    torch.testing.assert_close(parts.picture[0, :, 12:], model.mean_texture[:3, 12:], atol=1e-4, rtol=0)
    torch.testing.assert_close(parts.picture[0, :, :6], torch.ones(3, 6, 32))


def test_parameters_are_as_far_apart_as_the_half_textures_they_add(model):
    first = model.first(model.mean + 0.1 * torch.randn(2, 6, generator=torch.Generator().manual_seed(1)))
    first = first * torch.tensor([1, 1, 1, 1, 1, 0])
    added = (first[:, :5] * model.mode_units @ model.texture_modes).diff(dim=0)
    torch.testing.assert_close(added.norm(), first.diff(dim=0).norm(), atol=0, rtol=0.01)


def test_textures_are_symmetric_and_in_range_and_no_colour_is_stronger_than_its_alpha(model):
    texture = model.parts(model.mean + 50 * torch.randn(4, 6)).texture
    torch.testing.assert_close(texture, texture.flip(3))
    assert texture.min() >= 0
    assert texture.max() <= 1
    assert (texture[:, :3] <= texture[:, 3:]).all()


def test_parameters_beyond_the_modes_only_move_landmarks(model):
    first = torch.zeros(2, 6)
    first[1, 5] = 1
    landmarks, texture = model.normalised(first)
    assert torch.equal(texture[0], texture[1])
    assert (landmarks[0] - landmarks[1]).abs().max() > 1e-4


def test_an_outline_keeps_the_colour_of_the_heads_that_cover_a_pixel():
    # Six of ten heads cover the pixel and are of colour 0.5; what is behind the other four does not count.
    covered = torch.full((1, 4, 1, 1), 0.3)
    covered[:, 3] = 0.6
    clear = outlined(covered, torch.ones(1, 1))
    assert clear[0, 3] > 0.5
    torch.testing.assert_close(clear[:, :3] / clear[:, 3:], torch.full((1, 3, 1, 1), 0.5))
    assert torch.equal(outlined(torch.full((1, 4, 1, 1), 0.2), torch.ones(1, 1)), torch.zeros(1, 4, 1, 1))
    torch.testing.assert_close(outlined(torch.full((1, 4, 1, 1), 0.8), torch.ones(1, 1)), torch.ones(1, 4, 1, 1))


@pytest.mark.parametrize("sides", [0.1, 0.5])
def test_an_outline_is_equally_soft_where_alpha_falls_slowly(sides):
    # Hair of many lengths: the share of heads that cover a pixel falls from 1 to 0 over part of the side.
    down = (torch.arange(128) + 0.5) / 128
    alpha = (0.5 - (down - 0.5) / sides).clamp(0, 1)[:, None].expand(128, 128)
    clear = outlined(alpha.expand(1, 4, 128, 128), torch.eye(128))[0, 3, :, 64]
    between = ((clear > 0.01) & (clear < 0.99)).sum()
    assert 1 <= between <= 0.02 * 128 + 1
    assert clear[:60].min() == 1
    assert clear[68:].max() == 0


def test_a_sample_of_no_noise_is_the_expected_face(model):
    embedding = model.mean + 0.1 * torch.randn(2, 6)
    torch.testing.assert_close(model.sample(embedding, torch.zeros(2, 2)), model(embedding), atol=1e-5, rtol=0)


def test_samples_depend_on_the_seed_alone(model):
    embedding = model.mean + 0.1 * torch.randn(5, 6)
    one, same, other = (sampled(model, embedding, np.random.default_rng(seed), 2) for seed in (0, 0, 1))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)
    assert len({picture.sum().item() for picture in one}) == 5


def test_samples_differ_by_the_residual_modes(model):
    embedding = model.mean.expand(2, 6)
    noise = torch.tensor([[1.0, 0.0], [0.0, -2.0]])
    model.residual_landmarks.zero_()
    drawn = model.sample(embedding, noise) - model(embedding)
    added = model._texture(noise * model.residual_units, model.residual_modes)
    # In the middle of the face, where alpha is 1 and the warp leaves pixels at their places.
    covered = 1 + added[:, 3:, 14:24, 8:24]
    colour = (model.mean_texture[:3, 14:24, 8:24] + added[:, :3, 14:24, 8:24]) / covered
    expected = colour.clamp(0, 1) - model.mean_texture[:3, 14:24, 8:24]
    torch.testing.assert_close(drawn[:, :, 14:24, 8:24], expected, atol=2e-3, rtol=0)


def test_samples_have_the_contrast_of_single_faces(model):
    embedding = model.mean + 0.1 * torch.randn(2, 6)
    model.mean_texture[:3, 8:] += 0.1 * torch.randn(24, 32)
    before = model.sample(embedding, torch.zeros(2, 2))
    model.sample_contrast.fill_(2.0)
    window = inner_window(model.mean_landmarks, 32)
    weak, strong = (detail(picture, window) for picture in (before, model.sample(embedding, torch.zeros(2, 2))))
    # At 32 pixels the finer bands are narrower than a pixel.
    assert (strong[2:] > 2 * weak[2:]).all()


def test_modes_fit_into_eight_bits_and_come_back_exactly(model, tmp_path):
    files = tmp_path / "model.safetensors", tmp_path / "config.json"
    save_model(model, *files, {}, STORED_AS)
    assert load_file(files[0])["texture_modes"].dtype == torch.int8
    loaded = AppearanceDecoder(dimension=6, size=32, landmarks=68, parameters=6, modes=5, residuals=2)
    load_weights(loaded, files[0])
    embedding = model.mean + torch.randn(2, 6)
    assert torch.equal(loaded.eval()(embedding), model(embedding))


def test_specks_are_no_part_of_the_outline():
    texture = torch.zeros(1, 4, 64, 64)
    texture[:, :, 16:] = 1
    texture[:, :, 8, 30] = 1
    texture[:, :, 40, 30] = 0.1
    clear = outlined(texture, blur_matrix(64, 1.5))
    assert (clear[:, :, :10] == 0).all()
    torch.testing.assert_close(clear[:, 3, 20:], torch.ones(1, 44, 64))


def test_losses_can_look_through_it(model):
    embedding = (model.mean + 0.1).expand(2, 6).clone().requires_grad_()
    model(embedding).square().mean().backward()
    assert torch.isfinite(embedding.grad).all()
    assert embedding.grad.abs().max() > 0
