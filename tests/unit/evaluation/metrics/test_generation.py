"""Measures of generated faces: perfect, shuffled, collapsed and missing pictures."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import torch

from speech2face.base.intervals import Estimate
from speech2face.base.shards import array_field, write_shard
from speech2face.data.splits.share import INDEX, TEST, TRAIN
from speech2face.evaluation.metrics.generation import TRAINING_FACES, FaceSet, diversity, identity, measure
from speech2face.evaluation.predictions.schema import Prediction, write_predictions
from tests.unit.evaluation.metrics.readable import DIMENSION, SETTINGS, faces_of, people

RESAMPLES = 100


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """The classifier is so small that threads only wait for one another, for long where the machine is shared."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def crowd(embeddings: np.ndarray) -> FaceSet:
    """Two clips a speaker; women are even."""
    speakers = np.arange(len(embeddings)) // 2
    sexes = np.where(np.arange(speakers.max() + 1) % 2, "male", "female").astype(object)
    return FaceSet(embeddings=embeddings, speakers=speakers, sexes=sexes)


def measured(folder: Path, *, trained: int, tested: int, found: np.ndarray | None = None) -> dict[str, Estimate]:
    """F2F pictures that are the true faces, S2F pictures that are all the same, and draws of the next person."""
    clips = pd.concat([people(trained, TRAIN), people(tested, TEST)], ignore_index=True)
    clips["row"] = np.arange(len(clips))
    faces = faces_of(clips)
    (folder / "faces").mkdir()
    schema = pa.schema([array_field("embedding", DIMENSION, pa.float32())])
    write_shard(folder / "faces" / "00.arrow", schema, [{"embedding": face} for face in faces])
    write_shard(folder / "index.arrow", INDEX, clips.to_dict("records"))
    test, true = clips[clips["split"] == TEST], faces[2 * trained :]
    found = np.ones(len(test), bool) if found is None else found
    same = np.repeat(true[:1], len(test), axis=0)
    methods = [Prediction.complete("f2f", true), Prediction(name="s2f_pictures", embeddings=same, found=found)]
    methods.append(Prediction.complete("draws", np.roll(true, 2, axis=0)))
    write_predictions(folder / "predictions.arrow", test, true, methods)
    fields = {"speaker_id": pa.string(), "f2f_detected": pa.bool_(), "s2f_detected": pa.bool_()}
    fields["draws_detected"] = pa.bool_()
    made = test.assign(f2f_detected=True, s2f_detected=found, draws_detected=True)[list(fields)]
    write_shard(folder / "test.arrow", pa.schema(list(fields.items())), made.to_dict("records"))
    return measure(
        predictions=folder / "predictions.arrow", index=folder / "index.arrow", faces=folder / "faces",
        reconstructions=folder / "test.arrow", settings=SETTINGS, seed=1,
    )  # fmt: skip


def test_identity_against_loops() -> None:
    shown, true = crowd(rng().normal(size=(8, 3))), crowd(rng().normal(size=(8, 3)) + 1)
    found = identity(shown, true, rng(), RESAMPLES)
    apart = [
        (np.linalg.norm(shown.embeddings[a] - true.embeddings[b]), shown.speakers[a], true.speakers[b])
        for a in range(8)
        for b in range(8)
    ]
    own = np.linalg.norm(shown.embeddings - true.embeddings, axis=1).mean()
    assert found["l2"].value == pytest.approx(own)
    assert found["l2_other"].value == pytest.approx(np.mean([d for d, a, b in apart if a != b]))
    assert found["l2_same_sex"].value == pytest.approx(np.mean([d for d, a, b in apart if a != b and a % 2 == b % 2]))
    assert {measure.n for measure in found.values()} == {4}


def test_perfect_pictures_are_the_person_and_shuffled_ones_anybody() -> None:
    faces = rng().normal(size=(200, 16))
    perfect = identity(crowd(faces), crowd(faces), rng(), RESAMPLES)
    assert (perfect["cosine"].value, perfect["l2"].value) == (pytest.approx(1), pytest.approx(0, abs=1e-9))
    shuffled = identity(crowd(np.roll(faces, 2, axis=0)), crowd(faces), rng(), RESAMPLES)
    assert shuffled["cosine"].value == pytest.approx(shuffled["cosine_other"].value, abs=0.1)
    assert shuffled["l2"].value == pytest.approx(shuffled["l2_other"].value, rel=0.05)
    assert perfect["cosine_other"].value == pytest.approx(0, abs=0.02)


def test_diversity_is_a_ratio_of_distances_and_can_be_of_the_sexes_alone() -> None:
    faces = rng().normal(size=(40, 8))
    for factor in (1, 0.5):
        found = diversity(crowd(factor * faces), crowd(faces), rng(), RESAMPLES)
        assert found["diversity"].value == pytest.approx(100 * factor)
        assert found["diversity_same_sex"].value == pytest.approx(100 * factor)
    female = crowd(faces).speakers % 2 == 0
    two_faces = np.where(female[:, None], faces[0], faces[2])
    found = diversity(crowd(two_faces), crowd(faces), rng(), RESAMPLES)
    assert found["diversity"].value > 30
    assert found["diversity_same_sex"].value == 0


def test_people_of_unknown_sex_are_of_no_same_sex() -> None:
    clips = pd.DataFrame({"speaker_id": ["b", "a", "b", "c"], "sex": [None, "male", None, None]}, dtype=object)
    unknown = FaceSet.of_clips(rng().normal(size=(4, 3)), clips)
    assert unknown.speakers.tolist() == [1, 0, 1, 2]
    assert unknown.same_sex.sum() == 1
    assert unknown.weights(np.array([1.0, 3, 0])).tolist() == [1.5, 1, 1.5, 0]
    assert set(identity(unknown, unknown, rng(), RESAMPLES)) == {"cosine", "cosine_other", "l2", "l2_other"}
    assert set(diversity(unknown, unknown, rng(), RESAMPLES)) == {"diversity"}


def test_draws_are_no_copies_and_as_far_from_each_other_as_from_the_truth(tmp_path: Path) -> None:
    found = measured(tmp_path, trained=12, tested=8)
    clips = pd.concat([people(12, TRAIN), people(8, TEST)], ignore_index=True)
    faces = faces_of(clips).astype(float)
    known, true = faces[:24], faces[24:]
    nearest = [min(np.linalg.norm(face - other) for other in known) for face in true]
    assert found["f2f.generation.nearest"].value == pytest.approx(1)
    assert found["s2f_pictures.generation.nearest"].value == pytest.approx(nearest[0] / np.mean(nearest), rel=1e-5)
    drawn = np.roll(true, 2, axis=0)
    apart = ((drawn[::2] - drawn[1::2]) ** 2).sum()
    off = (((drawn[::2] - true[1::2]) ** 2).sum() + ((drawn[1::2] - true[::2]) ** 2).sum()) / 2
    assert found["draws.generation.spread"].value == pytest.approx(np.sqrt(apart / off), rel=1e-5)
    assert not [name for name in found if name.endswith("spread") and not name.startswith("draws")]


def test_perfect_and_collapsed_pictures_of_a_world(tmp_path: Path) -> None:
    found = measured(tmp_path, trained=12, tested=8)
    assert found["f2f.generation.frechet"].value == pytest.approx(0, abs=1e-6)
    assert found["f2f.generation.diversity"].value == pytest.approx(100)
    assert found["f2f.generation.face_score"].value == found["faces.generation.face_score"].value > 2
    assert found["f2f.generation.cosine"].value > found["faces.generation.cosine"].value > 0.9
    assert found["s2f_pictures.generation.face_score"].value == pytest.approx(1)
    assert found["s2f_pictures.generation.diversity"].value == pytest.approx(0, abs=1e-6)
    strangers = found[f"{TRAINING_FACES}.generation.frechet"].value
    assert found["f2f.generation.frechet"].value < strangers < found["s2f_pictures.generation.frechet"].value
    assert f"{TRAINING_FACES}.generation.face_score" not in found
    for name, figure in found.items():
        assert figure.low <= figure.value + 1e-9, name
        assert figure.value <= figure.high + 1e-9, name
        assert figure.n == 8, name


def test_pictures_without_a_face_are_counted_and_left_out(tmp_path: Path) -> None:
    found = measured(tmp_path, trained=8, tested=8, found=np.arange(16) >= 5)
    assert found["f2f.faces.detected"].value == 100
    assert found["s2f.faces.detected"].value == pytest.approx(100 * 5.5 / 8)
    true = faces_of(pd.concat([people(8, TRAIN), people(8, TEST)], ignore_index=True))[16:]
    apart = np.linalg.norm(true - true[0], axis=1)
    # Of the third speaker one clip is left, and of the five after that two each.
    wanted = np.mean([apart[5], *apart[6:].reshape(5, 2).mean(axis=1)])
    assert found["s2f_pictures.generation.l2"].value == pytest.approx(wanted, rel=1e-5)
    assert found["s2f_pictures.generation.l2"].n == 6
    assert found["f2f.generation.l2"].n == 8


@pytest.mark.parametrize(("trained", "tested", "kinds"), [(8, 2, {"faces"}), (4, 5, {"faces", "generation"})])
def test_small_worlds_leave_measures_out(tmp_path: Path, trained: int, tested: int, kinds: set[str]) -> None:
    found = measured(tmp_path, trained=trained, tested=tested)
    assert {name.split(".")[1] for name in found} == kinds
    assert not any(name.startswith(TRAINING_FACES) for name in found)
    assert "s2f.faces.detected" in found


def test_without_one_training_split_there_are_no_strangers_and_no_classifier(tmp_path: Path) -> None:
    found = measured(tmp_path, trained=0, tested=8)
    assert found["f2f.generation.cosine"].value > 0.99
    assert not [name for name in found if "training_faces" in name or "face_score" in name]


def test_no_picture_with_a_face_is_no_crash(tmp_path: Path) -> None:
    found = measured(tmp_path, trained=8, tested=4, found=np.zeros(8, bool))
    assert found["s2f.faces.detected"].value == 0
    assert not any(name.startswith("s2f_pictures") for name in found)
