"""Config section `encoder`: the voice encoder, its presets and its loss."""

from typing import Literal

from pydantic import Field

from speech2face.config.base import Section
from speech2face.config.training import Training


class Small(Section):
    """Preset `small`: a time-delay network for the CPU."""

    mels: int = Field(ge=20, description="Mel bands.")
    stride: int = Field(ge=1, le=5, description="Spectrogram frames, 10 ms each, per step of the network.")
    channels: int = Field(ge=16, multiple_of=4, description="Channels of every block.")
    batch_norm: bool = Field(description="Batch normalisation; without it the paper saw training collapse.")
    dropout: float = Field(ge=0, lt=1, description="Dropout before the last layer.")


class Paper(Section):
    """Preset `paper`: Table 1 of Speech2Face."""

    batch_norm: bool = Field(description="Batch normalisation; without it the paper saw training collapse.")
    padding: Literal["valid", "same"] = Field(description="Padding of the convolutions; the paper does not state it.")
    flatten: Literal["frequency", "mean"] = Field(
        description="Input of the first fully connected layer: all of the 57 remaining frequencies, or their mean; "
        "the paper's table allows both."
    )
    relu_output: bool = Field(
        description="ReLU on the last layer, for face features taken after a ReLU; the paper does not state it."
    )
    channels_divisor: int = Field(
        gt=0, description="Divisor of all channel counts, for a smaller network (the paper: 1)."
    )


class Speaker(Section):
    """Preset `speaker`: ridge regression on CAM++ speaker embeddings and acoustic measures, in closed form."""

    penalties: tuple[float, ...] = Field(
        min_length=1,
        description="Penalties to choose from, in units of one clip's squared standardised input; training speakers "
        "who are left out one by one choose.",
    )


class Strong(Section):
    """Preset `strong`: the sum of CAM++ and a time-delay network."""

    fine_tune: bool = Field(description="Whether the pretrained network is trained further.")
    hidden: int = Field(ge=0, description="Hidden units of the head on CAM++; 0: a linear head.")
    mels: int = Field(ge=20, description="Mel bands of the time-delay network.")
    channels: int = Field(ge=16, multiple_of=4, description="Channels of the time-delay network.")
    dropout: float = Field(ge=0, lt=1, description="Dropout in both networks.")


class Loss(Section):
    """Training loss of the voice encoder."""

    kind: Literal["squared", "l1", "pixel", "full"] = Field(
        description="squared, l1: distance of embeddings (the paper tried l1 first); pixel: of decoded pictures; "
        "full: the paper's three terms."
    )
    direction: float = Field(
        ge=0, description="Weight of the distance between normalised embeddings (the paper: lambda 1 = 0.025)."
    )
    distillation: float = Field(ge=0, description="Weight of the distillation (the paper: lambda 2 = 200).")
    temperature: float = Field(gt=0, description="Temperature of the distillation (the paper: 2).")
    balance_step: int | None = Field(
        ge=0,
        description="Step after which both weights are set so that the gradients of the three terms have equal norms, "
        "as in the paper after step 1,000; null: both stay as given.",
    )


class Encoder(Section):
    """The voice encoder: sound to face embedding."""

    preset: Literal["small", "paper", "speaker", "strong"] = Field(description="The network.")
    seed: int = Field(
        ge=0,
        lt=1000,
        description="Of the initial weights and the order of the samples, beside the run's seed: with another number, "
        "another training on the same data.",
    )
    small: Small
    paper: Paper
    speaker: Speaker
    strong: Strong
    train_seconds: float = Field(
        gt=0, description="Length of the random excerpt of a clip in a training step, seconds."
    )
    loss: Loss
    training: Training
