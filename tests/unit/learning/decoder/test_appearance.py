"""The appearance model: symmetric textures, parameters whose distances are those of textures, and gradients."""

import pytest
import torch

from speech2face.learning.decoder.appearance import AppearanceDecoder, fold, half, unfold
from tests.unit.learning.decoder.made_faces import face


@pytest.fixture
def model():
    generator = torch.Generator().manual_seed(0)
    network = AppearanceDecoder(dimension=6, size=32, landmarks=68)
    network.mean_landmarks.copy_(face())
    network.spread.fill_(2.0)
    network.mean.copy_(torch.arange(6.0))
    network.axes.copy_(torch.randn(6, 6, generator=generator))
    modes, _ = torch.linalg.qr(torch.randn(3 * 32 * half(32), 6, generator=generator))
    network.texture_modes.copy_(modes.T)
    network.landmark_modes.copy_(1e-3 * torch.randn(6, 136, generator=generator))
    return network.eval()


@pytest.mark.parametrize("size", [8, 9])
def test_folding_and_unfolding_give_the_symmetric_texture(size):
    texture = torch.rand(2, 3, size, size)
    torch.testing.assert_close(unfold(fold(texture)), (texture + texture.flip(3)) / 2)


def test_the_mean_embedding_gives_the_mean_face(model):
    parts = model.parts(model.mean[None])
    torch.testing.assert_close(parts.texture[0], model.mean_texture)
    torch.testing.assert_close(parts.picture[0], model.mean_texture, atol=1e-4, rtol=0)


def test_parameters_are_as_far_apart_as_half_textures(model):
    embeddings = model.mean + 0.1 * torch.randn(2, 6, generator=torch.Generator().manual_seed(1))
    first = model.first(embeddings)
    _, texture = model.normalised(first)
    apart = (fold(texture)[0] - fold(texture)[1]).norm()
    torch.testing.assert_close(apart, (first[0] - first[1]).norm(), atol=1e-5, rtol=1e-4)


def test_textures_are_symmetric_and_in_range(model):
    texture = model.parts(model.mean + 50 * torch.randn(4, 6)).texture
    torch.testing.assert_close(texture, texture.flip(3))
    assert texture.min() >= 0
    assert texture.max() <= 1


def test_losses_can_look_through_it(model):
    embedding = (model.mean + 0.1).expand(2, 6).clone().requires_grad_()
    model(embedding).square().mean().backward()
    assert torch.isfinite(embedding.grad).all()
    assert embedding.grad.abs().max() > 0
