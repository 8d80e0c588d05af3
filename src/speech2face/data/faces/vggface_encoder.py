"""VGG-Face (Parkhi, Vedaldi and Zisserman, "Deep face recognition", BMVC 2015): the face encoder of the paper.

A VGG-16 that classifies 2,622 people. The embedding is its seventh layer, fc7, of 4,096 dimensions; the paper does
not state whether before or after the ReLU.
"""

from collections import OrderedDict

import torch
from torch import Tensor, nn

from speech2face.config import VggFace
from speech2face.data.faces.pretrained import PretrainedEncoder, fill

PEOPLE = 2622
# Convolutions and channels of the five blocks, each of which ends with a pooling that halves the size.
_BLOCKS = ((2, 64), (2, 128), (3, 256), (3, 512), (3, 512))
_POOLED = 224 // 2 ** len(_BLOCKS)
_UNITS = 4096


class VggFaceEncoder(PretrainedEncoder):
    """Face chips to the units of fc7.

    Args:
        weights: under the names of Samuel Albanie's `vgg_face_dag.pth`: conv1_1 to conv5_3 and fc6 to fc8.
        settings: the config section `faces.vggface`.

    Raises:
        WeightsError: the weights are not of that network.
    """

    name = "vggface"
    dimension = _UNITS
    input_size = 224

    def __init__(self, weights: dict[str, Tensor], settings: VggFace) -> None:
        layers = dict(self.build(weights).named_children())
        last, relu = layers.pop("fc8"), layers.pop("relu7")
        if settings.relu:
            layers["relu7"], relu = relu, nn.Identity()
        super().__init__(nn.Sequential(OrderedDict(layers)), nn.Sequential(relu, last), settings)

    @staticmethod
    def build(weights: dict[str, Tensor]) -> nn.Sequential:
        """The publisher's whole network with these weights, from pictures to logits.

        Raises:
            WeightsError: the weights are not of that network.
        """
        with torch.device("meta"):
            network = nn.Sequential(OrderedDict(_layers()))
        fill(network, weights)
        return network


def _layers() -> list[tuple[str, nn.Module]]:
    """Every layer from the picture to the logits with its name; dropouts are left out, as they have no effect here."""
    layers: list[tuple[str, nn.Module]] = []
    inputs = 3
    for block, (depth, channels) in enumerate(_BLOCKS, start=1):
        for number in range(1, depth + 1):
            layers.append((f"conv{block}_{number}", nn.Conv2d(inputs, channels, 3, padding=1)))
            layers.append((f"relu{block}_{number}", nn.ReLU()))
            inputs = channels
        layers.append((f"pool{block}", nn.MaxPool2d(2)))
    layers.append(("flatten", nn.Flatten()))
    inputs = inputs * _POOLED**2
    for number in (6, 7):
        layers += [(f"fc{number}", nn.Linear(inputs, _UNITS)), (f"relu{number}", nn.ReLU())]
        inputs = _UNITS
    return [*layers, ("fc8", nn.Linear(inputs, PEOPLE))]
