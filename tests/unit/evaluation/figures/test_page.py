"""Pictures for pages: small, and still the picture."""

import numpy as np
import pytest
from PIL import Image

from speech2face.evaluation.figures.page import MAX_BYTES, shrink_picture


def test_a_large_figure_becomes_small_and_stays_itself(tmp_path):
    rng = np.random.default_rng(0)
    rough = Image.fromarray(rng.integers(0, 255, (60, 60, 3), dtype=np.uint8)).resize(
        (900, 900), Image.Resampling.BICUBIC
    )
    rough.save(tmp_path / "a.png")
    shrink_picture(source=tmp_path / "a.png", target=tmp_path / "a.jpg")
    assert (tmp_path / "a.jpg").stat().st_size <= MAX_BYTES
    difference = np.asarray(Image.open(tmp_path / "a.jpg")).astype(float) - np.asarray(rough)
    assert np.abs(difference).mean() < 8


def test_what_cannot_be_made_small_is_an_error_and_writes_nothing(tmp_path):
    noise = np.random.default_rng(0).integers(0, 255, (2500, 2500, 3), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "a.png")
    with pytest.raises(ValueError, match="cannot be shown in 300000 bytes"):
        shrink_picture(source=tmp_path / "a.png", target=tmp_path / "a.jpg")
    assert not (tmp_path / "a.jpg").exists()
