"""Weighted ridge regression from sums of products, so that memory does not grow with the number of faces."""

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

# Directions of the embedding that move the texture by less than this part of the strongest are rounding.
_ROUNDING = 1e-5
# A face that decides its own prediction says nothing of how well others are predicted.
_MOST_LEVERAGE = 0.9


@dataclass(frozen=True, kw_only=True)
class FaceBatch:
    """Some faces to regress: standardised embeddings, targets (landmarks, texture), and the weight of each face."""

    embedding: Float[Tensor, "batch dimension"]
    targets: Float[Tensor, "batch targets"]
    weight: Float[Tensor, " batch"]


@dataclass(frozen=True, kw_only=True)
class Ridge:
    """Ridge regression of textures and landmarks from standardised embeddings, for any penalty.

    Attributes:
        mean: of the targets.
        axes: eigenvectors of the embeddings' products, in columns.
        values: their eigenvalues.
        products: of the axes' coordinates with the targets.
        weight: sum of the weights of all faces.
    """

    mean: Float[Tensor, " targets"]
    axes: Float[Tensor, "dimension dimension"]
    values: Float[Tensor, " dimension"]
    products: Float[Tensor, "dimension targets"]
    weight: float

    @classmethod
    def of(cls, batches: Iterable[FaceBatch]) -> "Ridge":
        """Add up the products of all batches; embeddings have a weighted mean of 0 over all of them."""
        square: Tensor | None = None
        cross: Tensor | None = None
        for faces in batches:
            # A first column of ones adds up the targets.
            known = torch.nn.functional.pad(faces.embedding, (1, 0), value=1.0)
            weighted = (known * faces.weight[:, None]).T
            more, products = weighted @ known, weighted @ faces.targets
            square = more.double() if square is None else square.add_(more)
            cross = products.double() if cross is None else cross.add_(products)
        if square is None or cross is None:
            raise ValueError("There is no face to fit the decoder to; raise splits.train or add speakers.")
        values, axes = torch.linalg.eigh(square[1:, 1:])
        mean = cross[0] / square[0, 0]
        return cls(
            mean=mean.float(),
            axes=axes,
            values=values.clamp_min(0),
            products=(axes.T @ cross[1:]).float(),
            weight=float(square[0, 0]),
        )

    def predict(self, embedding: Float[Tensor, "batch dimension"], penalty: float) -> Float[Tensor, "batch targets"]:
        """The targets of standardised embeddings, for a penalty in units of one face's squared standardised unit."""
        return self.mean + (embedding.double() @ self.axes / (self.values + penalty)).float() @ self.products

    def left_out(self, faces: FaceBatch, penalty: float) -> Float[Tensor, "batch targets"]:
        """What predictions by all other faces leave of the targets of faces that the regression was fitted to."""
        coordinates = (faces.embedding.double() @ self.axes).square() / (self.values + penalty)
        leverage = (faces.weight * (coordinates.sum(dim=1) + 1 / self.weight)).clamp_max(_MOST_LEVERAGE)
        return (faces.targets - self.predict(faces.embedding, penalty)) / (1 - leverage).float()[:, None]

    def weights(self, penalty: float) -> Float[Tensor, "dimension targets"]:
        """What embeddings are multiplied with to get the differences from the mean."""
        return (self.axes / (self.values + penalty)).float() @ self.products


def principal_axes(
    embedding: Float[Tensor, "samples dimension"], weight: Float[Tensor, " samples"], count: int
) -> Float[Tensor, "dimension axes"]:
    """The directions in which centred embeddings vary most, orthonormal, in columns."""
    exact = embedding.double()
    _, axes = torch.linalg.eigh(exact.T @ (exact * weight[:, None]))
    return axes.flip(1)[:, :count].to(embedding.dtype)


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
