"""Cartoons: what is seen in a picture, the shapes drawn of it, and the figure."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from matplotlib.figure import Figure
from matplotlib.path import Path as Outline

from speech2face.base.images import encode_png
from speech2face.base.shards import array_field, write_shard
from speech2face.data.faces.landmarks import MIRRORED
from speech2face.data.sources.manifest import ABOUT_FIELDS
from speech2face.evaluation.figures import avatar, cartoons, style
from speech2face.evaluation.figures.looks import Looks, look_at
from tests.unit.evaluation.figures.drawing import execute, fits

ROOT = Path(__file__).parents[4]
Make = Callable[..., pd.DataFrame]

GROUND, SKIN, HAIR = (150, 150, 150), (200, 150, 120), (60, 40, 20)
LIPS, BROWS, EYES, BEARD = (170, 70, 70), (80, 60, 50), (40, 60, 90), (110, 80, 60)
HAIRLINE = 0.12


def face_points() -> np.ndarray:
    """68 landmarks of a plain symmetric face, in parts of the picture's side."""
    jaw = np.linspace(np.pi, 0, 17)
    left_brow = np.stack([np.linspace(0.28, 0.44, 5), [0.31, 0.29, 0.28, 0.285, 0.3]], axis=1)
    nose = [(0.5, y) for y in (0.37, 0.42, 0.47, 0.52)] + [(x, 0.57) for x in (0.44, 0.47, 0.5, 0.53, 0.56)]
    left_eye = [(0.32, 0.385), (0.35, 0.365), (0.39, 0.365), (0.42, 0.385), (0.39, 0.4), (0.35, 0.4)]
    outer = [(0.4, 0.68), (0.44, 0.66), (0.47, 0.65), (0.5, 0.655), (0.53, 0.65), (0.56, 0.66), (0.6, 0.68)]
    outer += [(0.56, 0.715), (0.53, 0.73), (0.5, 0.735), (0.47, 0.73), (0.44, 0.715)]
    inner = [(0.42, 0.68), (0.47, 0.678), (0.5, 0.679), (0.53, 0.678), (0.58, 0.68)]
    inner += [(0.53, 0.69), (0.5, 0.692), (0.47, 0.69)]
    points = np.zeros((68, 2))
    points[:17] = np.stack([0.5 + 0.3 * np.cos(jaw), 0.42 + 0.45 * np.sin(jaw)], axis=1)
    points[17:22], points[22:27] = left_brow, left_brow[::-1] * (-1, 1) + (1, 0)
    points[27:36], points[36:42] = nose, left_eye
    points[42:48] = points[MIRRORED[42:48]] * (-1, 1) + (1, 0)
    points[48:68] = outer + inner
    return points


def paint(
    side: int = 128, *, beside: dict[int, float] | None = None, beard: bool = False, hair: tuple | None = HAIR
) -> np.ndarray:
    """A face of known colours around `face_points`.

    Args:
        beside: for each landmark of the jaw how deep hair is beside it: 1 has the hair's colour, 0 the ground's.
    """
    points = face_points()
    positions = (np.stack(np.mgrid[:side, :side][::-1], axis=-1).reshape(-1, 2) + 0.5) / side
    picture = np.full((side * side, 3), GROUND, float)

    def fill(outline: np.ndarray, colour: tuple) -> None:
        picture[Outline(outline).contains_points(positions)] = colour

    for number, depth in (beside or {}).items():
        away = np.abs(positions[:, 0] - 0.5) > 0.5 - points[number, 0] + 0.03
        level = np.abs(positions[:, 1] - points[number, 1]) <= 0.035
        picture[away & level] = np.array(GROUND) * (1 - depth) + np.array(HAIR) * depth
    head = (np.abs(positions[:, 0] - 0.5) < 0.3) & (positions[:, 1] < 0.45)
    fill(points[:17], SKIN)
    picture[head] = SKIN
    if hair is not None:
        picture[head & (positions[:, 1] < HAIRLINE)] = hair
    if beard:
        fill(np.vstack([points[3:14], points[[54, 57, 48]] + (0, 0.03)]), BEARD)
    for brow in (points[17:22], points[22:27]):
        fill(np.vstack([brow - (0, 0.012), brow[::-1] + np.array([0, 0.012])]), BROWS)
    for eye in (points[36:42], points[42:48]):
        inside = Outline(eye).contains_points(positions)
        picture[inside] = 240
        picture[inside & (np.linalg.norm(positions - eye.mean(axis=0), axis=1) < 0.02)] = EYES
    fill(points[48:60], LIPS)
    fill(points[60:68], (30, 10, 10))
    return picture.reshape(side, side, 3).astype(np.uint8)


def rgb(colour: np.ndarray | None) -> list[float] | None:
    return None if colour is None else (colour * 255).round().tolist()


@pytest.fixture
def looks() -> Looks:
    return look_at(paint(beard=True), face_points())


@pytest.mark.parametrize("side", [96, 128, 224])
def test_the_colours_of_a_face_are_those_it_is_painted_with(side: int) -> None:
    found = look_at(paint(side), face_points())
    assert rgb(found.skin) == list(SKIN)
    assert rgb(found.lips) == list(LIPS)
    assert rgb(found.brows) == list(BROWS)
    assert rgb(found.eyes) == list(EYES)
    assert rgb(found.hair) == list(HAIR)
    assert found.beard is None
    assert found.hair_length == 0
    np.testing.assert_allclose(found.hairline, HAIRLINE, atol=1 / side)


def test_a_dark_chin_is_a_beard_and_a_crown_of_skin_is_bald(looks: Looks) -> None:
    assert rgb(looks.beard) == list(BEARD)
    assert look_at(paint(hair=None), face_points()).hair is None
    # A shade on the chin, as every face has one, is none.
    shaded = paint()
    shaded[90:] = (shaded[90:] * 0.9).astype(np.uint8)
    assert look_at(shaded, face_points()).beard is None


@pytest.mark.parametrize(
    ("beside", "length"),
    [
        ({0: 1, 1: 1}, 1),
        ({0: 0.1, 1: 0.1}, 0),
        ({0: 1, 1: 1, 2: 1, 3: 1, 4: 1}, 2),
        ({0: 1, 1: 1, 2: 1, 3: 1, 4: 1, 5: 1, 6: 1}, 3),
        ({3: 0.3, 4: 0.3, 5: 0.3, 6: 0.3}, 3),
    ],
)
def test_the_length_of_hair_is_how_far_down_it_is_dark_beside_the_face(beside: dict[int, float], length: int) -> None:
    assert look_at(paint(beside=beside), face_points()).hair_length == length


def test_a_mirrored_picture_looks_the_same() -> None:
    points = face_points() + np.random.default_rng(4).normal(0, 0.004, (68, 2))
    picture = paint(beside={3: 1, 4: 1})
    one = look_at(picture, points)
    other = look_at(picture[:, ::-1].copy(), points[MIRRORED] * (-1, 1) + (1, 0))
    for name, value in vars(one).items():
        if value is not None:
            np.testing.assert_allclose(getattr(other, name), value, atol=0.02, err_msg=name)


def test_landmarks_of_a_face_that_is_off_the_middle_come_to_it() -> None:
    moved = look_at(paint(), face_points() + np.array([0.02, 0.01])).landmarks
    np.testing.assert_allclose(moved, face_points() + np.array([0, 0.01]), atol=1e-7)


def test_features_smaller_than_a_pixel_have_the_nearest_pixels_colour() -> None:
    found = look_at(paint(16), face_points())
    assert np.isfinite(np.hstack([found.skin, found.lips, found.brows, found.eyes])).all()


def shapes_of(looks: Looks, colour: np.ndarray) -> list[Outline]:
    return [s.outline for s in avatar.draw_avatar(looks) if np.allclose(s.colour, colour)]


def test_an_avatar_is_symmetric_but_for_the_light_on_it(looks: Looks) -> None:
    drawn = [np.asarray(shape.outline.vertices) for shape in avatar.draw_avatar(looks)]
    corners = np.vstack(drawn)

    def is_mirrored(vertices: np.ndarray) -> bool:
        apart = np.abs((vertices * (-1, 1) + (1, 0))[:, None] - corners).max(axis=2).min(axis=1)
        return bool((apart < 1e-9).all())

    # All but the two sparks in the eyes and the light on the hair.
    assert sum(not is_mirrored(vertices) for vertices in drawn) == 3


def test_every_outline_is_closed_and_every_colour_is_one(looks: Looks) -> None:
    for shape in avatar.draw_avatar(looks):
        vertices = np.asarray(shape.outline.vertices)
        np.testing.assert_allclose(vertices[0], vertices[-1])
        assert shape.outline.codes is not None
        assert shape.outline.codes[0] == Outline.MOVETO
        assert set(shape.outline.codes[1:]) == {Outline.CURVE4}
        assert ((shape.colour >= 0) & (shape.colour <= 1)).all()
        assert ((vertices > -0.2) & (vertices < 1.2)).all()


def test_the_head_follows_the_jaw_and_the_hair_its_edge(looks: Looks) -> None:
    wide = dataclasses.replace(looks, landmarks=(looks.landmarks - (0.5, 0)) * (1.1, 1) + (0.5, 0))

    def width(of: Looks) -> float:
        head = avatar.draw_avatar(of)[6]
        return float(np.ptp(np.asarray(head.outline.vertices)[:, 0]))

    assert width(wide) == pytest.approx(1.1 * width(looks), rel=0.01)
    low = dataclasses.replace(looks, hairline=looks.hairline + 0.1)
    hair = shapes_of(looks, avatar.draw_avatar(looks)[-4].colour)[0]
    lower = shapes_of(low, avatar.draw_avatar(low)[-4].colour)[0]
    forehead = (0.5, avatar._from_crop(np.array([[0.5, HAIRLINE + 0.05]]))[0, 1])
    assert not hair.contains_point(forehead)
    assert lower.contains_point(forehead)


def test_hair_and_beard_are_drawn_where_they_were_seen(looks: Looks) -> None:
    counts = {
        name: len(avatar.draw_avatar(dataclasses.replace(looks, **change)))
        for name, change in {
            "all": {},
            "shaven": {"beard": None},
            "bald": {"hair": None},
            "ears covered": {"hair_length": 1},
            "to the jaw": {"hair_length": 2},
            "bald, whatever the length": {"hair": None, "hair_length": 3},
        }.items()
    }
    everything = counts.pop("all")
    assert {name: count - everything for name, count in counts.items()} == {
        "shaven": -1,
        "bald": -2,
        "ears covered": -4,
        "to the jaw": -3,
        "bald, whatever the length": -2,
    }
    lowest = [
        np.asarray(avatar.draw_avatar(dataclasses.replace(looks, hair_length=length))[0].outline.vertices)[:, 1].max()
        for length in (2, 3)
    ]
    assert lowest[0] < lowest[1]


@pytest.fixture
def make_faces(make_reconstructions: Make) -> Make:
    """Reconstructions whose S2F pictures are faces with landmarks; nobody is found in the first one."""

    def make(speakers: int, *, labels: bool = True) -> pd.DataFrame:
        made = make_reconstructions(speakers, labels=labels)
        made["s2f"] = encode_png(paint(64))
        made["s2f_landmarks"] = [face_points().astype(np.float32).reshape(-1)] * len(made)
        made.at[0, "s2f_landmarks"] = None
        return made

    return make


def words(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.texts]


@pytest.mark.parametrize(("speakers", "count", "labels"), [(9, 8, True), (5, 8, False), (3, 2, True), (2, 8, False)])
def test_each_speaker_has_two_pictures_and_a_cartoon(make_faces: Make, speakers: int, count: int, labels: bool) -> None:
    shown = min(speakers, count)
    figure = cartoons.draw(make_faces(speakers, labels=labels), count=count)
    assert sum(len(axes.get_images()) for axes in figure.axes) == 2 * shown
    assert sum(len(axes.patches) > 10 for axes in figure.axes) == shown - 1
    assert words(figure).count("no face found") == 1
    assert (style.INVENTED in words(figure)) is labels
    assert figure.get_figwidth() * 25.4 <= style.DOUBLE_MM
    assert fits(figure)


def test_one_speaker_alone_and_without_a_cartoon_fits(make_faces: Make) -> None:
    figure = cartoons.draw(make_faces(1), count=8)
    assert "no face found" in words(figure)
    assert fits(figure)


def test_what_cannot_be_drawn_is_refused_with_advice(make_faces: Make) -> None:
    made = make_faces(2)
    with pytest.raises(ValueError, match="no test clip"):
        cartoons.draw(made.iloc[:0], count=3)
    with pytest.raises(ValueError, match="s2f_landmarks"):
        cartoons.draw(made.drop(columns="s2f_landmarks"), count=3)


def test_the_notebook_draws_the_figure_with_cartoons_as_vectors(make_faces: Make, tmp_path: Path) -> None:
    made = make_faces(4)
    fields = [pa.field("clip_id", pa.string()), pa.field("speaker_id", pa.string()), *ABOUT_FIELDS]
    fields += [pa.field(name, pa.binary()) for name in ("original", "s2f")]
    schema = pa.schema([*fields, array_field("s2f_landmarks", 136, pa.float32())])
    path = tmp_path / "test.arrow"
    write_shard(path, schema, made[schema.names].to_dict("records"))
    execute("cartoons", {"reconstructions": str(path)}, tmp_path, triplets=4)
    assert {path.name for path in tmp_path.glob("cartoons.*")} == {"cartoons.png", "cartoons.pdf", "cartoons.svg"}
    text = (tmp_path / "cartoons.svg").read_text()
    assert text.count("<image") == 2 * 4
    assert text.count("<path") >= 3 * len(avatar.draw_avatar(look_at(paint(64), face_points())))
