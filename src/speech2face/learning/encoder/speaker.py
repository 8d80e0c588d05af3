"""A voice encoder in closed form on top of a speaker recogniser: preset `speaker`.

Features that discriminate speakers also carry information about their faces, and were trained on far more voices than
there are pairs of a voice and a face. A speaker recogniser is trained to ignore the pitch of the moment, though; ten
acoustic measures beside it say what it leaves out.
"""

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from speech2face.data.voices.features import FEATURES
from speech2face.learning.encoder.campplus import EMBEDDING, MELS, CAMPPlus
from speech2face.learning.encoder.campplus_weights import load_campplus
from speech2face.learning.encoder.fbank import KaldiFbank
from speech2face.learning.encoder.networks import VoiceEncoder
from speech2face.learning.encoder.ridge import FaceRidge

INPUTS = EMBEDDING + len(FEATURES)
"""Numbers that a face is predicted from: the speaker embedding, then the acoustic measures."""
_FREQUENCIES = torch.tensor([name.endswith("_hz") for name in FEATURES])
# The slowest rate of syllables that is told from none: one in ten seconds.
_LEAST_HZ = 0.1


class SpeakerVoiceEncoder(VoiceEncoder):
    """Ridge regression from the speaker embedding of CAM++ and ten acoustic measures to the face embedding.

    CAM++ is frozen. A new encoder's is random: `load_pretrained` loads the released weights, and `set_ridge` the
    regression. All of them are saved, so that a trained encoder loads without the released file.

    Args:
        dimension: length of the face embedding.

    Raises:
        RuntimeError: SciPy, which measures acoustics, is not installed.

    The buffers `input_mean` and `input_spread` standardise the inputs of the regression.
    """

    input_mean: Tensor
    input_spread: Tensor

    def __init__(self, *, dimension: int) -> None:
        super().__init__(dimension)
        try:
            # Not in the core of the package, which other presets do with.
            from speech2face.data.voices.acoustics import measure_acoustics
        except ImportError as error:
            raise RuntimeError(
                f"Preset speaker needs the package {error.name}: pip install 'speech2face[train]'."
            ) from None
        self._measure = measure_acoustics
        self.frontend = KaldiFbank(MELS)
        self.speaker_network = CAMPPlus().requires_grad_(False)
        self.regression = nn.Linear(INPUTS, dimension, bias=False).requires_grad_(False)
        self.register_buffer("input_mean", torch.zeros(INPUTS))
        self.register_buffer("input_spread", torch.ones(INPUTS))

    def load_pretrained(self) -> None:
        """Put the released weights of CAM++ into the network.

        Raises:
            FileNotFoundError: the released weights were not fetched.
            ValueError: the file is not that of the release.
        """
        self.speaker_network.load_state_dict(load_campplus().state_dict())

    def set_ridge(self, ridge: FaceRidge, spread: float) -> None:
        """Take over a regression.

        Args:
            spread: of the training faces' embeddings, see `VoiceEncoder`.
        """
        self.mean.copy_(torch.from_numpy(ridge.mean))
        self.spread.fill_(spread)
        self.input_mean.copy_(torch.from_numpy(ridge.input_mean))
        self.input_spread.copy_(torch.from_numpy(ridge.input_spread))
        self.regression.weight.copy_(torch.from_numpy(ridge.weights.T / spread))

    def measure_inputs(self, wave: Float[Tensor, "batch samples"]) -> Float[Tensor, "batch inputs"]:
        """Sound in -1..1 at 16 kHz to the inputs of the regression, not standardised.

        Frequencies are logarithms; a measure is NaN where it cannot be taken, as the pitch of a whisper.
        """
        bands = self.frontend(wave)
        embedding = self.speaker_network(bands - bands.mean(dim=1, keepdim=True))
        measures = [list(self._measure(sound).values()) for sound in wave.cpu().numpy()]
        acoustics = torch.from_numpy(np.array(measures)).to(embedding)
        frequencies = _FREQUENCIES.to(embedding.device)
        return torch.cat([embedding, torch.where(frequencies, acoustics.clamp_min(_LEAST_HZ).log(), acoustics)], dim=1)

    def predict_standardised(self, wave: Float[Tensor, "batch samples"]) -> Float[Tensor, "batch dimension"]:
        """See `VoiceEncoder.predict_standardised`."""
        standard = (self.measure_inputs(wave) - self.input_mean) / self.input_spread
        return self.regression(standard.nan_to_num(nan=0.0))

    def train(self, mode: bool = True) -> "SpeakerVoiceEncoder":
        """As in any module, but CAM++ stays in evaluation mode: its batch norms must not change."""
        super().train(mode)
        self.speaker_network.eval()
        return self
