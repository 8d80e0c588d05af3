"""Config of what turns videos into faces and voices."""

from typing import Literal

from pydantic import Field

from speech2face.config.base import Section


class Clips(Section):
    """Cutting clips: sound and a few frames in one pass over the file."""

    seconds: float = Field(gt=0, description="Sound kept of a clip, from its start; shorter sound is repeated.")
    min_seconds: float = Field(gt=0, description="Clips with less sound than this are rejected.")
    frames: int = Field(gt=0, description="Frames kept of a clip, evenly spaced over its key frames.")
    max_pixels: int = Field(gt=0, description="Pictures with more pixels are rejected.")


class Faces(Section):
    """Finding the face, choosing the best frame, cropping and embedding it."""

    encoder: Literal["dlib"] = Field(description="The face encoder whose embedding voices are mapped to.")
    min_face_pixels: int = Field(ge=20, description="Smallest face side that counts, pixels of the frame.")
    min_score: float = Field(ge=0, le=1, description="Least detector score that counts.")
    ambiguous_ratio: float = Field(
        gt=0,
        le=1,
        description="A second face of at least this share of the first one's height makes a clip ambiguous.",
    )
    crop_size: int = Field(ge=96, description="Side of the stored crop, pixels (the paper: 224).")


class Voices(Section):
    """What counts as a voice."""

    min_speech_ratio: float = Field(ge=0, le=1, description="Least share of the clip that must be speech.")
    min_loudness_db: float = Field(le=0, description="Clips quieter than this (dBFS) are rejected as silent.")


class Splits(Section):
    """Speaker-disjoint shares; the rest of the speakers is for training."""

    calibration: float = Field(ge=0, lt=1, description="Share of speakers for early stops and calibration.")
    test: float = Field(ge=0, le=1, description="Share of speakers that nothing is fitted on.")
