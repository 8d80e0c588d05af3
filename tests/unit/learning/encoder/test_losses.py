"""The losses of the voice encoder: values by hand, what they ignore, what stays frozen, and balanced weights."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from speech2face.learning.encoder.losses import (
    Frozen,
    FullLoss,
    L1Loss,
    MeanSquaredLoss,
    PixelLoss,
    balanced_weights,
    error_at_best_length,
    gradient_norms,
)

TRUE = torch.tensor([[3.0, 4.0], [0.0, 2.0]])
PREDICTED = torch.tensor([[4.0, 3.0], [0.0, -1.0]])


class Decoder(nn.Module):
    """As the face decoder: a first layer of its own, batch normalisation, dropout."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(2, 3)
        self.rest = nn.Sequential(nn.BatchNorm1d(3), nn.Dropout(0.5), nn.Linear(3, 12), nn.Unflatten(1, (3, 2, 2)))

    def first(self, embedding: torch.Tensor) -> torch.Tensor:
        return self.layer(embedding).relu()

    def forward(self, embedding: torch.Tensor) -> torch.Tensor:
        return self.rest(self.first(embedding))


def identity() -> nn.Linear:
    layer = nn.Linear(2, 2, bias=False)
    nn.init.eye_(layer.weight)
    return layer


def full_loss(temperature: float = 2.0) -> FullLoss:
    return FullLoss(lambda embedding: embedding.relu() * 10, identity(), temperature)


def test_terms_of_the_full_loss_by_hand():
    terms = full_loss()(PREDICTED, TRUE)
    assert list(terms) == ["first_layer", "direction", "distillation"]
    # |30 - 40| + |40 - 30| and |20 - 0|, averaged over the batch.
    assert terms["first_layer"].item() == pytest.approx((20 + 20) / 2)
    # (3, 4)/5 against (4, 3)/5, and opposite directions.
    assert terms["direction"].item() == pytest.approx((2 * 0.2**2 + 4) / 2)

    def cross_entropy(true, predicted):
        soft = [math.exp(x / 2) for x in true], [math.exp(x / 2) for x in predicted]
        return -sum(a / sum(soft[0]) * math.log(b / sum(soft[1])) for a, b in zip(*soft, strict=True))

    wanted = (cross_entropy((3, 4), (4, 3)) + cross_entropy((0, 2), (0, -1))) / 2
    assert terms["distillation"].item() == pytest.approx(wanted, rel=1e-5)


def test_distillation_pulls_towards_the_true_distribution():
    predicted = PREDICTED.clone().requires_grad_()
    for temperature in (1.0, 2.0, 5.0):
        (gradient,) = torch.autograd.grad(full_loss(temperature)(predicted, TRUE)["distillation"], predicted)
        # The derivative of a cross-entropy by its logits, over temperature and batch.
        wanted = ((PREDICTED / temperature).softmax(1) - (TRUE / temperature).softmax(1)) / temperature / len(TRUE)
        torch.testing.assert_close(gradient, wanted)


def test_higher_temperature_softens():
    entropy = [full_loss(temperature)(TRUE, TRUE)["distillation"].item() for temperature in (0.5, 2.0, 100.0)]
    assert entropy == sorted(entropy)
    assert entropy[-1] == pytest.approx(math.log(2), rel=1e-3)


@given(scale=st.floats(0.01, 100), seed=st.integers(0, 1000))
def test_direction_ignores_length(scale, seed):
    generator = torch.Generator().manual_seed(seed)
    true, predicted = torch.randn(2, 3, 2, generator=generator)
    plain, scaled = (full_loss()(other, true)["direction"].item() for other in (predicted, predicted * scale))
    assert scaled == pytest.approx(plain, abs=1e-5)
    assert full_loss()(true * scale, true)["direction"].item() == pytest.approx(0, abs=1e-6)


def test_plain_losses_by_hand():
    assert L1Loss()(PREDICTED, TRUE)["l1"].item() == pytest.approx((2 + 3) / 2)
    squared = MeanSquaredLoss(torch.tensor(2.0))(PREDICTED, TRUE)["mean_squared"]
    assert squared.item() == pytest.approx((1 + 1 + 0 + 9) / 4 / 4)


@given(st.floats(0.1, 10), st.integers(0, 100))
def test_the_error_at_the_best_length_is_the_least_of_all_lengths(scale, seed):
    random = torch.Generator().manual_seed(seed)
    mean, true, noise = (torch.randn(size, generator=random) for size in ((5,), (20, 5), (20, 5)))
    spread, predicted = torch.tensor(1.7), true + noise

    def error(answers):
        return error_at_best_length(answers, true, mean=mean, spread=spread)

    def plain(answers):
        return MeanSquaredLoss(spread)(answers, true)["mean_squared"].item()

    left = error(predicted)
    assert error(mean + scale * (predicted - mean)) == pytest.approx(left, rel=1e-4)
    tried = [plain(mean + length * (predicted - mean)) for length in torch.linspace(0, 3, 301)]
    assert left <= min(tried) + 1e-6
    assert left == pytest.approx(min(tried), rel=1e-3)
    # The mean face is the worst that counts: answers that point away from the truth are of no more use.
    for useless in (mean.expand(20, -1), mean - (true - mean)):
        assert error(useless) == pytest.approx(plain(mean.expand(20, -1)), rel=1e-5)


def test_pixels_are_compared_through_the_decoder():
    decoder = nn.Sequential(identity(), nn.Unflatten(1, (1, 1, 2)))
    assert PixelLoss(decoder)(PREDICTED, TRUE)["pixels"].item() == pytest.approx((1 + 1 + 0 + 3) / 4)


@pytest.mark.parametrize("kind", [FullLoss, PixelLoss])
def test_what_judges_does_not_learn(kind):
    decoder, classifier = Decoder(), nn.Sequential(nn.Linear(2, 5), nn.Dropout(0.5))
    loss = kind(decoder) if kind is PixelLoss else kind(decoder.first, classifier)
    loss.train()
    assert not decoder.training
    assert not decoder.rest[1].training
    assert not [parameter for parameter in loss.parameters() if parameter.requires_grad]
    predicted = PREDICTED.clone().requires_grad_()
    before = {name: value.clone() for name, value in decoder.state_dict().items()}
    torch.stack(list(loss(predicted, TRUE).values())).sum().backward()
    assert predicted.grad.abs().min() > 0
    assert all(torch.equal(value, before[name]) for name, value in decoder.state_dict().items())
    if kind is FullLoss:
        assert not classifier.training


def test_a_method_takes_its_network_along():
    assert Frozen(Decoder().first).to(torch.float64).function.__self__.layer.weight.dtype == torch.float64


def test_what_judges_is_not_rounded():
    layer = identity()
    embedding = torch.tensor([[1.001, 1.002]])
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(Frozen(layer)(embedding), embedding)


def test_balanced_terms_pull_equally_hard():
    torch.manual_seed(0)
    loss = FullLoss(nn.Linear(16, 50), nn.Linear(16, 40))
    predicted, true = torch.randn(8, 16).requires_grad_(), torch.randn(8, 16)
    terms = loss(predicted, true)
    norms = gradient_norms(terms, predicted)
    weights = balanced_weights(norms)
    assert weights["first_layer"] == 1
    assert weights["direction"] != pytest.approx(1, rel=0.5)
    again = gradient_norms({name: term * weights[name] for name, term in terms.items()}, predicted)
    assert all(norm.item() == pytest.approx(norms["first_layer"].item()) for norm in again.values())


def test_gradient_norms_are_of_one_sample():
    predicted = torch.zeros(2, 2).requires_grad_()
    term = (predicted * torch.tensor([[3.0, 4.0], [0.0, 1.0]])).sum(dim=1).mean()
    assert gradient_norms({"a": term}, predicted)["a"].item() == pytest.approx((5 + 1) / 2)
    term.backward()  # the graph is still there


def test_halves_of_a_batch_average_to_the_whole():
    torch.manual_seed(0)
    loss = FullLoss(nn.Linear(4, 6), nn.Linear(4, 5))
    predicted, true = torch.randn(2, 8, 4)
    whole = loss(predicted, true)
    halves = [loss(predicted[part], true[part]) for part in (slice(4), slice(4, 8))]
    for name, value in whole.items():
        torch.testing.assert_close(value, (halves[0][name] + halves[1][name]) / 2)


@pytest.mark.parametrize("norm", [0.0, float("nan"), float("inf")])
def test_what_does_not_pull_cannot_be_balanced(norm):
    with pytest.raises(ValueError, match="'direction' has the norm"):
        balanced_weights({"first_layer": 1.0, "direction": norm})
