"""Files of weights with the publishers' names and random numbers, and the config that loads them."""

from pathlib import Path

import torch
from facenet_pytorch import InceptionResnetV1
from torch import Tensor

from speech2face.base.files import file_sha256
from speech2face.config import Faces, load_config
from speech2face.data.faces.encoders import PRETRAINED
from speech2face.data.faces.weights import fetch_weights
from tests.conftest import ROOT

FACES = load_config([ROOT / "config" / "config.yaml"]).faces

VGG_SHAPES = {
    f"conv{block}_{place}": (outputs, outputs if place > 1 else inputs, 3, 3)
    for block, depth, inputs, outputs in (
        (1, 2, 3, 64), (2, 2, 64, 128), (3, 3, 128, 256), (4, 3, 256, 512), (5, 3, 512, 512),
    )
    for place in range(1, depth + 1)
} | {"fc6": (4096, 25088), "fc7": (4096, 4096), "fc8": (2622, 4096)}  # fmt: skip


def vgg_weights() -> dict[str, Tensor]:
    """145 million random numbers, of such sizes that embeddings have a length of about 100."""
    chance = torch.Generator().manual_seed(0)
    weights = {}
    for name, shape in VGG_SHAPES.items():
        spread = (2 / torch.Size(shape[1:]).numel()) ** 0.5 / (128 if name == "conv1_1" else 1)
        weights[f"{name}.weight"] = torch.randn(shape, generator=chance).mul_(spread)
        weights[f"{name}.bias"] = torch.randn(shape[0], generator=chance) * 0.1
    return weights


def facenet_weights(people: int = 12) -> dict[str, Tensor]:
    """Random numbers, those of the batch normalisations far from where they start."""
    torch.manual_seed(0)
    weights = InceptionResnetV1(classify=True, num_classes=people).state_dict()
    for name, value in weights.items():
        if name.endswith("running_var"):
            value.uniform_(0.3, 1.5)
        elif name.endswith(("running_mean", "bn.bias")):
            value.normal_(0, 0.2)
        elif name.endswith("bn.weight"):
            value.uniform_(0.5, 2.0)
    return dict(weights)


def pointed_at(encoder: str, folder: Path, **weights: str | None) -> Faces:
    """The config with that encoder, its weights kept below `folder` and come from `weights`."""
    section = getattr(FACES, encoder)
    source = section.weights.model_copy(update=weights)
    return FACES.model_copy(
        update={
            "encoder": encoder,
            "weights_folder": str(folder / "weights"),
            encoder: section.model_copy(update={"weights": source}),
        }
    )


def fetch(settings: Faces) -> None:
    """What the rule does."""
    assert settings.pretrained is not None
    weights, config = map(Path, settings.weight_files)
    fetch_weights(encoder=settings.encoder, settings=settings.pretrained.weights, weights=weights, config=config)


def given(encoder: str, folder: Path, arrays: object) -> Faces:
    """The config of an encoder with such a file in the folder, in the format of 2018, and with its hash."""
    file = folder / "given.pth"
    torch.save(arrays, file, _use_new_zipfile_serialization=False)
    return pointed_at(encoder, folder, file=str(file), sha256=file_sha256(file))


class Pretrained:
    """An encoder and the weights that it has."""

    def __init__(self, encoder: str, weights: dict[str, Tensor]) -> None:
        self.weights = weights
        self.encoder = PRETRAINED[encoder](weights, getattr(FACES, encoder))
