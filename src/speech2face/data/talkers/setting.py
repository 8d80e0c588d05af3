"""A scene, an appearance and a pose in the shape that the shading kernel takes."""

from dataclasses import dataclass

import numpy as np
import warp as wp
from jaxtyping import Float, UInt8

from speech2face.data.talkers.appearance import Appearance
from speech2face.data.talkers.hair import strand_kind
from speech2face.data.talkers.head import Head
from speech2face.data.talkers.kernels import Camera, Rigid
from speech2face.data.talkers.motion import Pose
from speech2face.data.talkers.painting import to_linear
from speech2face.data.talkers.scene import NECKLINES, Scene
from speech2face.data.talkers.surfaces import Gaze, Lights, Looks

_DISTANCE = 14.0  # dm from the eyes to the camera: an ordinary portrait
_FRAME_HEIGHT = 3.15  # dm of the picture at the eyes: the face (1.75 dm) has 55 % of it
_FRAME_CENTRE = -0.26  # dm: height of the picture's middle
_LIGHT_DISTANCE = 40.0  # dm: far enough to be nearly parallel
_PIVOT = np.array([0.0, -0.55, -0.8], dtype=np.float32)  # top of the spine


@dataclass(frozen=True, kw_only=True)
class Stance:
    """How the head stands and the eyes look in one frame."""

    rigid: Rigid
    gaze: Gaze


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
    """What the key light sees of the person, once `light_stance` has turned it to the light."""
    camera = Camera()
    camera.distance = _LIGHT_DISTANCE
    camera.size = size
    camera.scale = _LIGHT_DISTANCE * size / (1.4 * _FRAME_HEIGHT)
    camera.centre_x = camera.centre_y = size / 2
    return camera


def light_rigid(scene: Scene) -> Rigid:
    """Turns the person so that the key light shines along -z."""
    key = np.array(scene.key_direction)
    right = np.cross([0.0, 1.0, 0.0], key)
    right /= np.linalg.norm(right)
    rigid = Rigid()
    rigid.rotation = wp.mat33(np.stack([right, np.cross(key, right), key]).astype(np.float32))
    rigid.pivot = wp.vec3(0.0, -0.4, -0.4)
    return rigid


def _rotation(yaw: float, pitch: float, roll: float) -> Float[np.ndarray, "3 3"]:
    y, p, r = np.deg2rad([yaw, pitch, roll])
    about_y = np.array([[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(p), -np.sin(p)], [0, np.sin(p), np.cos(p)]])
    about_z = np.array([[np.cos(r), np.sin(r), 0], [-np.sin(r), np.cos(r), 0], [0, 0, 1]])
    return (about_y @ about_x @ about_z).astype(np.float32)


def stance(head: Head, pose: Pose) -> Stance:
    """Where the head and the eyes are in a pose."""
    turn = _rotation(pose.yaw, pose.pitch, pose.roll)
    shift = np.array([*pose.shift, 0.0], dtype=np.float32)
    rigid = Rigid()
    rigid.rotation = wp.mat33(turn)
    rigid.pivot = wp.vec3(*_PIVOT.tolist())
    rigid.shift = wp.vec3(*shift.tolist())
    eyes = (head.eye_centres - _PIVOT) @ turn.T + _PIVOT + shift
    to_camera = np.array([0, 0, _DISTANCE], dtype=np.float32) - eyes
    to_camera /= np.linalg.norm(to_camera, axis=1, keepdims=True)
    forward = to_camera @ _rotation(pose.gaze[0], -pose.gaze[1], 0.0).T
    gaze = Gaze()
    gaze.left, gaze.right = (wp.vec3(*eye) for eye in eyes.tolist())
    gaze.left_forward, gaze.right_forward = (wp.vec3(*look) for look in forward.tolist())
    gaze.up = wp.vec3(*turn[:, 1].tolist())
    gaze.mouth = float(min(1.0, 2.2 * pose.actions.get("jaw_open", 0.0)))
    return Stance(rigid=rigid, gaze=gaze)


def lights_of(scene: Scene) -> Lights:
    """A scene's light."""
    lights = Lights()
    lights.key, lights.fill, lights.rim = (
        wp.vec3(*d) for d in (scene.key_direction, scene.fill_direction, scene.rim_direction)
    )
    lights.key_rgb, lights.fill_rgb, lights.rim_rgb = (
        wp.vec3(*c) for c in (scene.key_rgb, scene.fill_rgb, scene.rim_rgb)
    )
    lights.key_half, lights.fill_half = (_half_way(d) for d in (scene.key_direction, scene.fill_direction))
    lights.sky_rgb, lights.ground_rgb = wp.vec3(*scene.sky_rgb), wp.vec3(*scene.ground_rgb)
    return lights


def _half_way(direction: tuple[float, float, float]) -> wp.vec3:
    half = np.array(direction) + np.array([0.0, 0.0, 1.0])
    return wp.vec3(*(half / np.linalg.norm(half)).tolist())


def looks_of(head: Head, appearance: Appearance, scene: Scene) -> Looks:
    """Colours and constants of a clip."""
    looks = Looks()
    looks.hair, looks.brow = to_linear(appearance.hair_rgb), to_linear(appearance.brow_rgb)
    looks.iris, looks.iris_seed = to_linear(appearance.eye_rgb), appearance.seed
    looks.grey = appearance.grey
    looks.cloth, looks.under = to_linear(scene.cloth_rgb), to_linear(scene.under_rgb)
    looks.stripes, looks.neckline = scene.stripes, NECKLINES.index(scene.neckline)
    looks.glasses = to_linear(appearance.glasses_rgb)
    looks.strand_kind = strand_kind(appearance)
    looks.eye_radius = head.eye_radius
    return looks


def tone_curve() -> UInt8[np.ndarray, "levels"]:
    """Linear light 0..2 to sRGB bytes, highlights rolled off."""
    x = np.linspace(0, 2, 4096)
    x = np.where(x > 0.6, 0.6 + 0.4 * (1 - np.exp(-(x - 0.6) / 0.4)), x)
    srgb = np.where(x > 0.0031308, 1.055 * x ** (1 / 2.4) - 0.055, 12.92 * x)
    return np.clip(255 * srgb + 0.5, 0, 255).astype(np.uint8)
