import numpy as np
import pytest

from speech2face.data.voices.samples import unit_samples


def test_pcm_and_floats_come_to_one_range() -> None:
    pcm = np.array([-32768, 0, 16384], np.int16)
    for samples in (pcm, pcm / 32768.0, (pcm / 32768.0).astype(np.float32)):
        found = unit_samples(samples)
        np.testing.assert_array_equal(found, np.array([-1.0, 0.0, 0.5], np.float32))
        assert found.dtype == np.float32


@pytest.mark.parametrize(
    ("samples", "why"),
    [
        (np.zeros((2, 100), np.int16), "mono"),
        (np.zeros(100, np.int32), "int32"),
        (np.array([0.0, np.nan]), "not finite"),
        (np.array([0.0, np.inf]), "not finite"),
    ],
)
def test_other_samples_are_refused(samples: np.ndarray, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        unit_samples(samples)
