"""Motion: small and smooth, eyes that blink, a mouth that follows."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from speech2face.data.talkers.mesh import ACTIONS
from speech2face.data.talkers.motion import Pose, sample_motion

FPS = 25.0


def move(mouth: np.ndarray, seed: int = 0) -> list[Pose]:
    return sample_motion(np.random.default_rng(seed), mouth=mouth, fps=FPS)


def track(poses: list[Pose], action: str) -> np.ndarray:
    return np.array([pose.actions[action] for pose in poses])


def test_neutral_is_frontal_and_closed() -> None:
    neutral = Pose.neutral()
    assert (neutral.yaw, neutral.pitch, neutral.roll, neutral.gaze) == (0, 0, 0, (0, 0))
    assert not any(neutral.actions.values())


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 1000), frames=st.integers(1, 120))
def test_heads_turn_a_little_and_smoothly(seed: int, frames: int) -> None:
    poses = move(np.random.default_rng(seed).uniform(0, 1, frames), seed)
    assert len(poses) == frames
    angles = np.array([(pose.yaw, pose.pitch, pose.roll) for pose in poses])
    assert np.abs(angles).max() < 25
    assert np.abs(np.diff(angles, axis=0)).max(initial=0) < 2.0  # degrees a frame
    assert all(0 <= value <= 1 for pose in poses for value in pose.actions.values())


def test_the_mouth_follows() -> None:
    mouth = 0.5 - 0.5 * np.cos(np.arange(100) / 4)
    jaw = track(move(mouth), "jaw_open")
    assert np.corrcoef(jaw, mouth)[0, 1] > 0.97
    assert jaw.max() > 0.4
    assert track(move(np.zeros(100)), "jaw_open").max() == 0


def test_people_blink_now_and_then() -> None:
    blink = track(move(np.zeros(1500)), "blink")  # a minute
    closings = np.sum((blink[1:] > 0.6) & (blink[:-1] <= 0.6))
    assert 8 <= closings <= 30
    assert (blink > 0.5).mean() < 0.15


def test_same_seed_same_motion() -> None:
    mouth = np.linspace(0, 1, 30)
    assert move(mouth, 4) == move(mouth, 4)
    assert move(mouth, 4) != move(mouth, 5)


def test_bad_mouths_and_unknown_actions_are_refused() -> None:
    for mouth in (np.zeros(0), np.array([0.2, 1.5]), np.array([np.nan])):
        with pytest.raises(ValueError, match="at least one frame"):
            move(mouth)
    with pytest.raises(ValueError, match=next(iter(ACTIONS))):
        Pose(actions={"ears_flap": 1.0})
