"""Faces drawn from what a voice leaves open: what else the person could look like.

A Gaussian of face embeddings. Its mean is what the voice predicts; its covariance is that of all faces, less what
predictions explain. Pictures of such draws are `FaceDecoder.sample`.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float


@dataclass(frozen=True, kw_only=True)
class LeftOpen:
    """The distribution of face embeddings given what voices predict.

    Attributes:
        mean: of all faces.
        slope: factor on a prediction's distance from the mean.
        factor: its product with its own transpose is the covariance of faces given a voice.
    """

    mean: Float[np.ndarray, "dimension"]
    slope: float
    factor: Float[np.ndarray, "dimension dimension"]

    def sample(
        self, predicted: Float[np.ndarray, "voices dimension"], rng: np.random.Generator
    ) -> Float[np.ndarray, "voices dimension"]:
        """One face of each voice."""
        noise = rng.normal(size=predicted.shape) @ self.factor.T
        return (self.mean + self.slope * (predicted - self.mean) + noise).astype(np.float32)


def fit_left_open(
    faces: Float[np.ndarray, "faces dimension"],
    predicted: Float[np.ndarray, "people dimension"],
    true: Float[np.ndarray, "people dimension"],
) -> LeftOpen:
    """Fit the distribution.

    Args:
        faces: true faces of the training split.
        predicted, true: of people that the voice encoder did not learn from.
    """
    mean, covariance = faces.mean(axis=0, dtype=float), np.cov(faces.T, dtype=float)
    apart, wanted = predicted.astype(float) - mean, true.astype(float) - mean
    slope = float(np.clip((apart * wanted).sum() / max((apart**2).sum(), 1e-12), 0, 1))
    explained = slope**2 * (apart.T @ apart) / len(apart)
    values, axes = np.linalg.eigh(covariance - explained)
    # Sampling noise of few people can explain more than there is.
    return LeftOpen(mean=mean, slope=slope, factor=axes * np.sqrt(values.clip(0)))
