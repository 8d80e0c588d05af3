"""Losses of a predicted face embedding: those of Speech2Face (Oh et al. 2019, section 3.2) and simpler ones.

Each loss is a module that turns predicted and true embeddings, [batch, dimension] each, into named, unweighted terms:
scalars, means over the batch, so that equal parts of a batch on several devices average to the whole.
The paper's weights are 1, 0.025 and 200 in the order of `FullLoss`'s terms, for VGG-Face embeddings; `balanced_weights`
finds them for others with the paper's method.

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
    """A frozen trained network, or a method of one.

    Gradients flow through it but not into its parameters, and it stays in evaluation mode. The network itself is
    frozen, not a copy.

    Args:
        exact: use float32 even if training does not.
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
        """Always evaluation mode."""
        return super().train(False)

    def forward(self, x: Tensor) -> Tensor:
        """The output of the frozen network."""
        with full_precision(x.device) if self.exact else contextlib.nullcontext():
            return self.function(x.float())


class FullLoss(nn.Module):
    """The paper's loss (equation 1): the decoder's first layer, direction, and knowledge distillation.

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
        cross_entropy = -(self.classifier(predicted) / self.temperature).log_softmax(dim=1)
        difference = functional.normalize(true, dim=1) - functional.normalize(predicted, dim=1)
        return {
            "first_layer": (units - self.first_layer(predicted)).abs().sum(dim=1).mean(),
            "direction": difference.square().sum(dim=1).mean(),
            "distillation": (softened * cross_entropy).sum(dim=1).mean(),
        }


class L1Loss(nn.Module):
    """|v_f - v_s|_1: the plain loss that the paper found slow and unstable (section 3.2)."""

    def forward(
        self, predicted: Float[Tensor, "batch dimension"], true: Float[Tensor, "batch dimension"]
    ) -> dict[str, Float[Tensor, ""]]:
        """The term `l1`, summed over the embedding's units."""
        return {"l1": (true - predicted).abs().sum(dim=1).mean()}


class PixelLoss(nn.Module):
    """L1 between the decoded pictures of both embeddings: the paper's ablation of the loss.

    Args:
        decoder: from embeddings to pictures in 0..1: a module, or a method of one. Frozen here.
    """

    def __init__(self, decoder: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        # In the precision of training: the rounding of bf16 is invisible in pictures.
        self.decoder = Frozen(decoder, exact=False)

    def forward(
        self, predicted: Float[Tensor, "batch dimension"], true: Float[Tensor, "batch dimension"]
    ) -> dict[str, Float[Tensor, ""]]:
        """The term `pixels`: mean absolute difference of all pixels and colours, in 0..1."""
        with torch.no_grad():
            picture = self.decoder(true)
        return {"pixels": (picture - self.decoder(predicted)).abs().mean()}


class MeanSquaredLoss(nn.Module):
    """Mean squared error in units of the embeddings' spread: 1 for a model that always predicts the mean face.

    Its minimiser is the expected embedding given the voice, which is best for ranking by cosine.

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
    """`MeanSquaredLoss` of the predictions after scaling their deviations from `mean` by the best common factor.

    At most about 1, the loss of the mean face. Faces are ranked by direction only, and some losses hardly constrain
    lengths: by the unscaled error, a short training would be best in its first epochs.

    Args:
        mean, spread: of the training embeddings.
    """
    predicted_deviations, true_deviations = (
        ((embeddings - mean) / spread).double() for embeddings in (predicted, true)
    )
    projection = (predicted_deviations * true_deviations).sum().clamp(min=0)
    # Where all predictions are the mean face, no factor helps.
    factor = projection / predicted_deviations.square().sum() if projection > 0 else 0.0
    return (true_deviations - factor * predicted_deviations).square().mean().item()


def gradient_norms(
    terms: Mapping[str, Float[Tensor, ""]], embedding: Float[Tensor, "batch dimension"]
) -> dict[str, Float[Tensor, ""]]:
    """The gradient norm of each term with respect to the predicted embedding, averaged over samples.

    Terms are means over the batch, so that a sample's own gradient is `batch` times its row: the result does not
    depend on the size of the batch. The graph is kept for the backward pass of the training step.

    Args:
        terms: of a loss that depends on `embedding`.
        embedding: v_s, part of the graph.
    """
    norms = {}
    for name, term in terms.items():
        (gradient,) = torch.autograd.grad(term, embedding, retain_graph=True)
        norms[name] = gradient.norm(dim=1).mean() * len(gradient)
    return norms


def balanced_weights(norms: Mapping[str, Tensor | float], reference: str = "first_layer") -> dict[str, float]:
    """Weights that give every term the gradient norm of the reference, whose own weight is 1.

    The paper chose its weights this way at iteration 1000 of training (section 4).

    Args:
        norms: from `gradient_norms`, averaged over some batches.

    Raises:
        ValueError: a norm is zero or not finite, so that no weight balances it.
    """
    values = {name: float(norm) for name, norm in norms.items()}
    for name, value in values.items():
        if not 0 < value < float("inf"):
            raise ValueError(f"The gradient of the term {name!r} has the norm {value}; no weight can balance it.")
    return {name: values[reference] / value for name, value in values.items()}
