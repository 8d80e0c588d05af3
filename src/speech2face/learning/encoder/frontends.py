"""The log mel front end, computed on the training device."""

import torchaudio
from jaxtyping import Float
from torch import Tensor, nn

from speech2face.base.sound import SAMPLE_RATE


class LogMel(nn.Module):
    """Log mel spectrogram of loudness-normalised sound: 25 ms Hann windows every 10 ms.

    Loudness is removed because it depends on the recording, not on the speaker. The mean over time is kept: it contains
    the resonances of the vocal tract.
    """

    def __init__(self, mels: int) -> None:
        super().__init__()
        self.mel = torchaudio.transforms.MelSpectrogram(
            sample_rate=SAMPLE_RATE,
            n_fft=512,
            win_length=400,
            hop_length=160,
            f_min=40.0,
            f_max=7600.0,
            n_mels=mels,
            center=False,
        )

    def forward(self, wave: Float[Tensor, "batch samples"]) -> Float[Tensor, "batch mels frames"]:
        """Sound in -1..1 at 16 kHz to log mel energies of about zero mean and unit spread."""
        level = wave.square().mean(dim=1, keepdim=True).sqrt().clamp_min(1e-4)
        energies = self.mel(wave * (0.1 / level))
        return (energies.clamp_min(1e-6).log() + 5.0) / 4.0
