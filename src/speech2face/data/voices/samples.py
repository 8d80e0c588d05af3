"""Audio samples (PCM16 or float) in one range."""

import numpy as np
from jaxtyping import Float, Shaped


def unit_samples(samples: Shaped[np.ndarray, " samples"]) -> Float[np.ndarray, " samples"]:
    """Return mono samples as float32 with full scale at 1.0.

    Args:
        samples: 16-bit integers, or floats that already have full scale at 1.0.

    Raises:
        ValueError: more than one channel, another type, or numbers that are not finite.
    """
    if samples.ndim != 1:
        raise ValueError(f"Voices are mono, but these samples have shape {samples.shape}: mix them down first.")
    if samples.dtype == np.int16:
        return samples.astype(np.float32) / 32768.0
    if not np.issubdtype(samples.dtype, np.floating):
        raise ValueError(f"Samples are 16-bit integers or floats, not {samples.dtype}: convert them first.")
    if not np.isfinite(samples).all():
        raise ValueError("The samples hold numbers that are not finite: read the file again or leave it out.")
    return samples.astype(np.float32)
