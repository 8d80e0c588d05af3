"""Config of what is learned and of how it is measured."""

from typing import Annotated, Literal

from pydantic import Field

from speech2face.config.base import Section


class Training(Section):
    """How a network is trained."""

    epochs: int = Field(gt=0, description="Passes over the training split.")
    patience: int | None = Field(
        gt=0, description="Stop after so many epochs without a better calibration loss; null: never."
    )
    batch: int = Field(gt=0, description="Samples in a step, over all processes.")
    learning_rate: float = Field(gt=0, description="Highest learning rate of Adam.")
    schedule: Literal["cosine", "exponential"] = Field(
        description="Of the learning rate: warm-up, then down to zero as a cosine; or times 0.95 every 10,000 steps, "
        "as in the paper."
    )
    betas: tuple[float, float] = Field(
        description="Decay of Adam's moments. The paper's first is 0.5; it does not tell the second."
    )
    epsilon: float = Field(gt=0, description="Adam's epsilon; the paper's is 1e-4.")
    weight_decay: float = Field(ge=0, description="Decoupled weight decay.")
    clip: float | None = Field(gt=0, description="Longest gradient; null: not clipped, as the paper says of nothing.")
    precision: Literal["fp32", "bf16", "auto"] = Field(
        description="Of the forward pass. auto: bf16 where the hardware has instructions for it."
    )
    checkpoint_seconds: float = Field(
        ge=0, description="Time between checkpoints; a killed run loses so much at most. 0: after every step."
    )
    processes: int = Field(gt=0, description="Processes that train together, one a GPU, started by torchrun.")
    threads: int = Field(gt=0, description="CPU threads of each process; part of what makes a run repeatable.")


class Appearance(Section):
    """Preset `appearance`: a linear decoder in closed form."""

    penalties: list[Annotated[float, Field(gt=0)]] = Field(
        min_length=1,
        description="Penalties of the ridge regression to choose from, in squared standardised units of the embedding "
        "summed over faces.",
    )
    contrast: bool = Field(
        description="Raise fine detail to the contrast of the calibration speakers' faces, which regression takes away."
    )


class Decoder(Section):
    """The face decoder: embedding to landmarks, normalised texture and picture."""

    preset: Literal["appearance", "cole"] = Field(
        description="appearance: linear, in closed form, in seconds; cole: the network of Cole et al. (2017)."
    )
    appearance: Appearance
    size: Literal[32, 64, 128, 224] = Field(description="Side of the picture, pixels; the paper's is 224.")
    landmarks: float = Field(
        ge=0, description="Weight of the landmarks' squared error, in units of their spread, beside the texture's."
    )
    identity: float = Field(
        ge=0, description="Weight of 1 - cosine of what the face encoder sees in the picture; 0: it is not looked at."
    )
    training: Training


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


class Reconstructions(Section):
    """Pictures of the test split."""

    seconds: float | None = Field(gt=0, description="How much of each voice is heard, from its start; null: all.")
    exaggeration: float = Field(
        gt=0,
        description="Factor on the distance of a predicted embedding from the mean before it is decoded. The paper's "
        "released pictures say 1.4 and 0.7 in their names, the paper does not mention it; 1 changes nothing.",
    )
    batch: int = Field(gt=0, description="Clips decoded at once.")
    threads: int = Field(gt=0, description="CPU threads; part of what makes a run repeatable.")


class Trials(Section):
    """What is tried with the trained voice encoder on the test speakers."""

    seconds: tuple[float, ...] = Field(description="Lengths of one long recording that are heard from its start.")
    moments: tuple[float, ...] = Field(description="Starts, in seconds, of the stretches of each clip that are heard.")
    moment_seconds: float = Field(gt=0, description="Length of such a stretch.")
    languages: tuple[str, ...] = Field(
        description="Languages that every talker speaks besides the own one, as espeak-ng calls them."
    )
    language_seconds: float = Field(gt=0, description="Length of a recording in a language.")
    variants: tuple[str, ...] = Field(
        description="Variants of the voice encoder (config/variants) that are trained beside it and compared."
    )


class Metrics(Section):
    """Figures with their intervals."""

    bootstrap: int = Field(ge=100, description="Bootstrap resamples over speakers.")
    galleries: int = Field(gt=0, description="Random galleries of one clip a speaker that recalls are averaged over.")
    ranks: tuple[int, ...] = Field(description="K of recall at K as a rank.")
    percentages: tuple[int, ...] = Field(description="K of recall at K as a percentage of the gallery (the paper's).")


class Figures(Section):
    """Notebooks."""

    shown: tuple[str, ...] | None = Field(
        description="The figures that are drawn, and with them what is measured; null: all of them, for which clips "
        "need labels and the talkers' truth."
    )
    timeout_seconds: int = Field(gt=0, description="Longest run of one notebook cell.")
    triplets: int = Field(gt=0, description="Clips in the picture of triplets.")
    retrievals: int = Field(gt=0, description="Voices in the picture of retrievals.")
    examples: int = Field(gt=0, description="Speakers in figures that show a few of them.")
    gallery: int = Field(gt=0, description="Clips in the wall of triplets (the supplement's: 250).")
    queries: int = Field(gt=0, description="Voices in the wall of retrievals (the supplement's: 100).")
