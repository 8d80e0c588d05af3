"""The face decoder after Cole et al.: sizes, parts, range, and that it learns."""

from pathlib import Path

import pytest
import torch
from torch import nn
from torch.nn import functional

from speech2face.base.weights import load_weights, save_model
from speech2face.learning.decoder.cole import FIRST_UNITS, ColeFaceDecoder
from speech2face.learning.decoder.losses import landmark_loss, texture_loss
from speech2face.learning.decoder.networks import on_white
from speech2face.learning.decoder.warp import warp
from tests.unit.learning.decoder.made_faces import face

POINTS = face()
FEW_POINTS = torch.tensor([[0.35, 0.4], [0.65, 0.4], [0.5, 0.55], [0.4, 0.7], [0.6, 0.7]])


@pytest.fixture(autouse=True)
def _repeatable() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(0)


def made(size: int = 16, dimension: int = 6, points: torch.Tensor = POINTS) -> ColeFaceDecoder:
    """A decoder with the statistics of made-up faces."""
    model = ColeFaceDecoder(dimension=dimension, size=size, landmarks=len(points))
    landmarks = points + 0.02 * torch.randn(40, len(points), 2)
    model.fit_statistics(3 + 2 * torch.randn(40, dimension), landmarks, points, torch.ones(40))
    model.mean_texture.copy_(0.1 + 0.8 * torch.rand(4, size, size))
    return model.eval()


def linear(model: ColeFaceDecoder) -> nn.Linear:
    """The first layer without its ReLU."""
    layer = model.first_layer[0]
    assert isinstance(layer, nn.Linear)
    return layer


@pytest.mark.parametrize(("size", "side", "channels"), [(64, 8, [128, 64, 32]), (128, 8, [128, 64, 32, 32])])
def test_layers_are_the_published_ones(size: int, side: int, channels: list[int]) -> None:
    with torch.device("meta"):
        model = ColeFaceDecoder(dimension=4096, size=size, landmarks=68)
    assert linear(model).weight.shape == (1000, 4096)
    assert model.enter.weight.shape == (side * side * 256, 1000)
    upsampling = [layer for layer in model.stages.modules() if isinstance(layer, nn.ConvTranspose2d)]
    assert [layer.out_channels for layer in upsampling] == channels
    assert {(layer.kernel_size, layer.stride) for layer in upsampling} == {((5, 5), (2, 2))}
    assert model.leave.weight.shape == (4, 32, 1, 1)


def test_the_papers_picture_starts_from_14_pixels() -> None:
    with torch.device("meta"):
        model = ColeFaceDecoder(dimension=4096, size=224, landmarks=68)
    assert model.side == 14 and len(model.stages) == 4


@pytest.mark.parametrize("size", [16, 24, 64])
def test_parts_have_the_size_asked_for_and_lie_in_range(size: int) -> None:
    parts = made(size).parts(10 * torch.randn(2, 6))
    assert parts.landmarks.shape == (2, 68, 2)
    for picture, channels in ((parts.texture, 4), (parts.picture, 3)):
        assert picture.shape == (2, channels, size, size)
        assert 0 <= picture.min() < picture.max() <= 1


@pytest.mark.parametrize("size", [4, 34, 100, 7])
def test_sizes_that_doublings_do_not_reach_are_refused(size: int) -> None:
    with pytest.raises(ValueError, match=rf"decoder\.size is {size}; it must be 8 to 15 times a power of two"):
        ColeFaceDecoder(dimension=4, size=size, landmarks=68)


def test_the_picture_is_the_texture_moved_to_the_landmarks() -> None:
    model, embedding = made(), torch.randn(3, 6)
    parts = model.parts(embedding)
    assert torch.equal(model(embedding), parts.picture)
    expected = on_white(warp(parts.texture, POINTS.expand(3, -1, -1), parts.landmarks))
    torch.testing.assert_close(parts.picture, expected)
    assert (parts.picture - on_white(parts.texture)).abs().max() > 1e-3


def test_a_thumbnail_is_the_picture_at_a_part_of_its_size() -> None:
    model = made(size=112).eval()
    for parameter in model.parameters():
        nn.init.normal_(parameter, std=0.05)
    # A smooth one: noise that is moved first and then made small is not the same.
    model.mean_texture.copy_(torch.linspace(0.2, 0.6, 112).expand(4, 112, 112))
    model.mean_texture[3] = 0.9
    embedding = torch.randn(2, 6)
    with torch.no_grad():
        small, large = model.thumbnail(embedding), model(embedding)
    assert small.shape == (2, 3, 56, 56)
    torch.testing.assert_close(small, functional.avg_pool2d(large, 2), atol=0.002, rtol=0)
    assert (large - on_white(model.mean_texture[None])).abs().max() > 0.01
    assert made(size=16).thumbnail(embedding).shape == (2, 3, 16, 16)


def test_lips_that_cross_are_parted_in_pictures_and_left_to_learn_in_training() -> None:
    model = made()
    last = model.landmark_layers[2]
    assert isinstance(last, nn.Linear)
    with torch.no_grad():
        last.weight.zero_()
        last.bias.zero_()
        # The middle of the lower lip above that of the upper one.
        last.bias.view(68, 2)[66, 1] = -2 * (POINTS[66, 1] - POINTS[62, 1]) / model.landmark_spread
    drawn, learned = model.parts(torch.randn(1, 6)), model.train().parts(torch.randn(2, 6))
    gap = POINTS[66, 1] - POINTS[62, 1]
    torch.testing.assert_close(drawn.landmarks[0, 66, 1] - drawn.landmarks[0, 62, 1], gap / 4, atol=1e-6, rtol=0)
    torch.testing.assert_close(drawn.picture, on_white(warp(drawn.texture, POINTS[None], drawn.landmarks)))
    torch.testing.assert_close(learned.landmarks[0, 66, 1] - learned.landmarks[0, 62, 1], -gap, atol=1e-6, rtol=0)


def test_an_untrained_decoder_draws_the_texture_in_place() -> None:
    parts = ColeFaceDecoder(dimension=6, size=16, landmarks=68).eval().parts(torch.randn(2, 6))
    torch.testing.assert_close(parts.picture, on_white(parts.texture), atol=1e-5, rtol=0)


def test_textures_are_drawn_from_the_mean_one() -> None:
    model = ColeFaceDecoder(dimension=6, size=16, landmarks=68).eval()
    texture = torch.rand(4, 16, 16).round()
    model.mean_texture.copy_(texture)
    model.leave.requires_grad_(False).weight.zero_()
    model.leave.register_parameter("bias", None)
    # Black and white are kept off the ends of the sigmoid, from where it could not learn.
    drawn = model.parts(torch.randn(2, 6)).texture
    torch.testing.assert_close(drawn, (0.02 + 0.96 * texture).expand(2, -1, -1, -1))


def test_the_first_layer_sees_embeddings_in_training_units() -> None:
    model = ColeFaceDecoder(dimension=6, size=16, landmarks=68)
    embedding = 100 + 20 * torch.randn(400, 6)
    model.fit_statistics(embedding, POINTS + 0.05 * torch.randn(400, 68, 2), POINTS, torch.ones(400))
    assert model.first(embedding[:3]).shape == (3, FIRST_UNITS)
    standard = (embedding - embedding.mean(dim=0)) / (embedding - embedding.mean(dim=0)).square().mean().sqrt()
    layer = linear(model)
    expected = (standard @ layer.weight.T + layer.bias).clamp_min(0)
    torch.testing.assert_close(model.first(embedding), expected, atol=1e-5, rtol=0)
    assert model.landmark_spread.item() == pytest.approx(0.05, rel=0.05)


def test_pictures_depend_on_their_own_embedding_only() -> None:
    model, embedding = made(), torch.randn(4, 6)
    torch.testing.assert_close(model(embedding)[1:2], model(embedding[1:2]), atol=1e-5, rtol=0)


def test_saved_and_loaded_it_is_the_same(tmp_path: Path) -> None:
    model, embedding = made(), torch.randn(2, 6)
    save_model(model, tmp_path / "m.safetensors", tmp_path / "c.json", {})
    loaded = ColeFaceDecoder(dimension=6, size=16, landmarks=68)
    load_weights(loaded, tmp_path / "m.safetensors")
    assert torch.equal(loaded.eval()(embedding), model(embedding))


def test_a_picture_alone_teaches_texture_and_landmarks() -> None:
    model = made().train()
    model(torch.randn(4, 6)).square().mean().backward()
    assert all(weight.grad is not None and weight.grad.abs().max() > 0 for weight in model.parameters())


def test_it_learns_to_draw() -> None:
    model = made(points=FEW_POINTS).train()
    embedding = 3 + 2 * torch.randn(8, 6)
    landmarks = FEW_POINTS + 0.02 * torch.randn(8, 5, 2)
    textures = torch.rand(8, 4, 1, 1).expand(-1, -1, 16, 16)
    model.mean_texture.copy_(textures.mean(dim=0))
    window = torch.ones(16, 16)
    optimiser = torch.optim.Adam(model.parameters(), lr=3e-3, fused=True)
    losses = []
    for _ in range(15):
        parts = model.parts(embedding)
        shape = landmark_loss(parts.landmarks, landmarks, model.landmark_spread)
        colour = texture_loss(parts.texture, textures, window)
        losses.append((shape.item(), colour.item()))
        optimiser.zero_grad()
        (shape + colour).backward()
        optimiser.step()
    assert losses[-1][0] < 0.05 * losses[0][0]
    assert losses[-1][1] < 0.6 * losses[0][1]
