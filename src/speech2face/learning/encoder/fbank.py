"""Kaldi's log mel filter bank features, batched on the training device.

Speaker recognition networks are trained on the output of Kaldi's `compute-fbank-feats` (Povey et al. 2011,
"The Kaldi speech recognition toolkit"). `torchaudio.compliance.kaldi.fbank` computes the same for one sound at a
time; both agree up to rounding.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional
from torchaudio.compliance import kaldi

from speech2face.base.sound import SAMPLE_RATE

# 25 ms and 10 ms.
FRAME_LENGTH = SAMPLE_RATE * 25 // 1000
FRAME_SHIFT = SAMPLE_RATE * 10 // 1000

_FFT = 512
_PREEMPHASIS = 0.97
_LOW_HERTZ = 20.0
_POVEY_POWER = 0.85


class KaldiFbank(nn.Module):
    """Log energies in mel bands of 25 ms frames every 10 ms, with Kaldi's defaults and no dither.

    The mean of each frame is subtracted; the frame is pre-emphasised and multiplied by Povey's window (a Hann window to
    the power of 0.85); its power spectrum of 512 points is summed in triangular bands, evenly spaced on the mel scale
    from 20 Hz to 8 kHz. Only frames wholly within the sound are kept (`snip_edges`).

    >>> KaldiFbank()(torch.zeros(1, 16000)).shape
    torch.Size([1, 98, 80])

    Args:
        mels: number of mel bands.
    """

    window: Tensor
    bank: Tensor

    def __init__(self, mels: int = 80) -> None:
        super().__init__()
        window = torch.hann_window(FRAME_LENGTH, periodic=False).pow(_POVEY_POWER)
        # The highest frequency is half the sample rate (0.0); no vocal tract length normalisation (warp 1.0).
        bank, _ = kaldi.get_mel_banks(mels, _FFT, float(SAMPLE_RATE), _LOW_HERTZ, 0.0, 100.0, -500.0, 1.0)
        # Constants, which are not saved with the weights.
        self.register_buffer("window", window, persistent=False)
        self.register_buffer("bank", functional.pad(bank, (0, 1)).T.contiguous(), persistent=False)

    def forward(self, wave: Float[Tensor, "batch samples"]) -> Float[Tensor, "batch frames mels"]:
        """Sound in -1..1 at 16 kHz to natural logarithms of energies, in float32 also under autocast.

        Raises:
            ValueError: the sound is shorter than one frame.
        """
        if wave.shape[1] < FRAME_LENGTH:
            raise ValueError(f"A sound of {wave.shape[1]} samples is shorter than one frame ({FRAME_LENGTH} samples).")
        with torch.autocast(wave.device.type, enabled=False):
            frames = wave.float().unfold(1, FRAME_LENGTH, FRAME_SHIFT)
            frames = frames - frames.mean(dim=2, keepdim=True)
            # The sample before the first is zero padding: the window is zero there.
            before = functional.pad(frames, (1, 0))[:, :, :-1]
            spectrum = torch.fft.rfft((frames - _PREEMPHASIS * before) * self.window, n=_FFT)
            power = spectrum.real.square() + spectrum.imag.square()
            return (power @ self.bank).clamp_min(torch.finfo(torch.float32).eps).log()
