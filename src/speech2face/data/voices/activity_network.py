"""The network of silero-vad for 16 kHz, over all windows of a recording at once.

The released model is called window by window. Only its recurrent layer needs that order: the spectrum and the
convolutions of all windows are one batch here.
"""

from pathlib import Path

import torch
import torch.nn.functional as F
from jaxtyping import Float
from safetensors.torch import load
from torch import Tensor, nn

from speech2face.base.released import read_released

WINDOW = 512

RELEASED = Path(__file__).with_name("silero_vad.safetensors")
"""The weights of silero-vad 6.2 for 16 kHz (MIT License, `silero_vad.LICENSE`), under the names used here."""
RELEASED_SHA256 = "e636713b137aced9c7b9e673d0aa1a02d4f3a58a32d4a9fceffe270b44352b62"

_CONTEXT = 64
_SPECTRUM_WINDOW = 256
_SPECTRUM_STEP = 128
_BANDS = _SPECTRUM_WINDOW // 2 + 1
_WIDTH = 128


class ActivityNetwork(nn.Module):
    """Windows of 512 samples to the probability of speech in each."""

    def __init__(self) -> None:
        super().__init__()
        self.spectrum = nn.Conv1d(1, 2 * _BANDS, _SPECTRUM_WINDOW, stride=_SPECTRUM_STEP, bias=False)
        self.encoder = nn.ModuleList(
            [
                nn.Conv1d(_BANDS, 128, 3, padding=1),
                nn.Conv1d(128, 64, 3, stride=2, padding=1),
                nn.Conv1d(64, 64, 3, stride=2, padding=1),
                nn.Conv1d(64, _WIDTH, 3, padding=1),
            ]
        )
        self.cell = nn.LSTMCell(_WIDTH, _WIDTH)
        self.decision = nn.Conv1d(_WIDTH, 1, 1)

    def forward(self, audio: Float[Tensor, "batch samples"]) -> Float[Tensor, "batch windows"]:
        """Return the probability of speech in each window.

        Args:
            audio: mono, 16 kHz, full scale at 1.0, a whole number of windows.
        """
        # Each window sees the end of the one before it, and silence before the first.
        windows = F.pad(audio, (_CONTEXT, 0)).unfold(1, _CONTEXT + WINDOW, WINDOW)
        batch, count = windows.shape[:2]
        features = self._features(windows.reshape(batch * count, 1, -1)).view(batch, count, _WIDTH)
        hidden = self._recurrent(features)
        return torch.sigmoid(self.decision(F.relu(hidden).mT)).squeeze(1)

    def _features(self, windows: Float[Tensor, "windows 1 samples"]) -> Float[Tensor, "windows width"]:
        spectrum = self.spectrum(F.pad(windows, (0, _CONTEXT), mode="reflect"))
        real, imaginary = spectrum.split(_BANDS, dim=1)
        x = torch.sqrt(real**2 + imaginary**2)
        for layer in self.encoder:
            x = F.relu(layer(x))
        return x.squeeze(2)

    def _recurrent(self, features: Float[Tensor, "batch windows width"]) -> Float[Tensor, "batch windows width"]:
        """The cell over time, through PyTorch's fused loop."""
        cell = self.cell
        start = features.new_zeros(1, features.shape[0], _WIDTH)
        weights = [cell.weight_ih, cell.weight_hh, cell.bias_ih, cell.bias_hh]
        # Arguments: has biases, layers, dropout, training, both directions, batch first.
        output, _, _ = torch.lstm(features, (start, start), weights, True, 1, 0.0, False, False, True)
        return output


def load_released() -> ActivityNetwork:
    """The network with silero-vad's released weights, frozen.

    The weights come with this package: silero-vad itself requires ONNX Runtime, and sets the process to one thread
    when it is imported. The safetensors file in silero-vad holds an earlier generation of the weights.

    Raises:
        ValueError: the file is not the one that was released with this version.
    """
    network = ActivityNetwork()
    network.load_state_dict(load(read_released(RELEASED, RELEASED_SHA256, "reinstall speech2face")))
    network.requires_grad_(False)
    return network.eval()
