"""The configured loss with weighted terms; weights are balanced by gradient norms as in the paper."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor, nn

from speech2face.config import Faces, Loss
from speech2face.data.faces.classifier import fit_classifier
from speech2face.data.faces.encoders import load_face_encoder
from speech2face.learning.decoder.presets import load_face_decoder
from speech2face.learning.encoder.losses import (
    FullLoss,
    L1Loss,
    MeanSquaredLoss,
    PixelLoss,
    balanced_weights,
    gradient_norms,
)
from speech2face.learning.training import processes
from speech2face.learning.training.record import EVERY


class WeightedLoss(nn.Module):
    """The terms of a loss, each times its weight.

    Args:
        loss: (predicted, target) to the terms by name, each a mean over the batch.
        weights: the weight of each term, by name; the first term is the reference.
        balance_step: after this step, weights are set so that all terms have the gradient norm of the first one
            (section 4 of the paper: at iteration 1,000); None: never.
    """

    weights: Tensor

    def __init__(self, loss: nn.Module, weights: Mapping[str, float], balance_step: int | None) -> None:
        super().__init__()
        self._loss = (loss,)  # in a tuple, so that it is not a submodule: neither trained nor saved
        self._names, self._balance_step = list(weights), balance_step
        # A buffer, so that checkpoints contain the weights.
        self.register_buffer("weights", torch.tensor(list(weights.values())))
        self.observations: dict[str, float] = {}

    def forward(self, predicted: Tensor, target: Tensor, step: int) -> dict[str, Tensor]:
        """Weighted terms of embeddings [batch, dimension], after `step` steps of training."""
        terms = self._loss[0](predicted, target)
        if len(terms) > 1 and (step == self._balance_step or (step + 1) % EVERY == 0):
            self._measure(terms, predicted, balance=step == self._balance_step)
        return {name: terms[name] * weight for name, weight in zip(self._names, self.weights, strict=True)}

    def _measure(self, terms: Mapping[str, Tensor], predicted: Tensor, *, balance: bool) -> None:
        """Record gradient norms and weights of the terms; `balance` first sets weights that make all norms equal."""
        norms = {name: float(processes.mean(norm)) for name, norm in gradient_norms(terms, predicted).items()}
        if balance:
            balanced = balanced_weights(norms, self._names[0])
            self.weights = self.weights.new_tensor([balanced[name] for name in self._names])
        weights = dict(zip(self._names, self.weights.tolist(), strict=True))
        self.observations = {f"weight/{name}": value for name, value in weights.items()}
        self.observations |= {f"gradient/{name}": value * weights[name] for name, value in norms.items()}


def build_loss(
    settings: Loss,
    *,
    target: Float[Tensor, "clips dimension"],
    spread: Float[Tensor, ""],
    speakers: Sequence[str],
    decoder: tuple[Path, Path],
    faces: Faces,
    device: torch.device,
) -> WeightedLoss:
    """The loss of the voice encoder.

    Args:
        target: face embeddings of the training clips.
        spread: standard deviation of the targets around their mean.
        speakers: the speaker of each training clip.
        decoder: weights and config of the face decoder that `pixel` and `full` use.
        faces: config of the face encoder that made the targets; `full` distils from its classifier or, if it has none,
            from one fitted to the training speakers.
        device: where the loss is computed.
    """
    loss: nn.Module
    weights: dict[str, float]
    if settings.kind == "squared":
        loss, weights = MeanSquaredLoss(spread), {"mean_squared": 1.0}
    elif settings.kind == "l1":
        loss, weights = L1Loss(), {"l1": 1.0}
    elif settings.kind == "pixel":
        loss, weights = PixelLoss(load_face_decoder(*decoder).thumbnail), {"pixels": 1.0}
    else:
        classifier = load_face_encoder(faces).classifier
        if classifier is None:
            classifier = fit_classifier(target, speakers)
        loss = FullLoss(load_face_decoder(*decoder).first, classifier, settings.temperature)
        weights = {"first_layer": 1.0, "direction": settings.direction, "distillation": settings.distillation}
    return WeightedLoss(loss.to(device), weights, settings.balance_step)
