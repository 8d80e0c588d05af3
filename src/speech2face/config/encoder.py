"""Config section `encoder`: the voice encoder, its presets and its loss."""

from typing import Literal

from pydantic import Field

from speech2face.config.base import Section
from speech2face.config.training import Training


class Small(Section):
    """Preset `small`: a time-delay network for the CPU."""

    mels: int = Field(ge=20, description="Mel bands.")
    channels: int = Field(ge=16, multiple_of=4, description="Channels of every block.")
    batch_norm: bool = Field(description="Batch normalisation; without it the paper saw training collapse.")
    dropout: float = Field(ge=0, lt=1, description="Before the last layer.")


class Paper(Section):
    """Preset `paper`: Table 1 of Speech2Face."""

    batch_norm: bool = Field(description="Batch normalisation; without it the paper saw training collapse.")
    padding: Literal["valid", "same"] = Field(description="Of the convolutions; the paper does not say.")
    flatten: Literal["frequency", "mean"] = Field(
        description="What the first fully connected layer sees of the 57 frequencies that are left: all of them, or "
        "their mean; the paper's table fits both."
    )
    relu_output: bool = Field(
        description="ReLU on the last layer, for face features that are taken after theirs; the paper does not say."
    )
    channels_divisor: int = Field(gt=0, description="Divides all channels, for a thinner network; the paper's is 1.")


class Speaker(Section):
    """Preset `speaker`: a pretrained CAM++ speaker encoder with a head."""

    fine_tune: bool = Field(description="Whether the pretrained network learns on; else only the head does.")
    hidden: int = Field(ge=0, description="Hidden units of the head; 0: it is linear.")
    dropout: float = Field(ge=0, lt=1, description="In the head.")


class Strong(Section):
    """Preset `strong`: CAM++ and a time-delay network, summed."""

    fine_tune: bool = Field(description="Whether the pretrained network learns on.")
    hidden: int = Field(ge=0, description="Hidden units of the head on CAM++; 0: it is linear.")
    mels: int = Field(ge=20, description="Mel bands of the time-delay network.")
    channels: int = Field(ge=16, multiple_of=4, description="Channels of the time-delay network.")
    dropout: float = Field(ge=0, lt=1, description="In both.")


class Loss(Section):
    """What the voice encoder is trained to make small."""

    kind: Literal["squared", "l1", "pixel", "full"] = Field(
        description="squared: distance of embeddings; l1: the paper's first try; pixel: of decoded pictures; "
        "full: the paper's three terms."
    )
    direction: float = Field(ge=0, description="Weight of the distance of directions (the paper's lambda 1, 0.025).")
    distillation: float = Field(ge=0, description="Weight of the distillation (the paper's lambda 2, 200).")
    temperature: float = Field(gt=0, description="Of the distillation; the paper's is 2.")
    balance_step: int | None = Field(
        ge=0,
        description="Step after which both weights become those that make the gradients of the three terms equally "
        "long, as the paper did at 1,000; null: they stay as given.",
    )


class Encoder(Section):
    """The voice encoder: sound to face embedding."""

    preset: Literal["small", "paper", "speaker", "strong"] = Field(description="The network.")
    small: Small
    paper: Paper
    speaker: Speaker
    strong: Strong
    train_seconds: float = Field(gt=0, description="Length of the random cut heard in a training step.")
    loss: Loss
    training: Training
