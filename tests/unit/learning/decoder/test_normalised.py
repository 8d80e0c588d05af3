"""Normalised faces: landmarks that fit the crop, mirror images, textures in the mean shape, means of people."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from speech2face.data.faces.landmarks import LEFT_EYE, RIGHT_EYE
from speech2face.learning.decoder.networks import on_white
from speech2face.learning.decoder.normalised import (
    MeanShape,
    frontal_landmarks,
    mirror_landmarks,
)
from tests.unit.learning.decoder.made_faces import SIZE, drawing, face


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@given(st.integers(0, 10**6))
def test_mirroring_twice_is_nothing(seed: int) -> None:
    points = face(seed)
    torch.testing.assert_close(mirror_landmarks(mirror_landmarks(points)), points)


def test_mirroring_swaps_left_and_right() -> None:
    points = face()
    mirrored = mirror_landmarks(points[None])[0]
    torch.testing.assert_close(mirrored[36], torch.tensor([1 - points[45, 0], points[45, 1]]))
    torch.testing.assert_close(mirrored[8], torch.tensor([1 - points[8, 0], points[8, 1]]))
    # Every feature stays where its name belongs: the right eye left of the left one.
    assert mirrored[RIGHT_EYE, 0].max() < mirrored[LEFT_EYE, 0].min()
    assert (mirrored - points).abs().max() < 0.06


@given(st.integers(0, 10**6))
def test_frontal_landmarks_are_symmetric_and_keep_heights(seed: int) -> None:
    points = face(seed)
    frontal = frontal_landmarks(points)
    torch.testing.assert_close(mirror_landmarks(frontal), frontal)
    torch.testing.assert_close(frontal[:, 1].mean(), points[:, 1].mean())
    torch.testing.assert_close(frontal[27:31, 0], torch.full((4,), 0.5))


def test_textures_have_their_features_at_the_mean() -> None:
    faces = torch.stack([face(seed) for seed in range(12)])
    mean = MeanShape(faces, torch.ones(len(faces)))
    torch.testing.assert_close(mean.landmarks, frontal_landmarks(faces).mean(dim=0))
    heavy = MeanShape(faces, torch.eye(12)[3])
    torch.testing.assert_close(heavy.landmarks, frontal_landmarks(faces[3]))
    textures = mean.textures(torch.stack([drawing(points) for points in faces]), faces)
    ideal = drawing(mean.landmarks)
    before = torch.stack([drawing(points) - ideal for points in faces]).abs().mean()
    assert (textures - ideal).abs().mean() < 0.5 * before
    # The eye is where the mean landmarks have it, though no face has it there.
    brightest = textures[:, 0].flatten(1).argmax(dim=1)
    found = torch.stack([brightest % SIZE, brightest // SIZE], dim=1) / SIZE + 0.5 / SIZE
    torch.testing.assert_close(found, mean.landmarks[[36, 39]].mean(0).expand(12, 2), atol=1.1 / SIZE, rtol=0)


def test_a_face_of_the_mean_shape_keeps_its_texture() -> None:
    mean = MeanShape(face()[None], torch.ones(1))
    crop = drawing(mean.landmarks)[None]
    torch.testing.assert_close(mean.textures(crop, mean.landmarks[None]), crop, atol=1e-5, rtol=0)


def test_textures_keep_most_of_the_fine_detail_of_faces() -> None:
    mean = MeanShape(face()[None], torch.ones(1))
    crop = torch.rand(1, 1, SIZE, SIZE, generator=torch.Generator().manual_seed(0))
    # All landmarks half a pixel aside, where a bilinear warp would mix two pixels evenly.
    moved = mean.textures(crop, mean.landmarks[None] + torch.tensor([0.5 / SIZE, 0.0]))
    inside = slice(SIZE // 3, 2 * SIZE // 3)
    assert moved[..., inside, inside].var() > 0.6 * crop[..., inside, inside].var()
    assert moved.min() >= 0
    assert moved.max() <= 1


def test_a_mirrored_face_has_the_mirrored_texture() -> None:
    faces = torch.stack([face(seed) for seed in range(4)])
    mean, crops = MeanShape(faces, torch.ones(len(faces))), torch.stack([drawing(points) for points in faces])
    mirrored = mean.textures(crops.flip(3), mirror_landmarks(faces))
    torch.testing.assert_close(mirrored, mean.textures(crops, faces).flip(3), atol=1e-4, rtol=0)


def test_heads_stand_on_white() -> None:
    texture = torch.zeros(1, 4, 1, 3)
    texture[0, :, 0, 1] = torch.tensor([0.2, 0.4, 0.6, 1.0])
    texture[0, :, 0, 2] = torch.tensor([0.1, 0.2, 0.3, 0.5])
    expected = torch.tensor([[1.0, 0.2, 0.6], [1.0, 0.4, 0.7], [1.0, 0.6, 0.8]])
    torch.testing.assert_close(on_white(texture)[0, :, 0], expected)
