"""What an answer draws, and a fast face decoder for it: its nine pictures take most of an answer's time."""

import copy
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Float32, UInt8
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from speech2face.learning.decoder.cole import ColeFaceDecoder
from speech2face.learning.decoder.networks import FaceDecoder


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """The pictures of an answer; see the fields of `Answer`."""

    picture: UInt8[np.ndarray, "height width 3"]
    others: tuple[UInt8[np.ndarray, "height width 3"], ...]
    doubt: Float[np.ndarray, "height width"]
    embedding: Float32[np.ndarray, "dimension"]


def fast_copy(decoder: FaceDecoder, precision: torch.dtype) -> FaceDecoder:
    """A copy for inference only: batch normalisation is folded into the convolutions, which run in `precision`.

    The appearance model has no convolutions, and is copied as it is.

    In bfloat16, pictures differ by half a grey level at most. Landmarks keep their precision.
    """
    copied = copy.deepcopy(decoder).eval()
    if not isinstance(copied, ColeFaceDecoder):
        return copied
    for stage in copied.stages:
        assert isinstance(stage, nn.Sequential)
        convolution, normalisation, _ = stage
        assert isinstance(convolution, nn.ConvTranspose2d)
        assert isinstance(normalisation, nn.BatchNorm2d)
        stage[0] = fuse_conv_bn_eval(convolution, normalisation, transpose=True)
        stage[1] = nn.Identity()
    for part in (copied.enter, copied.stages, copied.leave):
        part.to(precision)
    copied.enter.register_forward_pre_hook(lambda _, inputs: (inputs[0].to(precision),))
    return copied
