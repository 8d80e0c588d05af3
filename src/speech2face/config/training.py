"""Training of a network; sections `decoder` and `encoder` have one each."""

from typing import Literal

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
