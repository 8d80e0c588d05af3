"""Ridge regression to faces: its weights, and the errors of left-out speakers, against fits made one by one."""

import numpy as np
import pytest

from speech2face.learning.encoder.ridge import fit_face_ridge


def plain_fit(inputs, faces, penalty):
    """From its definition, for inputs that are standardised already."""
    mean, face = inputs.mean(axis=0), faces.mean(axis=0)
    centred = inputs - mean
    weights = np.linalg.solve(centred.T @ centred + penalty * np.eye(inputs.shape[1]), centred.T @ (faces - face))
    return lambda wanted: (wanted - mean) @ weights + face


# More clips than inputs, and fewer.
@pytest.mark.parametrize(("clips", "inputs"), [(90, 8), (60, 50)])
def test_it_is_the_ridge_and_its_errors_are_those_of_fits_without_each_speaker(clips, inputs):
    rng = np.random.default_rng(0)
    heard = rng.normal(size=(clips, inputs)) * 3 + 1
    faces = heard[:, :4] @ rng.normal(size=(4, 5)) + rng.normal(size=(clips, 5))
    speakers = np.array([f"s{clip // 3:02d}" for clip in range(clips)])
    # A measure that could not be taken.
    heard[3, 2] = np.nan
    ridge = fit_face_ridge(heard, faces, speakers.tolist(), [10.0, 1e4])
    assert ridge.penalty == 10.0
    standard = np.nan_to_num((heard - np.nanmean(heard, axis=0)) / np.nanstd(heard, axis=0))
    # Clips, and speakers with the means of their clips.
    voices, looks = (
        np.concatenate([values, values.reshape(-1, 3, values.shape[1]).mean(axis=1)]) for values in (standard, faces)
    )
    owner = np.concatenate([speakers, np.unique(speakers)])
    np.testing.assert_allclose(ridge(heard), plain_fit(voices, looks, 10.0)(standard), atol=1e-9)

    away = looks - looks.mean(axis=0)
    for row in ridge.curve:
        left_out = np.zeros_like(away)
        for speaker in speakers:
            own = owner == speaker
            fit = plain_fit(voices[~own], looks[~own], row["penalty"])
            left_out[own] = fit(voices[own]) - looks[~own].mean(axis=0)
        scale = max(0, (left_out * away).sum() / (left_out**2).sum())
        expected = ((away - scale * left_out) ** 2).sum() / (away**2).sum()
        assert row["calibration_loss"] == pytest.approx(expected, rel=1e-9)
        assert row["train_loss"] < row["calibration_loss"]


def test_no_penalty_is_chosen_for_pointing_away_from_the_faces():
    """Left-out predictions of pure noise point away from the truth; turned around, they would have no error."""
    rng = np.random.default_rng(1)
    heard, faces = rng.normal(size=(200, 20)), rng.normal(size=(200, 6))
    ridge = fit_face_ridge(heard, faces, [f"s{clip}" for clip in range(200)], [1.0, 1e6])
    assert all(row["calibration_loss"] > 0.9 for row in ridge.curve)


def test_one_voice_alone_gives_its_own_face():
    ridge = fit_face_ridge(np.ones((1, 4)), np.full((1, 3), 2.0), ["s"], [10.0])
    np.testing.assert_allclose(ridge(np.zeros((2, 4))), np.full((2, 3), 2.0))
