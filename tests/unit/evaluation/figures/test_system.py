"""The diagram of the system: sizes read from running networks, and how they are drawn."""

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch
from matplotlib.figure import Figure

from speech2face.base.files import write_sealed
from speech2face.base.shards import write_shard
from speech2face.config import load_config
from speech2face.evaluation.figures import style, system
from speech2face.evaluation.figures.layers import Network, decoder_sizes, voice_network, watch
from speech2face.evaluation.reconstructions.reconstruct import schema
from speech2face.learning.decoder.appearance import AppearanceDecoder
from speech2face.learning.decoder.cole import ColeFaceDecoder
from speech2face.learning.decoder.presets import load_face_decoder
from speech2face.learning.encoder.losses import FullLoss, L1Loss, MeanSquaredLoss, PixelLoss
from speech2face.learning.encoder.paper import PaperVoiceEncoder
from speech2face.learning.encoder.presets import preset_arguments
from tests.unit.evaluation.figures.drawing import execute, fits

ROOT = Path(__file__).parents[4]
SMALL = {
    "preset": "small",
    "arguments": {"dimension": 16, "mels": 20, "stride": 2, "channels": 16, "batch_norm": True, "dropout": 0},
}
STRONG = {"dimension": 16, "fine_tune": False, "hidden": 8, "dropout": 0.5, "mels": 20, "channels": 16}

# Channels, frames and bands of the paper's table 1 for 598 x 257 x 2 without padding, worked out by hand: a kernel of 4
# takes 3 away, a stride or a pool halves and rounds down.
TABLE_1 = [
    (2, 598, 257),
    (64, 595, 254),
    (64, 592, 251),
    (128, 589, 248),
    (128, 294, 248),
    (128, 291, 245),
    (128, 145, 245),
    (128, 142, 242),
    (128, 71, 242),
    (256, 68, 239),
    (256, 34, 239),
    (512, 31, 236),
    (512, 14, 117),
    (512, 6, 57),
    (512, 57),
    (4096,),
    (4096,),
]


def test_the_papers_network_has_the_sizes_of_its_table() -> None:
    network = voice_network(**system.PAPER)
    assert [tuple(layer.size.values()) for layer in network.layers] == TABLE_1
    convolutions = [layer for layer in network.layers if layer.name == "conv"]
    assert [layer.kernel for layer in convolutions] == ["4 × 4"] * 9
    assert [layer.stride for layer in convolutions] == ["1 × 1"] * 7 + ["2 × 2"] * 2
    assert [layer.kernel for layer in network.layers if "pool" in layer.name] == ["2 × 1"] * 4
    channels = [2, 64, 64, 128, 128, 128, 256, 512, 512, 512]
    weights = sum(16 * before * after + after for before, after in itertools.pairwise(channels))
    norms = 2 * sum(channels[1:])
    heads = (57 * 512 + 1) * 4096 + (4096 + 1) * 4096
    assert network.parameters == weights + norms + heads
    maps = [layer.size.values() for layer in convolutions]
    products = sum(
        16 * before * after * frames * bands for before, (after, frames, bands) in zip(channels, maps, strict=False)
    )
    assert network.multiply_adds == products + 57 * 512 * 4096 + 4096 * 4096


def test_the_papers_network_is_that_of_the_default_settings() -> None:
    settings = load_config([ROOT / "config" / "config.yaml"]).encoder.model_copy(update={"preset": "paper"})
    given = preset_arguments(settings, dimension=4096)
    with torch.device("meta"):
        drawn, configured = PaperVoiceEncoder(**system.PAPER["arguments"]), PaperVoiceEncoder(**given)
    assert str(drawn) == str(configured)


def test_other_networks_are_drawn_by_their_own_layers() -> None:
    small = voice_network(**SMALL)
    frames = (96000 - 512) // 160 + 1
    sizes = [dict(layer.size) for layer in small.layers]
    assert sizes[0] == {"bands": 20, "frames": frames}
    assert sizes[1:5] == [{"channels": 16, "frames": (frames + 1) // 2}] * 4
    assert sizes[5:] == [{"channels": 32}, {"channels": 16}]
    assert [layer.trained for layer in small.layers] == [None] + [True] * 6
    assert {layer.branch for layer in small.layers} == {""}


@pytest.fixture(scope="module")
def strong() -> Network:
    """The network that takes longest, run once for all tests."""
    return voice_network("strong", STRONG)


def test_a_frozen_trunk_is_marked_and_branches_are_told_apart(strong: Network) -> None:
    layers = strong.layers
    assert [(layer.name, layer.trained) for layer in layers[:4]] == [
        ("log mel\nbands", None), ("CAM++", False), ("linear", True), ("linear", True)
    ]  # fmt: skip
    assert [layer.branch for layer in layers] == ["speaker"] * 4 + ["small"] * 7
    assert layers[3].size == layers[-1].size == {"channels": 16}


def test_the_decoders_sizes_are_those_of_its_maps() -> None:
    sizes = decoder_sizes(ColeFaceDecoder(dimension=16, size=64, landmarks=68).eval())
    assert (sizes.embedding, sizes.first, sizes.hidden, sizes.landmarks) == (16, 1000, 256, 68)
    assert sizes.maps == [(256, 8), (128, 16), (64, 32), (32, 64), (4, 64)]
    full = 17 * 1000 + 1001 * 256 + 257 * 136 + 1001 * 256 * 64
    grown = sum(25 * a * b + 2 * b for a, b in ((256, 128), (128, 64), (64, 32))) + 32 * 4 + 4
    assert sizes.parameters == full + grown


def test_the_appearance_model_has_one_layer_and_no_maps() -> None:
    sizes = decoder_sizes(
        AppearanceDecoder(dimension=16, size=64, landmarks=68, parameters=16, modes=16, residuals=2).eval()
    )
    assert (sizes.embedding, sizes.first, sizes.hidden, sizes.landmarks) == (16, 16, None, 68)
    assert sizes.maps == [(4, 64)]
    # The modes of landmarks and texture, and two more of what embeddings leave open.
    assert sizes.parameters == 16 * (16 + 136 + 4 * 64 * 32 + 1) + 2 * (136 + 4 * 64 * 32 + 1)
    assert sizes.multiply_adds >= sizes.parameters


def test_hooks_are_taken_away_even_when_the_network_fails() -> None:
    model = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Linear(4, 5))
    with pytest.raises(RuntimeError):
        watch(model, torch.zeros(1, 2), {"first": model[0]})
    assert not model[0]._forward_hooks


def test_every_term_of_a_loss_has_a_name_in_the_figure() -> None:
    x = torch.rand(2, 4)
    linear = torch.nn.Linear(4, 3)
    losses = (FullLoss(linear, linear), L1Loss(), PixelLoss(linear), MeanSquaredLoss(torch.ones(())))
    assert {name for loss in losses for name in loss(x, x)} == set(system.LOSSES)


Draw = Callable[..., Figure]


@pytest.fixture
def draw(
    make_reconstructions: Callable[..., pd.DataFrame],
    face_decoder: tuple[Path, Path],
    histories: dict[str, pd.DataFrame],
) -> Draw:
    def drawn(*, encoder: dict[str, Any] = SMALL, labels: bool = True, **changed: Any) -> Figure:
        given = {
            "reconstructions": make_reconstructions(3, labels=labels),
            "decoder": load_face_decoder(*face_decoder),
            "history": histories["encoder"],
        }
        return system.draw(encoder=encoder, **(given | changed))

    return drawn


def words(figure: Figure) -> list[str]:
    texts = [*figure.texts, *(text for axes in figure.axes for text in axes.texts)]
    return [text.get_text() for text in texts if text.get_text()]


def test_the_diagram_of_the_appearance_model_has_two_linear_arrows(draw: Draw) -> None:
    texts = words(
        draw(
            decoder=AppearanceDecoder(dimension=16, size=32, landmarks=68, parameters=16, modes=16, residuals=2).eval()
        )
    )
    assert texts.count("linear map") == 2
    assert {"68 × 2", "4 × 32²"} <= set(texts)


def test_the_diagram_names_sizes_and_losses(draw: Draw) -> None:
    figure = draw()
    texts = words(figure)
    assert {"96,000 samples", "20 × 597", "16", "1000", "256", "68 × 2", "256 × 8²", "64 × 32²", "4 × 32²"} <= set(
        texts
    )
    assert {str(size) for layer in TABLE_1 for size in layer} <= set(texts)
    assert "squared error of the embeddings" in texts
    assert "distillation of a face classifier" not in texts
    assert any("148 M parameters, 89.2 G multiply-adds" in text for text in texts)
    assert style.INVENTED in texts
    assert style.INVENTED not in words(draw(labels=False))


@pytest.mark.parametrize("preset", ["small", "strong", "paper"])
def test_nothing_reaches_over_the_edge_and_no_words_overlap(
    draw: Draw, strong: Network, preset: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        system, "voice_network", lambda name, given: strong if name == "strong" else voice_network(name, given)
    )
    widest = {"dimension": 128, "flatten": "mean", "padding": "same"}
    arguments = {"small": SMALL["arguments"], "strong": STRONG, "paper": widest}[preset]
    record = pd.DataFrame([{"epoch": 1, "first_layer": 1.0, "direction": 1.0, "distillation": 1.0}])
    figure = draw(encoder={"preset": preset, "arguments": arguments}, history=record)
    assert fits(figure)
    texts = [*figure.texts, *figure.axes[0].texts]
    boxes = [(text.get_text(), text.get_window_extent()) for text in texts if text.get_text()]
    for (one, a), (other, b) in itertools.combinations(boxes, 2):
        assert min(a.x1, b.x1) <= max(a.x0, b.x0) or min(a.y1, b.y1) <= max(a.y0, b.y0) + 1, (one, other)


def test_what_cannot_be_drawn_is_refused_with_advice(
    draw: Draw, make_reconstructions: Callable[..., pd.DataFrame]
) -> None:
    with pytest.raises(ValueError, match="no test clip"):
        draw(reconstructions=make_reconstructions(2).iloc[:0])
    with pytest.raises(ValueError, match="none of the losses first_layer"):
        draw(history=pd.DataFrame([{"epoch": 1, "train_loss": 1.0}]))


def test_the_notebook_draws_the_figure(
    make_reconstructions: Callable[..., pd.DataFrame],
    face_decoder: tuple[Path, Path],
    histories: dict[str, pd.DataFrame],
    tmp_path: Path,
) -> None:
    write_shard(tmp_path / "test.arrow", schema(16), make_reconstructions(2).to_dict("records"))
    write_sealed(tmp_path / "config.json", SMALL)
    (tmp_path / "weights").write_text("not read")
    (tmp_path / "history.json").write_text(histories["encoder"].to_json(orient="records"))
    inputs = {
        "reconstructions": str(tmp_path / "test.arrow"),
        "encoder": [str(tmp_path / "weights"), str(tmp_path / "config.json")],
        "decoder": [str(path) for path in face_decoder],
        "history": str(tmp_path / "history.json"),
    }
    execute("system", inputs, tmp_path)
    assert {path.suffix for path in tmp_path.glob("system.*")} == {".png", ".pdf", ".svg"}
