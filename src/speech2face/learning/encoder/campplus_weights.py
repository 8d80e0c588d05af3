"""The released weights of CAM++, never loaded unchecked, under the names of `CAMPPlus`."""

import io
import re
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from speech2face.learning.encoder.campplus import CAMPPlus
from speech2face.learning.encoder.fetch_campplus import WEIGHTS

# From the file's names to those of `CAMPPlus`; each rule is a regular expression with its replacement, and they
# are applied one after another.
_RULES = (
    (r"^xvector\.tdnn\.linear\.", "enter."),
    (r"^xvector\.tdnn\.nonlinear\.batchnorm\.", "enter_norm."),
    (r"^xvector\.out_nonlinear\.batchnorm\.", "leave_norm."),
    (r"^xvector\.dense\.linear\.", "embed."),
    (r"^xvector\.dense\.nonlinear\.batchnorm\.", "embed_norm."),
    (r"^xvector\.", ""),
    (r"\bnonlinear(\d?)\.batchnorm\.", r"norm\1."),
    (r"\bcam_layer\.linear_local\.", "masked.local."),
    (r"\bcam_layer\.linear(\d)\.", r"masked.context\1."),
    (r"\blinear1\.", "squeeze."),
    (r"\blinear\.", "conv."),
    (r"^head\.conv1\.", "head.enter."),
    (r"^head\.bn1\.", "head.enter_norm."),
    (r"^head\.conv2\.", "head.leave."),
    (r"^head\.bn2\.", "head.leave_norm."),
    (r"\bbn(\d)\.", r"norm\1."),
    (r"\bshortcut\.", "skip."),
)


def load_campplus(path: Path | None = None) -> CAMPPlus:
    """CAM++ with the released weights, in evaluation mode on the CPU.

    Args:
        path: the file of weights; that of this environment where none is given.

    Raises:
        FileNotFoundError: the file was not fetched.
        ValueError: the file is not that of the release.
    """
    released = torch.load(io.BytesIO(WEIGHTS.read(path)), map_location="cpu", weights_only=True)
    model = CAMPPlus()
    model.load_state_dict(rename_weights(released))
    return model.eval()


def rename_weights(released: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The released state dict under the names, and in the shapes, of `CAMPPlus`."""
    renamed = {_our_name(name): value for name, value in released.items()}
    # A linear layer that the publisher wrote as a convolution of width one.
    renamed["embed.weight"] = renamed["embed.weight"].squeeze(2)
    return renamed


def _our_name(name: str) -> str:
    """For example `xvector.block2.tdnnd3.cam_layer.linear1.bias` is `blocks.1.layers.2.masked.context1.bias`."""
    for pattern, replacement in _RULES:
        name = re.sub(pattern, replacement, name)
    # Counted from one there, from zero here; the head's two stages of two blocks are one row of four.
    name = re.sub(r"^head\.layer(\d)\.(\d)\.", lambda m: f"head.blocks.{2 * int(m[1]) - 2 + int(m[2])}.", name)
    name = re.sub(r"^block(\d)\.tdnnd(\d+)\.", lambda m: f"blocks.{int(m[1]) - 1}.layers.{int(m[2]) - 1}.", name)
    return re.sub(r"^transit(\d)\.", lambda m: f"transitions.{int(m[1]) - 1}.", name)
