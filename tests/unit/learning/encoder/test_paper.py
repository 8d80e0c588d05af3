"""The voice encoder of Table 1: its sizes, that it computes what the table says, and what its arguments change."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from speech2face.learning.encoder.complexity import multiply_adds, parameter_count
from speech2face.learning.encoder.paper import PaperVoiceEncoder, minimum_samples, sizes

# (channels, frames, frequencies) for 6 s, read off Table 1 with valid padding.
TABLE_1 = {
    "spectrogram": (2, 598, 257),
    "conv1": (64, 595, 254),
    "conv2": (64, 592, 251),
    "conv3": (128, 589, 248),
    "pool3": (128, 294, 248),
    "conv4": (128, 291, 245),
    "pool4": (128, 145, 245),
    "conv5": (128, 142, 242),
    "pool5": (128, 71, 242),
    "conv6": (256, 68, 239),
    "pool6": (256, 34, 239),
    "conv7": (512, 31, 236),
    "conv8": (512, 14, 117),
    "conv9": (512, 6, 57),
    "average": (512, 57),
    "flat": (29184,),
    "fc1": (4096,),
    "fc2": (4096,),
}
STRIDE = {"conv8": 2, "conv9": 2}


def thin(seed: int = 0, **arguments) -> PaperVoiceEncoder:
    torch.manual_seed(seed)
    return PaperVoiceEncoder(dimension=8, channels_divisor=16, **arguments)


def sound(samples: int, batch: int = 2) -> torch.Tensor:
    return torch.randn(batch, samples, generator=torch.Generator().manual_seed(1)) * 0.1


def test_every_size_is_that_of_the_table():
    found = sizes(dimension=4096)
    assert {name: found[name] for name in TABLE_1} == TABLE_1


def test_same_padding_keeps_sizes_but_for_strides_and_pools():
    found = sizes(dimension=128, padding="same")
    assert found["conv1"] == (64, 598, 257)
    assert found["conv3"] == (128, 598, 257)
    assert found["conv7"] == (512, 37, 257)
    assert found["conv8"] == (512, 19, 129)
    assert found["conv9"] == (512, 10, 65)
    assert found["flat"] == (512 * 65,)


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths")
def test_same_padding_puts_the_odd_zero_behind():
    layers = thin(padding="same").convolutions
    x = torch.randn(1, 2, 12, 9)
    wanted = functional.conv2d(x, layers.conv1.weight, layers.conv1.bias, padding="same")
    torch.testing.assert_close(layers.conv1(layers.pad1(x)), wanted)


@pytest.mark.parametrize(("padding", "frequencies"), [("valid", 57), ("same", 65)])
def test_mean_over_frequency_leaves_the_channels(padding, frequencies):
    found = sizes(dimension=128, padding=padding, flatten="mean")
    assert found["average"] == (512, frequencies)
    assert found["flat"] == (512,)
    model = thin(padding=padding, flatten="mean").eval()
    assert model(sound(41680)).shape == (2, 8)


def test_weights_and_multiplications_of_the_table():
    with torch.device("meta"):
        model = PaperVoiceEncoder(dimension=4096)
        counted = multiply_adds(model.eval(), torch.empty(1, 96000))
    names = [name for name in TABLE_1 if name.startswith("conv")]
    inputs = [2, *(TABLE_1[name][0] for name in names)]
    products = weights = 0
    for name, before in zip(names, inputs, strict=False):
        channels, frames, frequencies = TABLE_1[name]
        products += channels * before * 16 * frames * frequencies
        weights += channels * (before * 16 + 1)
    full = 29184 * 4096 + 4096 * 4096
    batch_norm = 2 * sum(TABLE_1[name][0] for name in names)
    assert counted == products + full
    assert parameter_count(model) == weights + full + 2 * 4096 + batch_norm


def as_the_table_says(state: dict[str, torch.Tensor], wave: torch.Tensor, training: bool) -> torch.Tensor:
    """Table 1 in plain functions: CONV - ReLU - BN (- POOL) each, mean over time, ReLU, BN, FC, ReLU, FC."""

    def normalise(x, name):
        mean, variance, weight, bias = (state[f"{name}.{key}"] for key in NORM)
        return functional.batch_norm(x, mean.clone(), variance.clone(), weight, bias, training=training)

    frames = wave.unfold(1, 400, 160) * torch.hann_window(400, dtype=wave.dtype)
    spectrum = torch.fft.rfft(frames, n=512)
    x = torch.stack([spectrum.real, spectrum.imag], dim=1)
    x = x.sign() * x.abs() ** 0.3
    for number in range(1, 10):
        name = f"conv{number}"
        weight, bias = state[f"convolutions.{name}.weight"], state[f"convolutions.{name}.bias"]
        x = functional.conv2d(x, weight, bias, stride=STRIDE.get(name, 1))
        if number < 9:
            x = normalise(x.relu(), f"convolutions.norm{number}")
        if f"pool{number}" in TABLE_1:
            x = functional.max_pool2d(x, (2, 1))
    x = normalise(x.mean(dim=2).relu(), "head.norm").flatten(1)
    x = functional.linear(x, state["head.fc1.weight"], state["head.fc1.bias"]).relu()
    return functional.linear(x, state["head.fc2.weight"], state["head.fc2.bias"]) * state["spread"] + state["mean"]


NORM = ("running_mean", "running_var", "weight", "bias")


# PyTorch adds up the batch statistics of channels-last sound in float32, one number after the other.
@pytest.mark.parametrize(("training", "tolerance"), [(False, 1e-4), (True, 3e-2)])
def test_forward_and_backward_are_those_of_the_table(training, tolerance):
    model = thin().to(memory_format=torch.channels_last).train(training)
    # Batch normalisation with numbers of its own, so that its place in the order matters.
    for name, value in model.state_dict().items():
        if "norm" in name and name.endswith(NORM):
            nn.init.uniform_(value, 0.5, 1.5)
    model.mean.copy_(torch.arange(8.0))
    model.spread.fill_(3.0)
    state = {name: value.double() for name, value in model.state_dict().items()}
    wave = sound(48000)
    predicted = model(wave)
    predicted.square().sum().backward()
    first = state["convolutions.conv1.weight"].requires_grad_()
    wanted = as_the_table_says(state, wave.double(), training)
    wanted.square().sum().backward()
    torch.testing.assert_close(predicted.double(), wanted, atol=tolerance, rtol=tolerance)
    gradient = model.convolutions.conv1.weight.grad.double()
    assert (gradient - first.grad).norm() < 10 * tolerance * first.grad.norm()


def test_reduced_precision_changes_little_and_the_output_is_single():
    model = thin().to(memory_format=torch.channels_last)
    wave = sound(48000, batch=4)
    results = []
    for reduced in (False, True):
        model.zero_grad()
        with torch.autocast("cpu", torch.bfloat16, enabled=reduced):
            predicted = model.predict_standardised(wave)
        assert predicted.dtype == torch.float32
        predicted.square().sum().backward()
        results.append((predicted.flatten(), model.convolutions.conv9.weight.grad.flatten().clone()))
    for exact, rounded in zip(*results, strict=True):
        assert not torch.equal(exact, rounded)
        assert functional.cosine_similarity(exact, rounded, dim=0) > 0.95


@pytest.mark.parametrize("padding", ["valid", "same"])
def test_the_shortest_sound_is_one_place_of_the_last_convolution(padding):
    shortest = minimum_samples(padding)
    assert sizes(shortest, dimension=8, padding=padding)["conv9"][1] == 1
    try:
        below = sizes(shortest - 1, dimension=8, padding=padding)["conv9"][1]
    except RuntimeError as error:
        assert "too small" in str(error)
    else:
        assert below == 0


def test_shorter_sound_is_repeated_and_longer_sound_is_averaged():
    model = thin().eval()
    short = sound(8000)
    torch.testing.assert_close(model(short), model(short.repeat(1, 6)[:, : model.minimum_samples]))
    assert model(sound(112000, batch=1)).shape == (1, 8)


def test_without_batch_norm_there_is_none_and_the_signal_lives():
    model = thin(batch_norm=False).eval()
    assert not [layer for layer in model.modules() if "Norm" in type(layer).__name__]
    loud, quiet = sound(41680), sound(41680) * 0.01
    assert (model(loud) - model(quiet)).abs().max() > 1e-3


def test_output_is_standardised_and_may_end_in_a_relu():
    wave = sound(41680)
    plain, cut = thin().eval(), thin(relu_output=True).eval()
    raw = plain(wave)
    for model in (plain, cut):
        model.mean.copy_(torch.arange(8) - 3.5)
        model.spread.fill_(4.0)
    torch.testing.assert_close(plain(wave), raw * 4.0 + plain.mean)
    assert (plain(wave) < 0).any()
    torch.testing.assert_close(cut(wave), plain(wave).clamp_min(0))


def test_products_are_counted_by_hand():
    layers = nn.Sequential(nn.Conv2d(3, 5, 2, bias=False), nn.Flatten(), nn.Linear(5 * 9, 7))
    assert multiply_adds(layers, torch.zeros(2, 3, 4, 4)) == 2 * (5 * 9 * 3 * 4 + 5 * 9 * 7)
    layers[0].requires_grad_(False)
    assert parameter_count(layers) == 5 * 3 * 4 + 45 * 7 + 7
