"""Config of what is learned and of how it is measured."""

from typing import Literal

from pydantic import Field

from speech2face.config.base import Section


class Training(Section):
    """How a network is trained."""

    epochs: int = Field(gt=0, description="Passes over the training split.")
    batch: int = Field(gt=0, description="Samples in a step.")
    learning_rate: float = Field(gt=0, description="Peak learning rate of Adam; it falls to zero as a cosine.")
    weight_decay: float = Field(ge=0, description="Decoupled weight decay.")
    threads: int = Field(gt=0, description="CPU threads; part of what makes a run repeatable.")


class Decoder(Section):
    """The face decoder: embedding to normalised frontal picture."""

    size: Literal[32, 64, 128, 256] = Field(description="Side of the picture, pixels.")
    width: int = Field(ge=8, description="Channels at 8 x 8; halved with each doubling of the side.")
    training: Training


class Encoder(Section):
    """The voice encoder: sound to face embedding."""

    preset: Literal["small"] = Field(description="The network.")
    channels: int = Field(ge=16, multiple_of=4, description="Channels of `small`.")
    mels: int = Field(ge=20, description="Mel bands of `small`.")
    train_seconds: float = Field(gt=0, description="Length of the random cut heard in a training step.")
    training: Training


class Reconstructions(Section):
    """Pictures of the test split."""

    batch: int = Field(gt=0, description="Clips decoded at once.")
    threads: int = Field(gt=0, description="CPU threads; part of what makes a run repeatable.")


class Metrics(Section):
    """Figures with their intervals."""

    bootstrap: int = Field(ge=100, description="Bootstrap resamples over speakers.")
    galleries: int = Field(gt=0, description="Random galleries of one clip a speaker that recalls are averaged over.")
    ranks: tuple[int, ...] = Field(description="K of recall at K as a rank.")
    percentages: tuple[int, ...] = Field(description="K of recall at K as a percentage of the gallery (the paper's).")


class Figures(Section):
    """Notebooks."""

    timeout_seconds: int = Field(gt=0, description="Longest run of one notebook cell.")
    triplets: int = Field(gt=0, description="Clips in the picture of triplets.")
    retrievals: int = Field(gt=0, description="Voices in the picture of retrievals.")
