"""Conversion of scene, appearance and pose to the structures that the kernels take."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import warp as wp
from jaxtyping import Float, UInt8

from speech2face.data.talkers.appearance import Appearance
from speech2face.data.talkers.hair import strand_kind
from speech2face.data.talkers.head import Head
from speech2face.data.talkers.kernels import Camera, RigidTransform
from speech2face.data.talkers.motion import Pose
from speech2face.data.talkers.painting import to_linear
from speech2face.data.talkers.scene import NECKLINES, Scene
from speech2face.data.talkers.surfaces import Gaze, Lights, MaterialParameters

_DISTANCE = 14.0  # dm from the eyes to the camera: an ordinary portrait
_FRAME_HEIGHT = 3.15  # dm of the picture at the eyes: the face (1.75 dm) has 55 % of it
_FRAME_CENTRE = -0.26  # dm: height of the picture's middle
_LIGHT_DISTANCE = 40.0  # dm: far enough to be nearly parallel
_PIVOT = np.array([0.0, -0.55, -0.8], dtype=np.float32)  # top of the spine


@dataclass(frozen=True, kw_only=True)
class PosedHead:
    """Transform of the head (`RigidTransform`) and state of the eyes (`Gaze`), one element per frame."""

    rigid: wp.array
    gaze: wp.array


def portrait_camera(scene: Scene, size: int) -> Camera:
    """Head and shoulders, `size` pixels wide."""
    camera = Camera()
    camera.distance = _DISTANCE
    camera.size = size
    camera.scale = scene.zoom * _DISTANCE * size / _FRAME_HEIGHT
    camera.centre_x = size * (0.5 + scene.offset[0])
    camera.centre_y = size * (0.5 - scene.offset[1] + scene.zoom * _FRAME_CENTRE / _FRAME_HEIGHT)
    return camera


def light_camera(size: int) -> Camera:
    """The shadow map's camera, for a person turned to the key light by `light_transform`."""
    camera = Camera()
    camera.distance = _LIGHT_DISTANCE
    camera.size = size
    camera.scale = _LIGHT_DISTANCE * size / (1.4 * _FRAME_HEIGHT)
    camera.centre_x = camera.centre_y = size / 2
    return camera


def _zeros(structure: Any, count: int) -> np.ndarray:
    """A NumPy array of a Warp structure."""
    return np.zeros(count, structure.numpy_dtype())


def light_transform(scene: Scene, device: str) -> wp.array:
    """The rotation after which the key light shines along -z, as one `RigidTransform`."""
    key = np.array(scene.key_direction)
    right = np.cross([0.0, 1.0, 0.0], key)
    right /= np.linalg.norm(right)
    rigid = _zeros(RigidTransform, 1)
    rigid["rotation"] = np.stack([right, np.cross(key, right), key])
    rigid["pivot"] = (0.0, -0.4, -0.4)
    return wp.array(rigid, dtype=RigidTransform, device=device)


def _rotation(yaw: float, pitch: float, roll: float) -> Float[np.ndarray, "3 3"]:
    """Turn by -roll about z, then pitch about x, then yaw about y; degrees."""
    # Python's floats: NumPy takes seven times as long for so few numbers.
    y, p, r = math.radians(yaw), math.radians(pitch), math.radians(-roll)
    cy, sy, cp, sp, cr, sr = math.cos(y), math.sin(y), math.cos(p), math.sin(p), math.cos(r), math.sin(r)
    return np.array(
        [
            [cy * cr + sy * sp * sr, sy * sp * cr - cy * sr, sy * cp],
            [cp * sr, cp * cr, -sp],
            [cy * sp * sr - sy * cr, sy * sr + cy * sp * cr, cy * cp],
        ],
        dtype=np.float32,
    )


def pose_head(head: Head, poses: Sequence[Pose], device: str) -> PosedHead:
    """Transform of the head and state of the eyes in each pose."""
    # Arrays: setting the fields of Warp's structures for each frame takes longer than a small kernel.
    rigid = _zeros(RigidTransform, len(poses))
    gaze = _zeros(Gaze, len(poses))
    rigid["pivot"] = _PIVOT
    for index, pose in enumerate(poses):
        turn = _rotation(pose.yaw, pose.pitch, pose.roll)
        shift = np.array([*pose.shift, 0.0], dtype=np.float32)
        rigid["rotation"][index], rigid["shift"][index] = turn, shift
        eyes = (head.eye_centres - _PIVOT) @ turn.T + _PIVOT + shift
        to_camera = np.array([0, 0, _DISTANCE], dtype=np.float32) - eyes
        to_camera /= np.linalg.norm(to_camera, axis=1, keepdims=True)
        forward = to_camera @ _rotation(pose.gaze[0], -pose.gaze[1], 0.0).T
        gaze["left"][index], gaze["right"][index] = eyes
        gaze["left_forward"][index], gaze["right_forward"][index] = forward
        gaze["up"][index] = turn[:, 1]
        gaze["mouth"][index] = min(1.0, 2.2 * pose.actions.get("jaw_open", 0.0))
    return PosedHead(
        rigid=wp.array(rigid, dtype=RigidTransform, device=device), gaze=wp.array(gaze, dtype=Gaze, device=device)
    )


def lights_of(scene: Scene) -> Lights:
    """A scene's lights as a kernel structure."""
    lights = Lights()
    lights.key, lights.fill, lights.rim = (
        wp.vec3(*d) for d in (scene.key_direction, scene.fill_direction, scene.rim_direction)
    )
    lights.key_rgb, lights.fill_rgb, lights.rim_rgb = (
        wp.vec3(*c) for c in (scene.key_rgb, scene.fill_rgb, scene.rim_rgb)
    )
    lights.key_half, lights.fill_half = (_half_vector(d) for d in (scene.key_direction, scene.fill_direction))
    lights.sky_rgb, lights.ground_rgb = wp.vec3(*scene.sky_rgb), wp.vec3(*scene.ground_rgb)
    return lights


def _half_vector(direction: tuple[float, float, float]) -> wp.vec3:
    half = np.array(direction) + np.array([0.0, 0.0, 1.0])
    return wp.vec3(*(half / np.linalg.norm(half)).tolist())


def material_parameters(head: Head, appearance: Appearance, scene: Scene) -> MaterialParameters:
    """Colours and constants of a clip's materials."""
    parameters = MaterialParameters()
    parameters.hair, parameters.brow = to_linear(appearance.hair_rgb), to_linear(appearance.brow_rgb)
    parameters.iris, parameters.iris_seed = to_linear(appearance.eye_rgb), appearance.seed
    parameters.grey = appearance.grey
    parameters.cloth, parameters.under = to_linear(scene.cloth_rgb), to_linear(scene.under_rgb)
    parameters.stripes, parameters.neckline = scene.stripes, NECKLINES.index(scene.neckline)
    parameters.glasses = to_linear(appearance.glasses_rgb)
    parameters.strand_kind = strand_kind(appearance)
    parameters.eye_radius = head.eye_radius
    return parameters


def tone_curve() -> UInt8[np.ndarray, "levels"]:
    """Linear light 0..2 to sRGB bytes, highlights rolled off."""
    x = np.linspace(0, 2, 4096)
    x = np.where(x > 0.6, 0.6 + 0.4 * (1 - np.exp(-(x - 0.6) / 0.4)), x)
    srgb = np.where(x > 0.0031308, 1.055 * x ** (1 / 2.4) - 0.055, 12.92 * x)
    return np.clip(255 * srgb + 0.5, 0, 255).astype(np.uint8)
