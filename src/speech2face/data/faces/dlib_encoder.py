"""dlib's face recogniser as a PyTorch module: batched, differentiable, on any device.

The network is dlib's `dlib_face_recognition_resnet_model_v1` (Davis King), a ResNet of 29 convolutions with
half the filters of each layer; its embedding has 128 dimensions, and two pictures whose embeddings are less
than 0.6 apart are taken for one person.
"""

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float, UInt8
from torch import Tensor, nn

from speech2face.data.faces.alignment import CHIP_SIZE, chip_from_crop, dlib_chip
from speech2face.data.faces.dlib_weights import EMBEDDING, Convolution, DlibWeights

_MEAN_RGB = (122.782, 117.001, 104.298)
_SCALE = 256.0


class DlibFaceEncoder(nn.Module):
    """Face chips to 128-dimensional embeddings, equal to dlib's own to rounding.

    The weights are frozen; gradients flow to the chips. Activations are kept in channels-last order.
    """

    name = "dlib"
    dimension = EMBEDDING
    input_size = CHIP_SIZE
    classifier: nn.Module | None = None
    mean: Tensor

    def __init__(self, weights: DlibWeights) -> None:
        super().__init__()
        first, *rest = weights.convolutions
        self.stem = _folded(first)
        self.blocks = nn.Sequential(
            *(_Residual(a, b) for a, b in zip(rest[::2], rest[1::2], strict=True)),
        )
        self.projection = nn.Parameter(torch.from_numpy(weights.projection))
        self.register_buffer("mean", torch.tensor(_MEAN_RGB).view(1, 3, 1, 1), persistent=False)
        # PyTorch's stubs know this keyword for tensors only.
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.eval()
        self.requires_grad_(False)

    def cut_picture(
        self, image: UInt8[np.ndarray, "height width 3"], landmarks: Float[np.ndarray, "68 2"]
    ) -> UInt8[np.ndarray, "150 150 3"]:
        """Cut the chip of a face; see `alignment.dlib_chip`."""
        return dlib_chip(image, landmarks)

    def cut_crops(self, crops: Float[Tensor, "batch 3 side side"]) -> Float[Tensor, "batch 3 150 150"]:
        """Cut chips from crops; see `alignment.chip_from_crop`."""
        return chip_from_crop(crops)

    def embed(self, chips: Float[Tensor, "batch 3 150 150"]) -> Float[Tensor, "batch 128"]:
        """Embed face chips.

        Args:
            chips: RGB in 0..1, cut by `cut_picture` or `cut_crops`, on the module's device.

        Raises:
            ValueError: the chips are not 3 x 150 x 150.
        """
        if chips.ndim != 4 or chips.shape[1:] != (3, CHIP_SIZE, CHIP_SIZE):
            raise ValueError(
                f"The dlib face encoder takes chips of shape (batch, 3, {CHIP_SIZE}, {CHIP_SIZE}), "
                f"not {tuple(chips.shape)}: cut them with its cut_picture or cut_crops."
            )
        x = ((chips * 255.0 - self.mean) / _SCALE).contiguous(memory_format=torch.channels_last)
        x = F.max_pool2d(F.relu(self.stem(x)), kernel_size=3, stride=2)
        return self.blocks(x).mean(dim=(2, 3)) @ self.projection

    def forward(self, chips: Float[Tensor, "batch 3 150 150"]) -> Float[Tensor, "batch 128"]:
        """Embed face chips; see `embed`."""
        return self.embed(chips)


class _Residual(nn.Module):
    """Two convolutions added to their input, which is averaged 2 x 2 where the first one halves the size."""

    def __init__(self, first: Convolution, second: Convolution) -> None:
        super().__init__()
        self.first = _folded(first)
        self.second = _folded(second)
        self.halves = first.stride == 2

    def forward(self, x: Float[Tensor, "batch in height width"]) -> Float[Tensor, "batch out rows columns"]:
        y = self.second(F.relu(self.first(x)))
        shortcut = F.avg_pool2d(x, 2) if self.halves else x
        if shortcut.shape == y.shape:
            return F.relu(y + shortcut)
        channels, rows, columns = (max(a, b) for a, b in zip(y.shape[1:], shortcut.shape[1:], strict=True))
        return F.relu(_grown(y, channels, rows, columns) + _grown(shortcut, channels, rows, columns))


def _grown(
    x: Float[Tensor, "batch in height width"], channels: int, rows: int, columns: int
) -> Float[Tensor, "batch out rows columns"]:
    """Pad with zeros at the end of each axis, as dlib's sum of tensors of different sizes does."""
    return F.pad(x, (0, columns - x.shape[3], 0, rows - x.shape[2], 0, channels - x.shape[1]))


def _folded(layer: Convolution) -> nn.Conv2d:
    """One convolution with its affine layer folded in."""
    out, into, rows, columns = layer.filters.shape
    module = nn.Conv2d(into, out, (rows, columns), stride=layer.stride, padding=layer.padding)
    filters = layer.filters * layer.gamma[:, None, None, None]
    module.weight.data = torch.from_numpy(filters)
    module.bias = nn.Parameter(torch.from_numpy(np.asarray(layer.biases * layer.gamma + layer.beta)))
    return module
