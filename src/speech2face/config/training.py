"""Training of a network: a part of the config sections `decoder` and `encoder`."""

from typing import Literal

from pydantic import Field

from speech2face.config.base import Section


class Training(Section):
    """How a network is trained."""

    epochs: int = Field(gt=0, description="Passes over the training split, at most.")
    patience: int | None = Field(
        gt=0, description="Stop after this many epochs without a lower validation loss; null: never."
    )
    batch: int = Field(gt=0, description="Samples in a step, summed over all processes.")
    learning_rate: float = Field(gt=0, description="Highest learning rate of Adam.")
    schedule: Literal["cosine", "exponential"] = Field(
        description="Learning rate: warm-up and cosine decay to zero, or multiplied by 0.95 every 10,000 steps as in "
        "the paper."
    )
    betas: tuple[float, float] = Field(
        description="Adam's beta 1 and beta 2. The paper uses 0.5 for the first and does not state the second."
    )
    epsilon: float = Field(gt=0, description="Adam's epsilon; the paper's is 1e-4.")
    weight_decay: float = Field(ge=0, description="Decoupled weight decay.")
    clip: float | None = Field(
        gt=0, description="Largest norm of the gradient; null: no clipping (the paper mentions none)."
    )
    precision: Literal["fp32", "bf16", "auto"] = Field(
        description="Number format of the forward pass. auto: bf16 where the hardware has instructions for it."
    )
    checkpoint_seconds: float = Field(
        ge=0, description="Time between checkpoints, which is the most that a killed run loses. 0: after every step."
    )
    processes: int = Field(gt=0, description="Number of training processes, one per GPU, started by torchrun.")
    threads: int = Field(gt=0, description="CPU threads of each process; results are repeatable for a fixed number.")
