"""Ridge regression from sums of products, so that memory does not grow with the number of faces."""

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

# Directions of the embedding that move the texture by less than this part of the strongest are rounding.
_ROUNDING = 1e-5


@dataclass(frozen=True, kw_only=True)
class Ridge:
    """Ridge regression of textures and landmarks from standardised embeddings, for any penalty.

    Attributes:
        axes: eigenvectors of the embeddings' products, in columns.
        values: their eigenvalues.
        products: of the axes' coordinates with the targets.
    """

    axes: Float[Tensor, "dimension dimension"]
    values: Float[Tensor, " dimension"]
    products: Float[Tensor, "dimension targets"]

    @classmethod
    def of(cls, batches: Iterable[tuple[Float[Tensor, "batch dimension"], Float[Tensor, "batch targets"]]]) -> "Ridge":
        """Add up the products of all batches; embeddings have a mean of 0 over all of them."""
        square: Tensor | None = None
        cross: Tensor | None = None
        for embedding, targets in batches:
            wide = embedding.double()
            more, products = wide.T @ wide, wide.T @ targets.double()
            square = more if square is None else square + more
            cross = products if cross is None else cross.add_(products)
        if square is None or cross is None:
            raise ValueError("There is no face to fit the decoder to; raise splits.train or add speakers.")
        values, axes = torch.linalg.eigh(square)
        return cls(axes=axes, values=values.clamp_min(0), products=axes.T @ cross)

    def weights(self, penalty: float) -> Float[Tensor, "dimension targets"]:
        """What embeddings are multiplied with, for a penalty in units of one face's squared standardised unit."""
        return (self.axes / (self.values + penalty)) @ self.products


def orthonormal_modes(
    weights: Float[Tensor, "dimension pixels"],
) -> tuple[Float[Tensor, "dimension dimension"], Float[Tensor, "dimension pixels"]]:
    """`weights` as axes times orthonormal modes, strongest first; what is rounding becomes zero."""
    # Products in float64: the root of a rounded product would be far above rounding.
    exact = weights.double()
    square, axes = torch.linalg.eigh(exact @ exact.T)
    strength = square.flip(0).clamp_min(0).sqrt()
    kept = strength > _ROUNDING * strength[0]
    axes = axes.flip(1) * kept
    modes = torch.where(kept[:, None], (axes.T @ exact) / strength.clamp_min(1e-30)[:, None], 0)
    return (axes * strength).to(weights.dtype), modes.to(weights.dtype)
