"""Config section `faces`: finding, choosing and embedding faces."""

from typing import Literal

from pydantic import Field, model_validator

from speech2face.config.base import Section


class WeightsSource(Section):
    """Where the weights of a face encoder come from, and how they are known again."""

    file: str = Field(description="Path of the publisher's file where it is at hand; empty: it is fetched.")
    address: str = Field(description="Address that the file is fetched from, https.")
    sha256: str | None = Field(
        pattern=r"^[0-9a-f]{64}$",
        description="SHA-256 of the file, which is checked before it is read; null: not known, and it is not read.",
    )


class PretrainedFaces(Section):
    """A face encoder with weights of its publisher, and how its network takes a face."""

    weights: WeightsSource
    channels: Literal["rgb", "bgr"] = Field(description="Order of the colours.")
    mean: tuple[float, float, float] = Field(
        description="Subtracted from the colours, in that order; they are in 0..255."
    )
    scale: float = Field(gt=0, description="What the differences are divided by.")
    window: tuple[float, float, float, float] = Field(
        description="Part of the loose crop that it sees: left, top, right and bottom in parts of the crop's side; "
        "stretched to a square where it is none."
    )

    @model_validator(mode="after")
    def _window_is_one(self) -> "PretrainedFaces":
        left, top, right, bottom = self.window
        if left >= right or top >= bottom:
            raise ValueError("a window goes from left to right and from top to bottom")
        return self


class VggFace(PretrainedFaces):
    """VGG-Face, whose seventh layer the paper maps voices to."""

    relu: bool = Field(
        description="Embed after the ReLU of the seventh layer, which sets all negative numbers to 0; the paper does "
        "not say."
    )


class Talking(Section):
    """Telling which of several faces talks, by lips and sound."""

    seconds: float = Field(gt=0, description="How much of a clip with several faces is looked at, from its start.")
    frames: int = Field(ge=10, description="Frames of it that are looked at, at most; best is 25 a second.")
    agreement: float = Field(ge=0, le=1, description="Least agreement of lips and sound with which a face talks.")
    margin: float = Field(ge=0, le=1, description="By how much it must exceed the agreement of every other face.")


class Faces(Section):
    """Finding the face, choosing the best frame, cropping and embedding it."""

    encoder: Literal["dlib", "facenet", "vggface"] = Field(
        description="The face encoder whose embedding voices are mapped to; the section of that name says more."
    )
    min_face_pixels: int = Field(ge=20, description="Smallest face side that counts, pixels of the frame.")
    min_score: float = Field(ge=0, le=1, description="Least detector score that counts.")
    ambiguous_ratio: float = Field(
        gt=0,
        le=1,
        description="A second face of at least this share of the first one's height makes a clip ambiguous.",
    )
    position_reach: float = Field(
        gt=0,
        description="A face further than this many times its size from where the source has the speaker is another.",
    )
    talking: Talking
    crop_size: int = Field(ge=96, description="Side of the stored crop, pixels (the paper: 224).")
    weights_folder: str = Field(
        min_length=1, description="Folder of the checked weights of face encoders, which all runs share."
    )
    facenet: PretrainedFaces | None = Field(description="FaceNet; null only where another encoder is chosen.")
    vggface: VggFace | None = Field(description="VGG-Face; null only where another encoder is chosen.")

    @model_validator(mode="after")
    def _encoder_is_there(self) -> "Faces":
        if self.encoder != "dlib" and self.pretrained is None:
            raise ValueError(f"the encoder {self.encoder} needs the section of its name")
        return self

    @property
    def pretrained(self) -> PretrainedFaces | None:
        """The section of the chosen encoder; None for dlib, whose weights an installed package carries."""
        return None if self.encoder == "dlib" else getattr(self, self.encoder)

    @property
    def of_encoder(self) -> "Faces":
        """The same without the sections of other encoders, whose changes then make no rule run again."""
        return self.model_copy(update={name: None for name in ("facenet", "vggface") if name != self.encoder})

    @property
    def weight_files(self) -> list[str]:
        """The checked weights of the chosen encoder and their description; none for dlib."""
        folder = f"{self.weights_folder}/{self.encoder}"
        return [] if self.pretrained is None else [f"{folder}/model.safetensors", f"{folder}/config.json"]
