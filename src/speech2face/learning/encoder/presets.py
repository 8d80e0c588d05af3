"""Voice encoders by preset name."""

from typing import Any

from speech2face.config import Encoder
from speech2face.learning.encoder.networks import VoiceEncoder
from speech2face.learning.encoder.paper import PaperVoiceEncoder
from speech2face.learning.encoder.small import SmallVoiceEncoder
from speech2face.learning.encoder.speaker import SpeakerVoiceEncoder
from speech2face.learning.encoder.strong import StrongVoiceEncoder

PRESETS: dict[str, type[VoiceEncoder]] = {
    "small": SmallVoiceEncoder,
    "paper": PaperVoiceEncoder,
    "speaker": SpeakerVoiceEncoder,
    "strong": StrongVoiceEncoder,
}


def build_voice_encoder(preset: str, arguments: dict[str, Any]) -> VoiceEncoder:
    """The network of a preset.

    Raises:
        ValueError: there is no such preset.
    """
    if preset not in PRESETS:
        raise ValueError(f"There is no voice encoder {preset!r}; encoder.preset is one of {', '.join(PRESETS)}.")
    return PRESETS[preset](**arguments)


def preset_arguments(settings: Encoder, dimension: int) -> dict[str, Any]:
    """The constructor arguments of the chosen preset, for face embeddings of length `dimension`."""
    return {"dimension": dimension, **getattr(settings, settings.preset).model_dump(mode="json")}
