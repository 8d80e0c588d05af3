"""What a predicted face embedding costs: the losses of Speech2Face (Oh et al. 2019, section 3.2) and simpler ones.

Each loss is a module that turns predicted and true embeddings, [batch, dimension] each, into named terms without
their weights: scalars, means over the batch, so that equal parts of a batch on several devices average to the whole.
The paper's weights are 1, 0.025 and 200 in the order of `FullLoss`'s terms, for VGG-Face embeddings; `balanced_weights`
finds them for others in the paper's way.

In the paper's notation v_s is the predicted embedding (of speech) and v_f the true one (of the face).
"""

import contextlib
from collections.abc import Callable, Mapping

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from speech2face.base.precision import full_precision


class Frozen(nn.Module):
    """A trained network, or a method of one, that judges and does not learn.

    Gradients pass through it but not into its parameters, and it stays in eval mode. The network itself
    is frozen, not a copy.

    Args:
        exact: in float32 also where the training is not.
    """

    def __init__(self, function: Callable[[Tensor], Tensor], *, exact: bool = True) -> None:
        super().__init__()
        self.function, self.exact = function, exact
        owner = getattr(function, "__self__", None)
        if isinstance(owner, nn.Module):
            # Registered, so that it follows the loss to a device.
            self.owner = owner
        self.requires_grad_(False)
        self.train()

    def train(self, mode: bool = True) -> "Frozen":
        """Eval mode whatever is asked for."""
        return super().train(False)

    def forward(self, x: Tensor) -> Tensor:
        """What the frozen network makes of `x`."""
        with full_precision(x.device) if self.exact else contextlib.nullcontext():
            return self.function(x.float())


class FullLoss(nn.Module):
    """The paper's loss (equation 1): what the decoder's first layer sees, direction, and knowledge distillation.

    Terms:
        first_layer: |f_dec(v_f) - f_dec(v_s)|_1, summed over units.
        direction: squared distance of both embeddings scaled to length 1; does not depend on their lengths.
        distillation: cross-entropy of the classifier's softened outputs, -sum_i p_i(v_f) log p_i(v_s) with
            p = softmax(logits / temperature) (equation 2, after Hinton et al. 2015, without their factor T^2).

    Args:
        first_layer: f_dec, the first layer of the face decoder: a module, or a method of the decoder. Frozen here.
        classifier: f_VGG, from face embeddings to logits of identities. Frozen here.
        temperature: T of the distillation.
    """

    def __init__(
        self, first_layer: Callable[[Tensor], Tensor], classifier: nn.Module, temperature: float = 2.0
    ) -> None:
        super().__init__()
        self.first_layer = Frozen(first_layer)
        self.classifier = Frozen(classifier)
        self.temperature = temperature

    def forward(
        self, predicted: Float[Tensor, "batch dimension"], true: Float[Tensor, "batch dimension"]
    ) -> dict[str, Float[Tensor, ""]]:
        """The terms `first_layer`, `direction` and `distillation`."""
        with torch.no_grad():
            units = self.first_layer(true)
            softened = (self.classifier(true) / self.temperature).softmax(dim=1)
        surprise = -(self.classifier(predicted) / self.temperature).log_softmax(dim=1)
        apart = functional.normalize(true, dim=1) - functional.normalize(predicted, dim=1)
        return {
            "first_layer": (units - self.first_layer(predicted)).abs().sum(dim=1).mean(),
            "direction": apart.square().sum(dim=1).mean(),
            "distillation": (softened * surprise).sum(dim=1).mean(),
        }


class L1Loss(nn.Module):
    """|v_f - v_s|_1: the plain loss that the paper found slow and unstable (section 3.2)."""

    def forward(
        self, predicted: Float[Tensor, "batch dimension"], true: Float[Tensor, "batch dimension"]
    ) -> dict[str, Float[Tensor, ""]]:
        """The term `l1`, summed over the embedding's units."""
        return {"l1": (true - predicted).abs().sum(dim=1).mean()}


class PixelLoss(nn.Module):
    """L1 between the pictures that the face decoder makes of both embeddings: the paper's ablation of the loss.

    Args:
        decoder: from embeddings to pictures in 0..1. Frozen here.
    """

    def __init__(self, decoder: nn.Module) -> None:
        super().__init__()
        # In the precision of the training: pictures of half the digits differ by less than what is seen.
        self.decoder = Frozen(decoder, exact=False)

    def forward(
        self, predicted: Float[Tensor, "batch dimension"], true: Float[Tensor, "batch dimension"]
    ) -> dict[str, Float[Tensor, ""]]:
        """The term `pixels`: mean absolute difference of all pixels and colours, in 0..1."""
        with torch.no_grad():
            picture = self.decoder(true)
        return {"pixels": (picture - self.decoder(predicted)).abs().mean()}


class MeanSquaredLoss(nn.Module):
    """Mean squared error in units of the embeddings' own spread: 1 is what predicting the mean face costs.

    Its minimum is the expected embedding given the voice, which is what a ranking by cosine wants.

    Args:
        spread: standard deviation of the training embeddings around their mean, over all units.
    """

    spread: Tensor

    def __init__(self, spread: Float[Tensor, ""]) -> None:
        super().__init__()
        self.register_buffer("spread", spread.detach().clone())

    def forward(
        self, predicted: Float[Tensor, "batch dimension"], true: Float[Tensor, "batch dimension"]
    ) -> dict[str, Float[Tensor, ""]]:
        """The term `mean_squared`."""
        return {"mean_squared": functional.mse_loss(predicted / self.spread, true / self.spread)}


def error_at_best_length(
    predicted: Float[Tensor, "samples dimension"],
    true: Float[Tensor, "samples dimension"],
    *,
    mean: Float[Tensor, " dimension"],
    spread: Float[Tensor, ""],
) -> float:
    """`MeanSquaredLoss` of the answers, had they all the one length, from `mean`, that is best for them.

    It is at most what predicting the mean face costs, about 1. What ranks faces looks along directions only, and some
    losses care little for lengths: by the plain error a short training would be at its best in its first epochs.

    Args:
        mean, spread: of the training embeddings.
    """
    answers, wanted = (((embeddings - mean) / spread).double() for embeddings in (predicted, true))
    along = (answers * wanted).sum().clamp(min=0)
    # Answers that are all the mean face have no direction, whatever length they are given.
    length = along / answers.square().sum() if along > 0 else 0.0
    return (wanted - length * answers).square().mean().item()


def gradient_norms(
    terms: Mapping[str, Float[Tensor, ""]], embedding: Float[Tensor, "batch dimension"]
) -> dict[str, Float[Tensor, ""]]:
    """How hard each term pulls at the predicted embedding: the mean over the batch of each sample's gradient norm.

    Terms are means over the batch, so that a sample's own gradient is `batch` times its row; the result does not
    depend on the size of the batch. The graph is kept for the backward pass of the training step.

    Args:
        terms: of a loss of `embedding`.
        embedding: v_s, part of the graph.
    """
    norms = {}
    for name, term in terms.items():
        (gradient,) = torch.autograd.grad(term, embedding, retain_graph=True)
        norms[name] = gradient.norm(dim=1).mean() * len(gradient)
    return norms


def balanced_weights(norms: Mapping[str, Tensor | float], reference: str = "first_layer") -> dict[str, float]:
    """Weights with which every term pulls as hard as the reference, whose own weight is 1.

    The paper chose its weights so, at iteration 1000 of training (section 4).

    Args:
        norms: of `gradient_norms`; average them over some batches.

    Raises:
        ValueError: a norm is zero or not finite, so that no weight balances it.
    """
    values = {name: float(norm) for name, norm in norms.items()}
    for name, value in values.items():
        if not 0 < value < float("inf"):
            raise ValueError(f"The gradient of the term {name!r} has the norm {value}; no weight can balance it.")
    return {name: values[reference] / value for name, value in values.items()}
