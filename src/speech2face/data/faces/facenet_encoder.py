"""FaceNet: the Inception-ResNet of `facenet-pytorch` (Tim Esler, MIT License), which carries on David Sandberg's.

Its embedding has 512 dimensions and length 1. The published weights classify the 8,631 people of VGGFace2, or the
10,575 of CASIA-WebFace.
"""

from typing import TYPE_CHECKING

import torch
from jaxtyping import Float
from torch import Tensor, nn

from speech2face.config import PretrainedFaces
from speech2face.data.faces.pretrained import PretrainedEncoder, fill

if TYPE_CHECKING:
    from facenet_pytorch import InceptionResnetV1


class FacenetEncoder(PretrainedEncoder):
    """Face chips to embeddings of length 1.

    Args:
        weights: under the names of `facenet_pytorch.InceptionResnetV1`, with its `logits`.
        settings: the config section `faces.facenet`.

    Raises:
        WeightsError: the weights are not of that network.
    """

    name = "facenet"
    dimension = 512
    input_size = 160

    def __init__(self, weights: dict[str, Tensor], settings: PretrainedFaces) -> None:
        network = self.build(weights)
        network.classify = False
        super().__init__(network, _Classifier(network), settings)

    @staticmethod
    def build(weights: dict[str, Tensor]) -> "InceptionResnetV1":
        """The publisher's whole network with these weights, from pictures to logits.

        Raises:
            WeightsError: the weights are not of that network.
        """
        # Imported here because torchvision takes seconds, and every job that decodes a face imports this module.
        from facenet_pytorch import InceptionResnetV1

        with torch.device("meta"):
            network = InceptionResnetV1(classify=True, num_classes=len(weights.get("logits.bias", (0,))))
        fill(network, weights)
        return network


class _Classifier(nn.Module):
    """Embeddings to the logits of the people that the network was trained on.

    The publisher's last layer takes the output of a batch normalisation before it is scaled to length 1. The embedding
    lacks this length: the root mean square over the training faces replaces it. It follows from the parameters of the
    normalisation, which are mean and spread of each unit over the training faces.
    """

    def __init__(self, network: "InceptionResnetV1") -> None:
        super().__init__()
        self.logits = network.logits
        self.length = float(torch.cat([network.last_bn.weight, network.last_bn.bias]).detach().norm())

    def forward(self, embedding: Float[Tensor, "batch 512"]) -> Float[Tensor, "batch people"]:
        """Logits, not yet a softmax."""
        return self.logits(embedding * self.length)
