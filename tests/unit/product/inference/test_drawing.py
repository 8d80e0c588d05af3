"""The copy of the decoder that answers draws what the decoder draws."""

import pytest
import torch
from torch import nn

from speech2face.learning.decoder.appearance import AppearanceDecoder
from speech2face.learning.decoder.cole import ColeFaceDecoder
from speech2face.product.inference.drawing import fast_copy
from tests.unit.learning.decoder.made_faces import face


@pytest.mark.parametrize(("precision", "off"), [(torch.float32, 1e-5), (torch.bfloat16, 1 / 255)])
def test_the_fast_copy_draws_the_same(precision, off):
    torch.manual_seed(0)
    model = ColeFaceDecoder(dimension=6, size=32, landmarks=68)
    landmarks = face() + 0.02 * torch.randn(40, 68, 2)
    model.fit_statistics(3 + 2 * torch.randn(40, 6), landmarks, face(), torch.ones(40))
    model.mean_texture.uniform_(0.1, 0.9)
    for module in model.eval().modules():
        if isinstance(module, nn.BatchNorm2d):
            # As after a training: a normalisation that is none would hide a wrong fold.
            module.running_mean = torch.randn_like(module.weight)
            module.running_var = 0.5 + torch.rand_like(module.weight)
            nn.init.normal_(module.weight, 1.0, 0.2)
            nn.init.normal_(module.bias)
    embedding = 3 + 2 * torch.randn(4, 6)
    with torch.inference_mode():
        exact, fast = model.parts(embedding), fast_copy(model, precision).parts(embedding)
    assert fast.picture.dtype == torch.float32
    assert torch.equal(fast.landmarks, exact.landmarks)
    assert (fast.picture - exact.picture).abs().max() <= off
    assert exact.picture.std() > 0.01
    # The model itself stays as it was, ready to be trained and exported.
    assert all(parameter.dtype == torch.float32 for parameter in model.parameters())
    assert sum(isinstance(module, nn.BatchNorm2d) for module in model.modules()) == len(model.stages)


def test_the_appearance_model_is_copied_as_it_is():
    model = AppearanceDecoder(dimension=6, size=32, landmarks=68, parameters=6, modes=6, residuals=2).eval()
    model.mean_texture.uniform_()
    model.mean_landmarks.copy_(face())
    copied = fast_copy(model, torch.bfloat16)
    assert copied is not model
    embedding = torch.randn(2, 6)
    assert torch.equal(copied(embedding), model(embedding))
