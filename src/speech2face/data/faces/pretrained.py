"""Common code of face encoders with published weights: chips, colours, and reading the verified weights."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor, nn

from speech2face.base.files import file_sha256, read_sealed
from speech2face.base.weights import load_tensors
from speech2face.config import Faces, PretrainedFaces
from speech2face.data.faces.alignment import window_of_crops, window_of_picture


class WeightsError(ValueError):
    """Weights of a face encoder that cannot be used; the message says why and how to solve it."""


class PretrainedEncoder(nn.Module):
    """A face encoder around a frozen network; see `encoders.FaceEncoder`.

    Gradients flow to the chips, not to the weights.

    Args:
        network: with its weights.
        classifier: from the embedding to the logits of the people in the network's training.
        settings: part of the crop, and its colours.
    """

    name: str
    dimension: int
    input_size: int
    classifier: nn.Module | None
    mean: Tensor

    def __init__(self, network: nn.Module, classifier: nn.Module, settings: PretrainedFaces) -> None:
        super().__init__()
        self.network, self.classifier = network, classifier
        self._settings = settings
        self.register_buffer("mean", torch.tensor(settings.mean).view(1, 3, 1, 1), persistent=False)
        self.eval()
        self.requires_grad_(False)

    def cut_picture(
        self, image: UInt8[np.ndarray, "height width 3"], landmarks: Float[np.ndarray, "68 2"]
    ) -> UInt8[np.ndarray, "size size 3"]:
        """Cut the chip of a face; see `alignment.window_of_picture`."""
        return window_of_picture(image, landmarks, self._settings.window, self.input_size)

    def cut_crops(self, crops: Float[Tensor, "batch 3 side side"]) -> Float[Tensor, "batch 3 size size"]:
        """Cut chips from crops; see `alignment.window_of_crops`."""
        return window_of_crops(crops, self._settings.window, self.input_size)

    def embed(self, chips: Float[Tensor, "batch 3 size size"]) -> Float[Tensor, "batch dimension"]:
        """Embed face chips.

        Args:
            chips: RGB in 0..1, cut by `cut_picture` or `cut_crops`, on the module's device.

        Raises:
            ValueError: the chips have another size.
        """
        if chips.ndim != 4 or chips.shape[1:] != (3, self.input_size, self.input_size):
            raise ValueError(
                f"The {self.name} face encoder takes chips of shape (batch, 3, {self.input_size}, "
                f"{self.input_size}), not {tuple(chips.shape)}: cut them with its cut_picture or cut_crops."
            )
        if not len(chips):
            # Some networks fail on an empty batch.
            return chips.new_zeros(0, self.dimension)
        colours = chips * 255.0
        if self._settings.channels == "bgr":
            colours = colours.flip(1)
        return self.network((colours - self.mean) / self._settings.scale)


def fill(network: nn.Module, weights: dict[str, Tensor]) -> None:
    """Put the weights into a network that was built without any (on the meta device).

    Raises:
        WeightsError: names or shapes are not those of the network, or a number is not finite.
    """
    wanted = {name: tuple(value.shape) for name, value in network.state_dict().items()}
    # Number of batches of a normalisation: missing in files from before 2018, and not used here.
    weights = {name: torch.zeros((), dtype=torch.long) for name in wanted if name.endswith("num_batches_tracked")} | {
        name: value.float() if value.is_floating_point() else value for name, value in weights.items()
    }
    given = {name: tuple(value.shape) for name, value in weights.items()}
    if wrong := sorted(name for name in wanted | given if wanted.get(name) != given.get(name)):
        first = wrong[0]
        example = f"{first} is {given.get(first, 'missing')} instead of {wanted.get(first, 'not there')}"
        raise WeightsError(f"{len(wrong)} of {len(wanted | given)} arrays differ: {example}")
    if infinite := [name for name, value in weights.items() if not value.isfinite().all()]:
        raise WeightsError(f"{infinite[0]} holds numbers that are not finite")
    network.load_state_dict(weights, assign=True)


def read_checked(settings: Faces) -> dict[str, Tensor]:
    """The weights of the chosen encoder, as `weights.fetch_weights` wrote them, under the publisher's names.

    Raises:
        FileNotFoundError: they have not been fetched.
        WeightsError: they are of another file than the config asks for, or they are damaged.
    """
    assert settings.pretrained is not None
    weights, config = map(Path, settings.weight_files)
    again = f"Delete {weights.parent} and run the rule fetch_weights again (docs/face-encoders.md)."
    if not (weights.is_file() and config.is_file()):
        raise FileNotFoundError(
            f"There are no weights of the face encoder {settings.encoder} in {weights.parent}: run the rule "
            "fetch_weights (docs/face-encoders.md)."
        )
    try:
        description: dict[str, Any] = read_sealed(config)
        source, own = description["source_sha256"], description["sha256"]
    except (ValueError, KeyError, TypeError) as error:
        raise WeightsError(f"{config} is not a description of weights ({error!r}). {again}") from error
    if source != settings.pretrained.weights.sha256:
        raise WeightsError(
            f"{weights} was made from a file with SHA-256 {source}, and the config asks for "
            f"{settings.pretrained.weights.sha256}. {again}"
        )
    if (found := file_sha256(weights)) != own:
        raise WeightsError(f"{weights} has SHA-256 {found} instead of {own}: it is damaged. {again}")
    return load_tensors(weights)
