"""Losses of the face decoder: by hand, and the identity loss through a small stand-in recogniser."""

import pytest
import torch
from torch import nn

from speech2face.learning.decoder.losses import IdentityLoss, landmark_loss, random_views, texture_loss


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


class Recogniser(nn.Module):
    """Embeds by what each region of a picture looks like: a fixed linear map of 4 x 4 means."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(48, 8)
        with torch.no_grad():
            self.layer.weight.copy_(torch.randn(8, 48, generator=seeded(1)))
            self.layer.bias.fill_(20.0)
        self.requires_grad_(False)

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        return self.layer(nn.functional.adaptive_avg_pool2d(pictures, 4).flatten(1))


def smooth_pictures(count: int, seed: int = 0) -> torch.Tensor:
    coarse = torch.rand(count, 3, 4, 4, generator=seeded(seed))
    return nn.functional.interpolate(coarse, size=32, mode="bilinear")


def test_texture_loss_weights_pixels() -> None:
    truth = torch.zeros(2, 3, 2, 2)
    predicted = truth.clone()
    predicted[0, :, 0, 0] = -0.5
    predicted[1, :, 1, 1] = 1.0
    ones = torch.ones(2, 2)
    assert texture_loss(predicted, truth, ones).item() == pytest.approx(1.5 / 8)
    window = torch.tensor([[4.0, 0.0], [0.0, 0.0]])
    assert texture_loss(predicted, truth, window).item() == pytest.approx(4 * 0.5 / 8)


def test_landmark_loss_is_in_units_of_the_spread() -> None:
    truth = torch.zeros(2, 3, 2)
    predicted = truth.clone()
    predicted[0, 0, 0] = 0.06
    assert landmark_loss(predicted, truth, torch.tensor(0.02)).item() == pytest.approx(9 / 12)
    shapes = 0.02 * torch.randn(500, 3, 2, generator=seeded())
    assert landmark_loss(torch.zeros(500, 3, 2), shapes, torch.tensor(0.02)).item() == pytest.approx(1, rel=0.05)


def test_views_differ_and_repeat_with_the_seed() -> None:
    pictures = smooth_pictures(1).repeat(3, 1, 1, 1)
    views = random_views(pictures, seeded(3))
    assert views.shape == pictures.shape
    assert views.min() >= 0 and views.max() <= 1
    assert torch.equal(random_views(pictures, seeded(3)), views)
    assert not torch.equal(random_views(pictures, seeded(4)), views)
    assert all((views[a] - views[b]).abs().mean() > 0.003 for a, b in [(0, 1), (1, 2), (0, 2)])


def test_views_show_the_picture() -> None:
    along = (torch.arange(64) + 0.5) / 64
    blob = torch.exp(-((along - 0.3) ** 2 + (along[:, None] - 0.6) ** 2) / 0.005).expand(40, 3, 64, 64)
    views = random_views(blob, seeded())
    brightest = nn.functional.avg_pool2d(views, 5, 1, 2)[:, 0].flatten(1).argmax(dim=1)
    x, y = (brightest % 64 + 0.5) / 64, (brightest // 64 + 0.5) / 64
    assert (x - 0.3).abs().max() < 0.04 and (y - 0.6).abs().max() < 0.04
    assert x.std() > 0.002 and y.std() > 0.002
    assert abs(x.mean() - 0.3) < 0.008 and abs(y.mean() - 0.6) < 0.008
    # Plain colours stay plain but for the noise, up to the border.
    grey = random_views(torch.full((30, 3, 32, 32), 0.5), seeded())
    assert (grey.mean(dim=(0, 1)) - 0.5).abs().max() < 0.015
    assert 0.003 < grey.std() < 0.03


def test_identity_loss_by_hand() -> None:
    embedding = torch.tensor([[3.0, 1.0], [1.0, 4.0]])
    centre = torch.tensor([1.0, 1.0])
    found = torch.tensor([[2.0, 2.0], [1.0, -2.0]])
    loss = IdentityLoss(lambda _: found, centre)(torch.zeros(2, 3, 8, 8), embedding, seeded())
    assert loss.item() == pytest.approx((1 - 2**-0.5 + 2) / 2)


def test_pictures_of_the_person_lose_less_than_others() -> None:
    recogniser, pictures = Recogniser(), smooth_pictures(6)
    embedding = recogniser(pictures)
    identity = IdentityLoss(recogniser, embedding.mean(dim=0))
    own = identity(pictures, embedding, seeded()).item()
    assert own < 0.2 * identity(pictures, embedding.roll(1, 0), seeded()).item()


def test_descent_finds_a_picture_of_the_person() -> None:
    recogniser = Recogniser()
    target = recogniser(smooth_pictures(2, seed=1))
    identity, generator = IdentityLoss(recogniser, torch.full((8,), 20.0)), seeded()
    picture = torch.full((2, 3, 32, 32), 0.5).add(0.1 * smooth_pictures(2, 2)).requires_grad_()
    optimiser = torch.optim.Adam([picture], lr=0.02)
    before = identity(picture, target, seeded(9)).item()
    for _ in range(40):
        optimiser.zero_grad()
        identity(picture, target, generator).backward()
        optimiser.step()
    assert identity(picture, target, seeded(9)).item() < 0.1 * before
    assert picture.grad is not None
    assert picture.grad.flatten(1).abs().sum(dim=1).gt(0).all()


def test_the_recogniser_is_not_part_of_the_loss() -> None:
    recogniser = Recogniser().eval()
    identity = IdentityLoss(recogniser, torch.zeros(8)).train()
    assert not list(identity.parameters())
    assert not identity.state_dict()
    assert not recogniser.training
