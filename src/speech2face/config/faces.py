"""Config section `faces`: finding, choosing and embedding faces."""

from typing import Literal

from pydantic import Field, model_validator

from speech2face.config.base import Section


class WeightsSource(Section):
    """Where the weights of a face encoder come from, and their hash."""

    file: str = Field(description="Path of a local copy of the publisher's file; empty: download it.")
    address: str = Field(description="Address to download the file from, https.")
    sha256: str | None = Field(
        pattern=r"^[0-9a-f]{64}$",
        description="SHA-256 of the file, checked before it is read; null: unknown, and the file is refused.",
    )


class PretrainedFaces(Section):
    """A face encoder with published weights, and the input that its network expects."""

    weights: WeightsSource
    channels: Literal["rgb", "bgr"] = Field(description="Order of the colours.")
    mean: tuple[float, float, float] = Field(
        description="Mean subtracted from the colours (0..255), in the order of `channels`."
    )
    scale: float = Field(gt=0, description="Divisor of the colours after the mean is subtracted.")
    window: tuple[float, float, float, float] = Field(
        description="Part of the loose crop that is embedded: left, top, right and bottom as shares of the crop's "
        "side; stretched to a square."
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
        description="Take the features after the ReLU of the seventh layer instead of before it; the paper does not "
        "state it."
    )


class Talking(Section):
    """Which of several faces talks, from lips and sound."""

    seconds: float = Field(gt=0, description="Length analysed of a clip with several faces, from its start.")
    frames: int = Field(ge=10, description="Most frames analysed; 25 per second are best.")
    agreement: float = Field(
        ge=0, le=1, description="Least agreement of lips and sound for a face to count as talking."
    )
    margin: float = Field(ge=0, le=1, description="How much its agreement must exceed that of every other face.")


class Faces(Section):
    """Finding the face, choosing the best frame, cropping and embedding it."""

    encoder: Literal["dlib", "facenet", "vggface"] = Field(
        description="Face encoder to whose embeddings voices are mapped; the section of the same name configures it."
    )
    min_face_pixels: int = Field(ge=20, description="Smallest side of a face that is used, pixels of the frame.")
    min_score: float = Field(ge=0, le=1, description="Least detector score of a face that is used.")
    ambiguous_ratio: float = Field(
        gt=0,
        le=1,
        description="A second face of at least this share of the first one's height makes a clip ambiguous.",
    )
    position_reach: float = Field(
        gt=0,
        description="Faces further than this from the position that the source gives are ignored, in face sizes.",
    )
    talking: Talking
    crop_size: int = Field(ge=96, description="Side of the stored crop, pixels (the paper: 224).")
    weights_folder: str = Field(
        min_length=1, description="Folder of the verified weights of face encoders, shared by all runs."
    )
    facenet: PretrainedFaces | None = Field(description="FaceNet; may be null if another encoder is chosen.")
    vggface: VggFace | None = Field(description="VGG-Face; may be null if another encoder is chosen.")

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
        """The same without the sections of other encoders, so that a change of those reruns no rule."""
        return self.model_copy(update={name: None for name in ("facenet", "vggface") if name != self.encoder})

    @property
    def weight_files(self) -> list[str]:
        """The checked weights of the chosen encoder and their description; none for dlib."""
        folder = f"{self.weights_folder}/{self.encoder}"
        return [] if self.pretrained is None else [f"{folder}/model.safetensors", f"{folder}/config.json"]
