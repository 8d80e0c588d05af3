import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from speech2face.data.faces.similarity import apply_transform, fit_similarity, sample_batch, sample_picture

IDENTITY = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])


def similarity(angle: float, scale: float, x: float, y: float) -> np.ndarray:
    c, s = scale * np.cos(angle), scale * np.sin(angle)
    return np.array([[c, -s, x], [s, c, y]])


@given(st.floats(-3.1, 3.1), st.floats(0.01, 100.0), st.floats(-1e3, 1e3), st.floats(-1e3, 1e3), st.integers(0, 99))
def test_a_similarity_is_recovered(angle: float, scale: float, x: float, y: float, seed: int) -> None:
    points = np.random.default_rng(seed).normal(size=(5, 2))
    truth = similarity(angle, scale, x, y)
    fitted = fit_similarity(points, apply_transform(truth, points))
    np.testing.assert_allclose(fitted, truth, rtol=1e-6, atol=1e-6 * scale)


@given(st.integers(0, 999))
def test_no_other_similarity_fits_better(seed: int) -> None:
    rng = np.random.default_rng(seed)
    source, target = rng.normal(size=(2, 6, 2))
    fitted = fit_similarity(source, target)
    best = ((apply_transform(fitted, source) - target) ** 2).sum()
    nudged = fitted + similarity(*(rng.normal(size=4) * 0.01))
    assert ((apply_transform(nudged, source) - target) ** 2).sum() >= best
    # Never a mirror image, even of a mirrored set.
    assert np.linalg.det(fit_similarity(source, source * [-1, 1])[:, :2]) > 0


def test_points_that_coincide_are_refused() -> None:
    points = np.random.default_rng(0).normal(size=(5, 2))
    for source, target in ((np.ones((5, 2)), points), (points, np.ones((5, 2)))):
        with pytest.raises(ValueError, match="coincide"):
            fit_similarity(source, target)


def test_the_identity_copies_and_borders_repeat() -> None:
    image = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    image.flags.writeable = False
    np.testing.assert_array_equal(sample_picture(image, IDENTITY, 20), image[:, :20])
    wide = sample_picture(image, similarity(0, 1, -10, -10), 60)
    np.testing.assert_array_equal(wide[10:30, 10:40], image)
    np.testing.assert_array_equal(wide[:10, 10:40], np.broadcast_to(image[0], (10, 30, 3)))
    np.testing.assert_array_equal(wide[50, 50], image[-1, -1])
    outside = sample_picture(image, similarity(0, 1, 500, -700), 4)
    np.testing.assert_array_equal(outside, np.broadcast_to(image[0, -1], (4, 4, 3)))


@settings(max_examples=30)
@given(st.floats(-0.5, 0.5), st.floats(0.3, 4.4), st.integers(1, 60), st.integers(1, 60))
def test_a_slope_is_sampled_exactly(angle: float, scale: float, x: int, y: int) -> None:
    # Interpolation and averaging both keep a linear picture linear, so this shows any shift of the grid.
    rows, columns = np.mgrid[0:300, 0:300].astype(np.float32)
    slopes = np.stack([rows, columns, rows + columns])
    transform = similarity(angle, scale, 100 + x, 100 + y)
    window = sample_batch(torch.tensor(slopes)[None], transform, 10)[0].numpy()
    places = apply_transform(transform, np.stack(np.meshgrid(range(10), range(10)), axis=-1).reshape(-1, 2) * 1.0)
    inside = ((places > 8) & (places < 291)).all(axis=1).reshape(10, 10)
    np.testing.assert_allclose(window[0][inside], places[:, 1].reshape(10, 10)[inside], atol=1e-2)
    np.testing.assert_allclose(window[1][inside], places[:, 0].reshape(10, 10)[inside], atol=1e-2)


def test_fine_patterns_do_not_alias() -> None:
    board = np.repeat(np.indices((400, 400)).sum(axis=0)[..., None] % 2 * 255, 3, axis=2).astype(np.uint8)
    small = sample_picture(board, similarity(0.1, 4, 20, 0), 80)
    assert abs(float(small.mean()) - 127.5) < 2 and small.std() < 12


def test_the_cut_part_alone_decides() -> None:
    """A window near the middle of a large picture equals the same window of the whole, sampled at once."""
    image = np.random.default_rng(1).integers(0, 256, (240, 320, 3), dtype=np.uint8)
    transform = similarity(0.2, 1.3, 100, 60)
    whole = sample_batch(torch.tensor(image).permute(2, 0, 1)[None].float(), transform, 64)[0]
    expected = whole.round().byte().permute(1, 2, 0).numpy().astype(int)
    assert abs(sample_picture(image, transform, 64).astype(int) - expected).max() <= 1
