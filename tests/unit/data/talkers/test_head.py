"""Heads: the blend agrees with anny's, changes are symmetric and tame, and the cache is safe."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import load_file, save_file

from speech2face.base.files import write_tensors
from speech2face.data.talkers import mesh
from speech2face.data.talkers.head import LOCAL_CHANGES, MODEL_FILE, TRACT_CHANGES, Head, HeadModel, HeadShape

ADULT = {"age": 2 / 3}


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("model")


@pytest.fixture(scope="module")
def model(cache: Path) -> HeadModel:
    return HeadModel.load(cache)


def skin(head: Head) -> np.ndarray:
    return head.vertices[np.unique(head.triangles[head.model.materials == mesh.Material.SKIN])]


def face_height(head: Head) -> float:
    """From the chin's lowest to the crown's highest point, on the average head's vertices for both."""
    canonical = head.model.canonical
    middle = np.flatnonzero((np.abs(canonical[:, 0]) < 0.02) & (canonical[:, 2] > -0.2))
    chin = middle[np.argmin(np.abs(canonical[middle, 1] + 1.08))]
    return float(head.vertices[:, 1].max() - head.vertices[chin, 1])


def test_blend_multiplies_the_levels_of_the_phenotypes(model: HeadModel) -> None:
    levels = dict(mesh.macro_targets())
    index = list(levels).index
    shape = HeadShape(phenotypes={"gender": 1.0, "age": 1.0, "african": 1.0, "asian": 1.0, "caucasian": 0.0})
    expected = model.base + 0.5 * (model.macro[index("african-male-old")] + model.macro[index("asian-male-old")])
    build = "male-old-averagemuscle-averageweight"
    expected = expected + model.macro[index(f"universal-{build}")]
    for side in ("minheight", "maxheight"):
        expected = expected + 0.5 * model.macro[index(f"height/{build}-{side}")]
    for side in ("uncommonproportions", "idealproportions"):
        expected = expected + 0.5 * model.macro[index(f"proportions/{build}-{side}")]
    head = model.head(shape)
    np.testing.assert_allclose(head.vertices - head.vertices[0], expected - expected[0], atol=2e-5)


def test_head_stands_with_its_eyes_at_the_origin(model: HeadModel) -> None:
    head = model.head(HeadShape(phenotypes=ADULT))
    np.testing.assert_allclose(head.eye_centres.mean(0), 0, atol=1e-5)
    assert head.eye_centres[0, 0] > 0.2 > -0.2 > head.eye_centres[1, 0]
    assert 0.1 < head.eye_radius < 0.2
    eyes = np.unique(head.triangles[model.materials == mesh.Material.EYE])
    assert np.abs(head.vertices[eyes]).max() < 0.6


@pytest.mark.parametrize("name", LOCAL_CHANGES)
def test_every_local_change_does_something_and_the_same_on_both_sides(model: HeadModel, name: str) -> None:
    neutral = model.head(HeadShape(phenotypes=ADULT)).vertices
    for value in (1.0, -1.0):
        change = model.head(HeadShape(phenotypes=ADULT, local_changes={name: value})).vertices - neutral
        assert np.abs(change).max() > 0.003, f"{name} {value} moves nothing"
        left, right = (np.abs(change[model.canonical[:, 0] * side > 0.01]).sum() for side in (1, -1))
        assert left == pytest.approx(right, rel=0.1, abs=0.2)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_random_heads_stay_human(model: HeadModel, seed: int) -> None:
    rng = np.random.default_rng(seed)
    local = dict(zip(LOCAL_CHANGES, rng.normal(0, 0.3, len(LOCAL_CHANGES)).tolist(), strict=True))
    phenotypes = {"gender": rng.uniform(), "age": rng.uniform(0.6, 1.0), "weight": rng.uniform(0.15, 0.9)}
    head = model.head(HeadShape(phenotypes=phenotypes, local_changes=local))
    assert np.isfinite(head.vertices).all()
    assert 1.8 < face_height(head) < 2.7  # dm from chin to crown, of adults
    upper = skin(head)
    upper = upper[upper[:, 1] > -0.3]
    assert 1.3 < np.ptp(upper[:, 0]) < 2.2  # ear to ear
    assert np.abs(upper.mean(0)[0]) < 0.02


def test_a_longer_tract_makes_a_longer_face(model: HeadModel) -> None:
    assert set(TRACT_CHANGES) <= set(LOCAL_CHANGES)
    short, average, long = (
        face_height(model.head(HeadShape(phenotypes=ADULT, local_changes={k: s * v for k, v in TRACT_CHANGES.items()})))
        for s in (-1, 0, 1)
    )
    assert short + 0.03 < average < long - 0.03


def test_men_have_the_larger_heads(model: HeadModel) -> None:
    woman, man = (face_height(model.head(HeadShape(phenotypes=ADULT | {"gender": g}))) for g in (0.0, 1.0))
    assert man > woman + 0.02


def test_jaw_opens_downwards_and_leaves_the_skull(model: HeadModel) -> None:
    opening = model.actions[list(mesh.ACTIONS).index("jaw_open")]
    chin = np.argmin(np.where(model.masks[:, 0] > 0.5, model.canonical[:, 1], 9))
    assert opening[chin, 1] < -0.05
    assert np.abs(opening[model.canonical[:, 1] > 0.4]).max() < 0.02


def test_two_loads_give_the_same_and_another_version_is_refused(model: HeadModel, cache: Path, tmp_path: Path) -> None:
    again = HeadModel.load(cache)
    np.testing.assert_array_equal(again.macro, model.macro)
    arrays = load_file(cache / MODEL_FILE)
    save_file(arrays, tmp_path / MODEL_FILE)
    with pytest.raises(ValueError, match=r"has no checksum.*delete it"):
        HeadModel.load(tmp_path)
    write_tensors(tmp_path / MODEL_FILE, arrays, save_file)
    with pytest.raises(ValueError, match=r"its format is None.*delete it"):
        HeadModel.load(tmp_path)


@pytest.mark.parametrize(
    ("phenotypes", "local", "message"),
    [
        ({"genda": 1.0}, {}, "genda"),
        ({"age": 1.2}, {}, "age"),
        ({"age": 0.1}, {}, "child"),
        ({}, {"tail": 1.0}, "tail"),
    ],
)
def test_what_no_head_has_is_refused(phenotypes: dict, local: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        HeadShape(phenotypes=phenotypes, local_changes=local)
