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
        cosine = left_out[:clips] @ (away[clips:] / np.linalg.norm(away[clips:], axis=1)[:, None]).T
        ranks = [(values > values[clip // 3]).sum() for clip, values in enumerate(cosine)]
        assert row["validation_loss"] == pytest.approx(np.mean(ranks) / (clips / 3 - 1), rel=1e-9)
        assert row["validation_loss"] < 0.5


def test_left_out_predictions_of_pure_noise_are_at_chance():
    """Without the fit's own mean face they would point away from the truth."""
    rng = np.random.default_rng(1)
    heard, faces = rng.normal(size=(300, 20)), rng.normal(size=(300, 6))
    ridge = fit_face_ridge(heard, faces, [f"s{clip:03d}" for clip in range(300)], [1.0, 1e6])
    # Three standard errors of 300 uniform ranks.
    assert all(abs(row["validation_loss"] - 0.5) < 0.05 for row in ridge.curve)


def test_one_voice_alone_gives_its_own_face():
    ridge = fit_face_ridge(np.ones((1, 4)), np.full((1, 3), 2.0), ["s"], [10.0])
    np.testing.assert_allclose(ridge(np.zeros((2, 4))), np.full((2, 3), 2.0))
