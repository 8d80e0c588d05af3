"""Pictures: determinism, position and colours of the face, hair, light, an opening mouth, closing eyes."""

from dataclasses import replace

import numpy as np
import pytest

from speech2face.data.talkers.appearance import HAIR_STYLES, Appearance, sample_appearance
from speech2face.data.talkers.head import Head, HeadModel, HeadShape
from speech2face.data.talkers.motion import Pose
from speech2face.data.talkers.render import Renderer
from speech2face.data.talkers.scene import Scene, sample_scene

SIZE = 128
OPEN = Pose(actions={"jaw_open": 0.55, "lower_lip_down": 0.35})


@pytest.fixture(scope="module")
def head(tmp_path_factory: pytest.TempPathFactory) -> Head:
    model = HeadModel.load(tmp_path_factory.mktemp("model"))
    return model.head(HeadShape(phenotypes={"age": 2 / 3, "gender": 1.0}))


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    return Renderer(SIZE)


@pytest.fixture(scope="module")
def appearance() -> Appearance:
    person = sample_appearance(np.random.default_rng(0), sex="male", age=30.0, ethnicity="caucasian")
    return replace(person, hair_style="crop", hair_rgb=(0.08, 0.06, 0.05), beard="none", glasses=False)


@pytest.fixture(scope="module")
def scene() -> Scene:
    drawn = sample_scene(np.random.default_rng(0))
    return replace(drawn, background="plain", background_rgb=((0.1, 0.2, 0.9),) * 2, offset=(0.0, 0.0), zoom=1.0)


def box(rows: tuple[float, float], columns: tuple[float, float]) -> tuple[slice, slice]:
    """A part of the picture, in shares of its side."""
    return tuple(slice(round(low * SIZE), round(high * SIZE)) for low, high in (rows, columns))


MOUTH, EYES, FOREHEAD = box((0.58, 0.72), (0.4, 0.6)), box((0.38, 0.45), (0.34, 0.66)), box((0.27, 0.31), (0.42, 0.58))


def test_same_input_same_bytes_whatever_was_drawn_before(
    head: Head, renderer: Renderer, appearance: Appearance, scene: Scene
) -> None:
    first = renderer.render(head, appearance, scene, [Pose.neutral(), OPEN])
    renderer.render(head, replace(appearance, hair_style="afro", seed=9), scene, [OPEN])
    again = renderer.render(head, appearance, scene, [Pose.neutral(), OPEN])
    np.testing.assert_array_equal(first, again)
    np.testing.assert_array_equal(first, Renderer(SIZE).render(head, appearance, scene, [Pose.neutral(), OPEN]))
    np.testing.assert_array_equal(renderer.render(head, appearance, scene, [OPEN])[0], first[1])
    assert first.dtype == np.uint8 and first.shape == (2, SIZE, SIZE, 3)


def test_a_picture_does_not_depend_on_the_pose_before(
    head: Head, renderer: Renderer, appearance: Appearance, scene: Scene
) -> None:
    # Vertices that turn away from the camera must not keep the light of the picture before.
    curly = replace(appearance, hair_style="curly")
    up, down = Pose(pitch=-12), Pose(pitch=12)
    after = renderer.render(head, curly, scene, [down, up])[1]
    np.testing.assert_array_equal(after, renderer.render(head, curly, scene, [up])[0])


def test_a_new_appearance_gets_a_new_skin(head: Head, renderer: Renderer, appearance: Appearance, scene: Scene) -> None:
    renderer.render(head, appearance, scene, [OPEN])
    bearded = replace(appearance, beard="full")
    np.testing.assert_array_equal(
        renderer.render(head, bearded, scene, [OPEN]), Renderer(SIZE).render(head, bearded, scene, [OPEN])
    )


def test_person_fills_the_middle_and_background_the_corners(
    head: Head, renderer: Renderer, appearance: Appearance, scene: Scene
) -> None:
    picture = renderer.render(head, appearance, scene, [Pose.neutral()])[0].astype(float)
    blue = picture[..., 2] > picture[..., 0] + 60
    assert blue[: SIZE // 8, : SIZE // 8].all() and blue[: SIZE // 8, -SIZE // 8 :].all()
    face = picture[box((0.35, 0.7), (0.38, 0.62))]
    assert (face[..., 0] > face[..., 2]).mean() > 0.8  # skin is reddish
    assert not blue[box((0.2, 0.75), (0.36, 0.64))].any()
    assert picture[box((0.1, 0.18), (0.45, 0.55))].mean() < 0.5 * picture[FOREHEAD].mean()  # dark hair


def test_mouth_opens_and_eyes_shut_where_they_are(
    head: Head, renderer: Renderer, appearance: Appearance, scene: Scene
) -> None:
    neutral, opened, shut = renderer.render(
        head, appearance, scene, [Pose.neutral(), OPEN, Pose(actions={"blink": 1.0})]
    ).astype(float)
    assert np.abs(opened - neutral)[MOUTH].mean() > 12
    assert np.abs(opened - neutral)[FOREHEAD].mean() < 1
    assert opened[MOUTH].min() < neutral[MOUTH].min() - 5  # the dark inside
    assert np.abs(shut - neutral)[EYES].mean() > 5
    assert np.abs(shut - neutral)[MOUTH].mean() < 1


def test_turning_left_moves_the_face_to_the_pictures_right(
    head: Head, renderer: Renderer, appearance: Appearance, scene: Scene
) -> None:
    # The talker's left is the picture's right.
    turned = replace(appearance, lips_rgb=(0.9, 0.0, 0.0))
    poses = [Pose(yaw=-15), Pose.neutral(), Pose(yaw=15)]
    pictures = renderer.render(head, turned, scene, poses).astype(float)
    redness = np.clip(pictures[..., 0] - 2.2 * pictures[..., 1], 0, None)
    centres = (redness.sum(1) @ np.arange(SIZE)) / redness.sum((1, 2))
    assert centres[0] + 3 < centres[1] < centres[2] - 3


def test_identity_shows_and_colours_are_obeyed(
    head: Head, renderer: Renderer, appearance: Appearance, scene: Scene
) -> None:
    dark = replace(appearance, skin_rgb=(0.31, 0.20, 0.15))
    light_face, dark_face = (
        renderer.render(head, person, scene, [Pose.neutral()])[0][box((0.45, 0.55), (0.36, 0.64))].mean()
        for person in (appearance, dark)
    )
    assert dark_face < 0.6 * light_face
    other = head.model.head(HeadShape(phenotypes={"age": 2 / 3, "gender": 0.0, "weight": 0.9}))
    assert not np.array_equal(
        renderer.render(other, appearance, scene, [OPEN]), renderer.render(head, appearance, scene, [OPEN])
    )


@pytest.mark.parametrize(
    ("field", "part"),
    [
        ("lips_rgb", box((0.63, 0.72), (0.44, 0.56))),
        ("hair_rgb", box((0.12, 0.18), (0.45, 0.55))),
        ("eye_rgb", box((0.39, 0.45), (0.36, 0.43))),
        ("brow_rgb", box((0.33, 0.37), (0.34, 0.42))),
    ],
)
def test_a_colour_shows_where_it_belongs(
    head: Head, renderer: Renderer, appearance: Appearance, scene: Scene, field: str, part: tuple[slice, slice]
) -> None:
    green, red = (
        renderer.render(head, replace(appearance, **{field: rgb}), scene, [Pose.neutral()])[0].astype(float)
        for rgb in ((0.1, 0.8, 0.1), (0.8, 0.1, 0.1))
    )
    assert (red - green)[part][..., 0].max() > 40
    assert (green - red)[part][..., 1].max() > 40
    cheek = box((0.5, 0.55), (0.36, 0.4))
    assert np.abs(red - green)[cheek].mean() < 1


def test_edges_are_smooth(head: Head, renderer: Renderer, appearance: Appearance, scene: Scene) -> None:
    # Between blue background and bald skin a row has at least one pixel of both, in most rows.
    bald = replace(appearance, hair_style="bald")
    blueness = renderer.render(head, bald, scene, [Pose.neutral()])[0].astype(float) @ [-0.5, -0.5, 1.0]
    rows = blueness[SIZE // 8 : SIZE // 3, : SIZE // 2]
    low, high = np.percentile(rows, [10, 90])
    between = (rows > low + 0.3 * (high - low)) & (rows < high - 0.3 * (high - low))
    assert between.any(axis=1).mean() > 0.4


@pytest.mark.parametrize("style", HAIR_STYLES)
def test_each_hair_style_changes_the_picture_but_not_the_face(
    head: Head, renderer: Renderer, appearance: Appearance, scene: Scene, style: str
) -> None:
    bald = renderer.render(head, replace(appearance, hair_style="bald"), scene, [Pose.neutral()])[0].astype(float)
    worn = renderer.render(head, replace(appearance, hair_style=style), scene, [Pose.neutral()])[0].astype(float)
    difference = np.abs(worn - bald)
    assert difference[box((0.5, 0.72), (0.42, 0.58))].mean() < 6
    if style != "bald":
        assert difference[: SIZE // 4].mean() > 5


def test_light_from_the_left_lights_the_left(
    head: Head, renderer: Renderer, appearance: Appearance, scene: Scene
) -> None:
    left_half, right_half = box((0.45, 0.6), (0.34, 0.46)), box((0.45, 0.6), (0.54, 0.66))
    for side in (-1.0, 1.0):
        lit = replace(scene, key_direction=(0.8 * side, 0.3, 0.52), fill_rgb=(0.0, 0.0, 0.0))
        picture = renderer.render(head, appearance, lit, [Pose.neutral()])[0].astype(float)
        assert (picture[right_half].mean() - picture[left_half].mean()) * side > 15


def test_chin_shades_the_neck(head: Head, renderer: Renderer, appearance: Appearance, scene: Scene) -> None:
    noon = replace(scene, key_direction=(0.0, 0.85, 0.53), fill_rgb=(0.0, 0.0, 0.0), neckline="v")
    picture = renderer.render(head, replace(appearance, hair_style="bald"), noon, [Pose.neutral()])[0].astype(float)
    neck, chin = picture[box((0.88, 0.96), (0.47, 0.53))], picture[box((0.75, 0.78), (0.47, 0.53))]
    assert neck.mean() < 0.75 * chin.mean()


def test_no_poses_give_no_pictures(head: Head, renderer: Renderer, appearance: Appearance, scene: Scene) -> None:
    assert renderer.render(head, appearance, scene, []).shape == (0, SIZE, SIZE, 3)


def test_tiny_pictures_are_refused() -> None:
    with pytest.raises(ValueError, match="16"):
        Renderer(8)


def test_shoulders_keep_still_and_join_the_moving_neck(
    head: Head, renderer: Renderer, appearance: Appearance, scene: Scene
) -> None:
    # The still part of the clothes is drawn once: a seam would show the blue background.
    red = replace(scene, neckline="high", cloth_rgb=(0.8, 0.1, 0.1))
    poses = [Pose.neutral(), Pose(yaw=12, pitch=4, shift=(0.05, 0.02), actions={"jaw_open": 1.0})]
    neutral, moved = renderer.render(head, appearance, red, poses).astype(int)
    shoulder = box((0.95, 1.0), (0.0, 0.2))
    np.testing.assert_array_equal(neutral[shoulder], moved[shoulder])
    assert not np.array_equal(neutral[MOUTH], moved[MOUTH])
    chest = moved[box((0.88, 1.0), (0.3, 0.7))]
    assert (chest[..., 0] > chest[..., 2]).all()
