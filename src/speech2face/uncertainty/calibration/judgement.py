"""What a calibration takes of one voice, and what it says of it.

Only NumPy is imported here: the calibration of a bundle must load fast.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from speech2face.base.estimates import Estimate, Interval, PredictionRegion


@dataclass(frozen=True, kw_only=True)
class VoiceFeatures:
    """The features of one recording (see `extraction.BatchFeatures`), and its length."""

    embedding: Float[np.ndarray, "dimension"]
    disagreement: float
    features: Float[np.ndarray, "features"]
    sound: Float[np.ndarray, "statistics"]
    seconds: float

    @property
    def inputs(self) -> Float[np.ndarray, "inputs"]:
        """What everything about the person is predicted from."""
        return np.concatenate([self.embedding, self.features]).astype(np.float64)


@dataclass(frozen=True, kw_only=True)
class FaceDistribution:
    """A Gaussian of face embeddings, in the whitened principal components of the calibration people's faces.

    Without a voice, faces have zero mean and unit covariance there.
    """

    mean: Float[np.ndarray, "components"]
    covariance: Float[np.ndarray, "components components"]

    def sample(self, count: int, rng: np.random.Generator) -> Float[np.ndarray, "count components"]:
        """Draw faces."""
        factor = np.linalg.cholesky(self.covariance)
        return self.mean + rng.normal(size=(count, len(self.mean))) @ factor.T

    @property
    def divergence(self) -> float:
        """The divergence from one Gaussian of all faces, bits: no information yet, see `information`."""
        spread = np.trace(self.covariance) - len(self.mean) - np.linalg.slogdet(self.covariance)[1]
        return float((spread + self.mean @ self.mean) / 2 / np.log(2))


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """Everything that a calibration says of one voice."""

    face: FaceDistribution
    information: Estimate
    """Bits that the voice is expected to tell of the face among the `n` calibration people; `low` may be below 0."""
    outside_p: float
    """Conformal p-value of the voice being one of those that the model learned from."""
    attributes: Mapping[str, PredictionRegion]
    """A prediction set or interval of each attribute that was calibrated, in the order of `ATTRIBUTES`."""
    ratios: Mapping[str, Interval]
    """A prediction interval of each craniofacial ratio."""

    @property
    def regions(self) -> Mapping[str, PredictionRegion]:
        """The prediction sets and intervals of attributes and ratios together."""
        return {**self.attributes, **self.ratios}
