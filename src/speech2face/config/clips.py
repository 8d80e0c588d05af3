"""Config section `clips`: sound and frames of a clip."""

from pydantic import Field

from speech2face.config.base import Section


class Clips(Section):
    """Cutting clips: sound and a few frames in one pass over the file."""

    seconds: float = Field(
        gt=0, description="Length of sound kept of a clip, from its start; shorter sound is repeated."
    )
    min_seconds: float = Field(gt=0, description="Clips with less sound than this are rejected.")
    frames: int = Field(gt=0, description="Frames kept of a clip, evenly spaced over its key frames.")
    max_pixels: int = Field(gt=0, description="Clips with larger pictures are rejected.")
    max_frames: int = Field(gt=0, description="Clips with more frames than this to decode are rejected.")
    max_packets: int = Field(gt=0, description="Clips that need more packets than this to be read are rejected.")
    max_streams: int = Field(
        gt=0, description="Files with more streams (video, sound, subtitles) than this are rejected."
    )
    max_channels: int = Field(
        gt=0, description="Clips whose sound has more channels than this are rejected (8: up to 7.1)."
    )
    sample_rates: tuple[int, int] = Field(description="Lowest and highest sample rate (Hz) of the sound.")
    timeout_seconds: float = Field(gt=0, description="Clips that take longer than this to read are rejected.")
    memory_mb: int = Field(ge=100, description="Memory that reading one clip may take (enforced on Linux only).")
