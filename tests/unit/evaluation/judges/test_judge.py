"""The judges phase: pictures are cut by their own landmarks, folds are put together, and absence is told."""

import numpy as np
import pyarrow as pa
import pytest

from speech2face.base.images import encode_png
from speech2face.base.shards import array_field, read_shard, write_shard
from speech2face.config import Judges
from speech2face.data.faces.alignment import crop_landmarks
from speech2face.data.sources import samples
from speech2face.data.splits.share import INDEX
from speech2face.evaluation.judges import judge
from speech2face.evaluation.judges.fetch import JUDGES
from speech2face.evaluation.predictions.schema import read_predictions
from speech2face.evaluation.reconstructions.reconstruct import schema
from tests.unit.learning.decoder.made_faces import face

SETTINGS = Judges(training_faces=10, batch=2, threads=1)
SIDE = 40
SPEAKERS = {"c0": "p0", "c1": "p0", "c2": "p1", "c3": "p2"}
FRAMES = {clip: (100 * face(row)).numpy() for row, clip in enumerate(SPEAKERS)}
"""Landmarks in the pixels of the frame from which each crop was cut."""


class Recogniser:
    """An embedding is the colour of a chip, and where in the picture the tip of the nose lies."""

    dimension = 5

    def __init__(self):
        self.cuts = 0

    def cut(self, picture, landmarks):
        self.cuts += 1
        return np.concatenate([picture[0, 0], landmarks[30]])[None, None]

    def embed(self, chips):
        return chips[:, 0, 0]


@pytest.fixture
def recogniser(monkeypatch):
    made = Recogniser()
    monkeypatch.setattr(judge, "missing", lambda name: None)
    monkeypatch.setattr(judge, "load_judge", lambda name, threads: made)
    return made


def picture(red):
    return encode_png(np.full((SIDE, SIDE, 3), (red, 0, 0), np.uint8))


@pytest.fixture
def write(tmp_path):
    """Write the faces, and index and reconstructions of a fold; returns those two files."""
    fields = [pa.field("crop", pa.binary()), array_field("landmarks", 136, pa.float32())]
    faces = [
        {"crop": picture(row), "landmarks": FRAMES[clip].reshape(-1).astype(np.float32)}
        for row, clip in enumerate(SPEAKERS)
    ]
    write_shard(tmp_path / "faces" / "00.arrow", pa.schema(fields), faces)

    def fold(name, train, test):
        rows = [
            {"clip_id": clip, "speaker_id": SPEAKERS[clip], "split": split, "shard": "00", "row": int(clip[1])}
            for split, clips in (("train", train), ("test", test))
            for clip in clips
        ]
        write_shard(tmp_path / f"{name}_index.arrow", INDEX, rows)
        made = [
            {"clip_id": clip, "speaker_id": SPEAKERS[clip], "original": picture(int(clip[1]))}
            | {"original_landmarks": crop_landmarks(FRAMES[clip].astype(float)).reshape(-1)}
            | {"f2f": picture(100 + int(clip[1])), "f2f_landmarks": np.full(136, 0.25, np.float32)}
            | {"s2f": picture(200), "s2f_landmarks": None if clip == "c3" else np.full(136, 0.5, np.float32)}
            for clip in test
        ]
        write_shard(tmp_path / f"{name}.arrow", schema(3), made)
        return tmp_path / f"{name}_index.arrow", tmp_path / f"{name}.arrow"

    return fold


def run(tmp_path, *folds, published=None):
    indices, reconstructions = zip(*folds, strict=True)
    judge.judge_pictures(
        judge="second",
        indices=indices,
        faces=tmp_path / "faces",
        reconstructions=reconstructions,
        settings=SETTINGS,
        seed=0,
        output=tmp_path / "second.arrow",
        published=published,
    )
    return read_predictions(tmp_path / "second.arrow")


def test_each_picture_is_cut_by_its_own_landmarks(tmp_path, write, recogniser):
    table = run(tmp_path, write("fold", ["c0", "c1"], ["c2", "c3"]))
    assert table.clips["clip_id"].tolist() == ["c2", "c3"]
    for row, number in enumerate((2, 3)):
        nose = crop_landmarks(FRAMES[f"c{number}"].astype(float))[30] * SIDE - 0.5
        np.testing.assert_allclose(table.faces[row], [number, 0, 0, *nose], atol=1e-4)
    np.testing.assert_allclose(table.methods["f2f"].embeddings, [[102, 0, 0, 9.5, 9.5], [103, 0, 0, 9.5, 9.5]])
    assert table.methods["s2f_pictures"].found.tolist() == [True, False]
    np.testing.assert_allclose(table.methods["s2f_pictures"].embeddings[0], [200, 0, 0, 19.5, 19.5])


def test_the_mean_face_is_of_one_clip_a_training_speaker(tmp_path, write, recogniser):
    table = run(tmp_path, write("fold", ["c0", "c1", "c2"], ["c3"]))
    # The first clips of two people: red is 0 and 2.
    assert table.methods["mean_face"].embeddings[0, 0] == 1


def test_folds_are_put_together_and_every_true_face_is_seen_once(tmp_path, write, recogniser):
    table = run(tmp_path, write("a", ["c0", "c1"], ["c2", "c3"]), write("b", ["c2", "c3"], ["c0", "c1"]))
    assert table.clips["clip_id"].tolist() == ["c0", "c1", "c2", "c3"]
    # Four true faces, four F2F pictures, three S2F pictures.
    assert recogniser.cuts == 11
    # The mean of training faces is 0 in one fold and 2.5 in the other; pictures move to the mean of both.
    np.testing.assert_allclose(table.methods["f2f"].embeddings[:, 0], [98.75, 99.75, 103.25, 104.25])


def test_published_pictures_are_judged_beside_ours(tmp_path, write, recogniser):
    kinds = list(samples.PICTURES)
    fields = [
        field
        for kind in kinds
        for field in (pa.field(kind, pa.binary()), array_field(f"{kind}_landmarks", 136, pa.float32()))
    ]
    shown = [
        {
            name: value
            for kind in kinds
            for name, value in ((kind, picture(50 + row)), (f"{kind}_landmarks", np.full(136, 0.5)))
        }
        for row in range(3)
    ]
    write_shard(tmp_path / "samples" / "00.arrow", pa.schema(fields), [*shown, {}])
    table = run(tmp_path, write("fold", ["c0", "c1"], ["c2", "c3"]), published=tmp_path / "samples")
    for kind in kinds:
        assert table.methods[kind].found.tolist() == [True, False]
        np.testing.assert_allclose(table.methods[kind].embeddings[0], [52, 0, 0, 19.5, 19.5])


@pytest.mark.parametrize("name", JUDGES)
def test_a_judge_that_is_not_at_hand_leaves_an_empty_table_and_says_why(tmp_path, monkeypatch, capsys, name):
    monkeypatch.setattr(judge, "missing", lambda name: "there are no weights")
    output = tmp_path / "judged.arrow"
    judge.judge_pictures(
        judge=name, indices=[], faces=tmp_path, reconstructions=[], settings=SETTINGS, seed=0, output=output
    )
    assert read_shard(output).num_rows == 0
    assert f"no measures by the {name} recogniser: there are no weights." in capsys.readouterr().err


@pytest.mark.parametrize("name", JUDGES)
def test_every_judge_loads(name, variants):
    recogniser = judge.load_judge(name, threads=1)
    assert recogniser.embed(recogniser.cut(*variants["itself"])[None]).shape == (1, recogniser.dimension)
