"""The input spectrogram of Speech2Face (Oh et al. 2019, section 3.1), computed on the device of the sound."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from speech2face.base.sound import SAMPLE_RATE

WINDOW = 400
"""Samples per frame: 25 ms at 16 kHz."""
HOP = 160
"""Samples between the starts of two frames: 10 ms."""
BANDS = 512 // 2 + 1
"""Frequencies from 0 to 8 kHz in steps of 31.25 Hz: those of a real FFT of 512 samples."""
PAPER_SAMPLES = 6 * SAMPLE_RATE
"""Length of the paper's inputs, 6 s."""


class PowerLawSpectrogram(nn.Module):
    """Short-time Fourier transform whose real and imaginary parts are each compressed: sgn(S)|S|^0.3.

    The paper gives the window (Hann, 25 ms), the hop (10 ms), the transform (512) and the size for 6 s (598 frames
    x 257 frequencies x 2). 598 = (96000 - 400) / 160 + 1 means frames of the window's length and no padding of the
    sound. The rest is as in TensorFlow, which the authors used (`tf.signal.stft`): a periodic Hann window, zeros
    after the frame up to 512, no scaling.

    The gradient of the compression is infinite where a part is exactly 0: do not backpropagate to the sound.
    """

    window: Tensor

    def __init__(self) -> None:
        super().__init__()
        # A constant, which is not saved with the weights.
        self.register_buffer("window", torch.hann_window(WINDOW, periodic=True), persistent=False)

    def forward(self, wave: Float[Tensor, "batch samples"]) -> Float[Tensor, "batch 2 frames 257"]:
        """Sound in -1..1 at 16 kHz, of at least 25 ms, to real and imaginary parts as the two channels.

        Always float32, also under autocast; the memory layout of the result is channels-last.

        Raises:
            ValueError: the sound is shorter than one frame.
        """
        if wave.shape[1] < WINDOW:
            raise ValueError(f"Sound of {wave.shape[1]} samples is shorter than one frame of {WINDOW}.")
        # Autocast does not change the precision of these operations.
        frames = wave.float().unfold(1, WINDOW, HOP) * self.window
        parts = torch.view_as_real(torch.fft.rfft(frames, n=2 * (BANDS - 1)))
        return (parts.sign() * parts.abs().pow(0.3)).permute(0, 3, 1, 2)


def repeat_to(wave: Float[Tensor, "batch samples"], samples: int) -> Float[Tensor, "batch longer"]:
    """Repeat shorter sound to exactly `samples` samples; longer sound is unchanged.

    The paper repeats clips shorter than 6 s in this way (section 4, implementation details).

    Raises:
        ValueError: there is no sound to repeat.
    """
    length = wave.shape[1]
    if length == 0:
        raise ValueError("There is no sound to repeat: it has 0 samples.")
    if length >= samples:
        return wave
    return wave.repeat(1, -(-samples // length))[:, :samples]
