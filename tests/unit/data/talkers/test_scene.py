"""Scenes: light from the front, backgrounds of every kind, the same from the same seed."""

from dataclasses import replace

import numpy as np
import pytest

from speech2face.data.talkers.scene import NECKLINES, draw_background, sample_scene


def scenes(count: int) -> list:
    rng = np.random.default_rng(1)
    return [sample_scene(rng) for _ in range(count)]


def test_same_seed_same_scene_and_no_two_alike() -> None:
    assert scenes(5) == scenes(5)
    assert len(set(scenes(40))) == 40


def test_key_light_comes_from_the_front_and_above_on_either_side() -> None:
    directions = np.array([scene.key_direction for scene in scenes(300)])
    np.testing.assert_allclose(np.linalg.norm(directions, axis=1), 1, atol=1e-6)
    assert (directions[:, 2] > 0).mean() > 0.98
    assert (directions[:, 1] > 0).mean() > 0.98
    assert 0.4 < (directions[:, 0] > 0).mean() < 0.6


def test_all_necklines_and_backgrounds_occur() -> None:
    drawn = scenes(200)
    assert {scene.neckline for scene in drawn} == set(NECKLINES)
    assert {scene.background for scene in drawn} == {"plain", "gradient", "blurred", "studio"}


@pytest.mark.parametrize("kind", ["plain", "gradient", "blurred", "studio"])
def test_backgrounds_are_colours_and_repeat(kind: str) -> None:
    scene = replace(scenes(1)[0], background=kind)
    picture = draw_background(scene, 64)
    assert picture.shape == (64, 64, 3)
    assert picture.min() >= 0 and picture.max() <= 1
    np.testing.assert_array_equal(picture, draw_background(scene, 64))
    other = draw_background(replace(scene, seed=scene.seed + 1, background_rgb=((0.9, 0.1, 0.1),) * 2), 64)
    assert np.abs(other - picture).max() > 0.05


def test_framing_jitters_little() -> None:
    drawn = scenes(300)
    assert all(0.9 < scene.zoom < 1.1 for scene in drawn)
    assert np.abs([scene.offset for scene in drawn]).max() < 0.1
