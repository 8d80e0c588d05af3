"""A talker's motion: poses of head, eyes and mouth, frame by frame."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float
from scipy.ndimage import gaussian_filter1d

from speech2face.data.talkers.mesh import ACTIONS


@dataclass(frozen=True, kw_only=True)
class Pose:
    """One frame. Angles in degrees: yaw to the talker's left, pitch down, roll to the talker's left shoulder.

    shift: of the whole person, decimetres right and up in the picture. gaze: degrees to the talker's left
    and up. actions: strengths 0..1 by the names of `mesh.ACTIONS`, 0 where absent.
    """

    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0
    shift: tuple[float, float] = (0.0, 0.0)
    gaze: tuple[float, float] = (0.0, 0.0)
    actions: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        unknown = sorted(set(self.actions) - set(ACTIONS))
        if unknown:
            raise ValueError(f"Pose knows no action {', '.join(unknown)}; use {', '.join(ACTIONS)}.")

    @classmethod
    def neutral(cls) -> "Pose":
        """Frontal, eyes on the camera, mouth closed."""
        return cls()


def _smooth_noise(rng: np.random.Generator, frames: int, fps: float, *, seconds: float) -> Float[np.ndarray, "frames"]:
    """Gaussian-filtered noise of unit variance with a time scale of about `seconds`."""
    sigma = seconds * fps / 2
    margin = int(np.ceil(4 * sigma))
    noise = gaussian_filter1d(rng.normal(size=frames + 2 * margin), sigma)[margin : margin + frames]
    return noise * np.sqrt(2 * sigma * np.sqrt(np.pi))


def _blinks(rng: np.random.Generator, frames: int, fps: float) -> Float[np.ndarray, "frames"]:
    """Eyelid closure: a blink of a third of a second every 2 to 6 s."""
    time = np.arange(frames) / fps
    closure = np.zeros(frames)
    start = float(rng.uniform(0.2, 4.0))
    while start < frames / fps:
        rise, fall = (time - start) / 0.09, (start + 0.3 - time) / 0.18
        closure = np.maximum(closure, np.clip(np.minimum(rise, fall), 0, 1))
        start += float(rng.uniform(2.0, 6.0))
    return closure * closure * (3 - 2 * closure)


def _glances(rng: np.random.Generator, frames: int, fps: float) -> Float[np.ndarray, "frames 2"]:
    """Gaze held for about a second at a time, mostly at the camera."""
    gaze = np.zeros((frames, 2))
    frame = 0
    while frame < frames:
        hold = int(rng.uniform(0.4, 1.6) * fps) + 1
        wide = 1.0 if rng.uniform() < 0.2 else 0.25
        gaze[frame : frame + hold] = rng.normal(0, [6.0 * wide, 3.0 * wide])
        frame += hold
    return gaussian_filter1d(gaze, 0.03 * fps, axis=0)


def sample_motion(rng: np.random.Generator, *, mouth: Float[np.ndarray, "frames"], fps: float) -> list[Pose]:
    """Poses of a clip with the given mouth opening (0..1 per frame).

    Raises ValueError when `mouth` is empty or leaves 0..1.
    """
    frames = len(mouth)
    if frames == 0 or not (np.min(mouth) >= 0 and np.max(mouth) <= 1):
        raise ValueError("sample_motion needs at least one frame of mouth openness in 0..1; scale or clip it.")
    opening = gaussian_filter1d(mouth.astype(np.float64), 0.02 * fps)
    energy = gaussian_filter1d(opening, 0.5 * fps)
    steady = rng.normal(0, [3.5, 2.0, 1.5])
    yaw = steady[0] + 2.5 * _smooth_noise(rng, frames, fps, seconds=1.2)
    pitch = steady[1] + (0.8 + 1.2 * energy) * _smooth_noise(rng, frames, fps, seconds=0.7)
    roll = steady[2] + 1.2 * _smooth_noise(rng, frames, fps, seconds=1.5)
    sway = 0.03 * np.stack([_smooth_noise(rng, frames, fps, seconds=1.5) for _ in range(2)], axis=1)
    blink, gaze = _blinks(rng, frames, fps), _glances(rng, frames, fps)
    brow = np.clip(0.35 * _smooth_noise(rng, frames, fps, seconds=0.6), -0.25, 0.8)
    smile = np.clip(rng.uniform(0.0, 0.25) + 0.08 * _smooth_noise(rng, frames, fps, seconds=1.5), 0, 0.45)
    rounded = np.clip(0.5 * _smooth_noise(rng, frames, fps, seconds=0.16), -1, 1)
    poses = []
    for i in range(frames):
        o = float(opening[i])
        actions = {
            "jaw_open": 0.55 * o,
            "lower_lip_down": 0.35 * o,
            "upper_lip_up": 0.22 * o,
            "funnel": 0.5 * o * max(0.0, rounded[i]),
            "pucker": 0.35 * (0.3 + o) * max(0.0, rounded[i]) * float(energy[i] > 0.05),
            "stretch": 0.4 * o * max(0.0, -rounded[i]),
            "smile": float(smile[i]),
            "cheek_squint": 0.5 * float(smile[i]),
            "blink": float(np.clip(blink[i] - 0.012 * gaze[i, 1], 0, 1)),
            "brow_raise": max(0.0, float(brow[i])),
            "brow_down": max(0.0, -float(brow[i])),
        }
        poses.append(
            Pose(
                yaw=float(yaw[i]),
                pitch=float(pitch[i]),
                roll=float(roll[i]),
                shift=(float(sway[i, 0]), float(sway[i, 1])),
                gaze=(float(gaze[i, 0]), float(gaze[i, 1])),
                actions=actions,
            )
        )
    return poses
