"""What another language does to a predicted face."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from speech2face.base.shards import array_field, write_shard
from speech2face.data.splits.share import INDEX
from speech2face.evaluation.metrics.languages import measure
from tests.unit.evaluation.metrics.made_trials import LANGUAGES, SETTINGS, labels, made_faces, write_made_trial

TALKERS = 30
GROUP_AXIS = 8.0
"""How far the groups' faces lie from the others', along an axis of their own each."""


def grouped_faces(speakers: int, seed: int) -> np.ndarray:
    """Faces in which a talker's group can be read."""
    faces = made_faces(speakers, seed=seed)
    for number in range(speakers):
        faces[number, number % 3] += GROUP_AXIS
    return faces


@pytest.fixture
def world(tmp_path: Path) -> dict[str, Path]:
    """The index and faces of training speakers."""
    write_index(tmp_path, known=True)
    return {"index": tmp_path / "index.arrow", "faces": tmp_path}


def write_index(folder: Path, *, known: bool) -> None:
    labelled = [labels(number) if known else dict.fromkeys(labels(0)) for number in range(60)]
    rows = [
        {"clip_id": f"l{n:05d}_0", "speaker_id": f"l{n:05d}", "split": "train", "shard": "00", "row": n} | labelled[n]
        for n in range(60)
    ]
    write_shard(folder / "index.arrow", INDEX, rows)
    schema = pa.schema([array_field("embedding", 16, pa.float32())])
    write_shard(folder / "00.arrow", schema, [{"embedding": face} for face in grouped_faces(60, 5)])


def run(tmp_path: Path, world: dict[str, Path], voices: dict[str, np.ndarray], **how: object) -> dict:
    path = write_made_trial(tmp_path / "t.arrow", voices, grouped_faces(TALKERS, 1), **how)
    return measure(languages=path, **world, settings=SETTINGS, seed=0)


def spoken(voices: np.ndarray, others: np.ndarray) -> dict[str, np.ndarray]:
    """The embeddings in each language: `voices` where it is the own one, else `others`."""
    own = np.arange(TALKERS) % 3
    return {code: np.where((own == position)[:, None], voices, others) for position, code in enumerate(LANGUAGES)} | {
        "own_again": voices
    }


def test_a_language_that_changes_nothing(tmp_path, world):
    voices = grouped_faces(TALKERS, 1)
    found = run(tmp_path, world, spoken(voices, voices))
    for code in (*LANGUAGES, "others", "own_again"):
        assert found[f"s2f.languages.{code}.distance"].value == pytest.approx(0, abs=1e-6)
        assert found[f"s2f.languages.{code}.changed_group"].value == 0
        assert found[f"s2f.languages.{code}.against_own.recall_at_10_percent"].value == 0
        assert found[f"s2f.languages.{code}.recall_at_10_percent"].value == 100
    assert {found[f"s2f.languages.{code}.distance"].n for code in LANGUAGES} == {20}  # whose own it is not
    assert found["s2f.languages.own_again.distance"].n == TALKERS
    assert found["s2f.languages.ja.read_as_asian"].value == pytest.approx(100 / 3)
    assert found["s2f.languages.ja.read_as_asian"].n == TALKERS
    assert found["faces.languages.read_as_african"].value == pytest.approx(100 / 3)


def test_a_face_turned_round_is_at_distance_two(tmp_path, world):
    voices = grouped_faces(TALKERS, 1)
    centre = voices.mean(axis=0)
    found = run(tmp_path, world, spoken(voices, 2 * centre - voices))
    assert found["s2f.languages.sw.distance"].value == pytest.approx(2, abs=1e-5)
    assert found["s2f.languages.others.distance"].value == pytest.approx(2, abs=1e-5)
    assert found["s2f.languages.sw.against_own_again.distance"].value == pytest.approx(2, abs=1e-5)
    assert found["s2f.languages.sw.against_own.recall_at_10_percent"].value < -50
    units = (voices - centre) / np.linalg.norm(voices - centre, axis=1, keepdims=True)
    apart = 1 - units @ units.T
    assert found["s2f.languages.talkers.distance"].value == pytest.approx(apart[~np.eye(TALKERS, dtype=bool)].mean())
    foreign = np.arange(TALKERS) % 3 != 0
    among = apart[np.ix_(foreign, foreign)][~np.eye(20, dtype=bool)].mean()
    assert found["s2f.languages.sw.distance_over_talkers"].value == pytest.approx(2 / among, rel=1e-5)


def test_a_language_that_makes_all_look_like_a_group(tmp_path, world):
    voices = grouped_faces(TALKERS, 1)
    as_asian = made_faces(TALKERS, seed=1)
    as_asian[:, 1] += GROUP_AXIS
    found = run(tmp_path, world, spoken(voices, voices) | {"ja": as_asian})
    assert found["s2f.languages.ja.read_as_asian"].value == 100
    assert found["s2f.languages.ja.changed_group"].value == 100
    assert found["s2f.languages.ja.against_own_again.changed_group"].value == 100
    assert found["s2f.languages.de.changed_group"].value == 0
    # A third speaks `ja` as its own; of the others' two foreign languages one changes the group.
    assert found["s2f.languages.others.changed_group"].value == pytest.approx(100 * 2 / 3 / 2)


def test_a_shift_that_all_share_is_a_shift(tmp_path, world):
    voices = grouped_faces(TALKERS, 1)
    moved = voices + 50 * np.eye(16, dtype=np.float32)[9]
    found = run(tmp_path, world, spoken(voices, moved) | {"ja": moved})
    assert found["s2f.languages.ja.distance"].value > 0.5
    assert found["s2f.languages.ja.recall_at_10_percent"].value < 60


def test_languages_that_few_speak_count_as_their_own_only(tmp_path, world):
    voices = grouped_faces(TALKERS, 1)
    own = {"only": {"de": list(range(2, TALKERS, 3))}}
    found = run(tmp_path, world, spoken(voices, voices), **own)
    assert found["s2f.languages.own.recall_at_10_percent"].n == TALKERS
    assert "s2f.languages.de.distance" not in found
    assert "s2f.languages.ja.distance" in found


def test_without_groups_there_is_no_probe_and_with_two_talkers_nothing(tmp_path, world):
    voices = grouped_faces(TALKERS, 1)
    write_index(tmp_path, known=False)
    found = run(tmp_path, world, spoken(voices, voices))
    assert "s2f.languages.ja.distance" in found
    assert not any("group" in name or "read_as" in name for name in found)
    assert run(tmp_path, world, spoken(voices, voices), only={code: [0, 1] for code in (*LANGUAGES, "own_again")}) == {}


def test_a_trial_without_own_languages_is_an_error(tmp_path, world):
    with pytest.raises(ValueError, match="own language"):
        run(tmp_path, world, {"own_again": grouped_faces(TALKERS, 1)})
