"""Portraits of people who are in no clip: their rows go as those of clips do, and so does what learned from them."""

from pathlib import Path

from speech2face.base.shards import read_shard, write_shard
from speech2face.base.status import Status
from speech2face.config import load_config
from speech2face.consent.forget import forget
from speech2face.data.portraits.index import index_portraits
from speech2face.data.portraits.pictures import PICTURES
from speech2face.data.portraits.schema import schema as portraits_schema
from speech2face.data.splits.share import read_index
from tests.conftest import ROOT
from tests.unit.consent.conftest import (
    DIMENSION,
    assert_rows_fit,
    learned,
    noise,
)

RESULTS, LIST = Path("results"), Path("forgotten.txt")


def test_of_portraits_of_other_people_rows_and_index_go_and_the_decoder_learned(run):
    tested, sitters = run.someone("test"), [f"sitter-{number}" for number in range(4)]
    people = sorted([*sitters, tested])
    rows = [vars(Status.ok(f"{name}_still")) | {"speaker_id": name, "crop": noise(name, "still")} for name in people]
    write_shard(run.folder / "portraits" / "00.arrow", portraits_schema(DIMENSION), rows)
    index_portraits(
        folder=run.folder / "portraits",
        shards=["00"],
        clips=run.folder / "splits" / "index.arrow",
        settings=load_config([ROOT / "config" / "config.yaml"]).portraits,
        seed=0,
        index=run.folder / "portraits" / "index.arrow",
        status=run.folder / "portraits" / "status.csv",
    )
    forget(sitters[0], results=RESULTS, forgotten=LIST)
    assert not [name for name, data in run.files().items() if b"sitter-0" in data or noise("sitter-0", "still") in data]
    index = read_index(run.folder / "portraits" / "index.arrow")
    left = read_shard(run.folder / "portraits" / "00.arrow")["clip_id"].to_pylist()
    assert (
        [left[row] for row in index["row"]]
        == index["clip_id"].tolist()
        == [f"{name}_still" for name in people if name != sitters[0]]
    )
    assert_rows_fit(run)
    # Voices are learned from people of clips alone, faces from those of portraits.
    assert [model.weights.parent.name for model in learned(run, sitters[0])] == ["decoder"]
    assert {model.weights.parent.name for model in learned(run, run.someone("train"))} == {"encoder"}
    assert learned(run, tested) == []


def test_of_a_folder_of_portraits_the_list_goes_and_the_pictures_stay(run, capsys):
    picture = run.project / "own" / "sitter-0" / "first picture.jpg"
    picture.parent.mkdir(parents=True)
    picture.write_bytes(b"a picture")
    people = {"sitter-0": str(picture), "sitter-1": "own/sitter-1/other.jpg"}
    rows = [{"clip_id": f"{name}/a", "speaker_id": name, "picture": path} for name, path in people.items()]
    write_shard(run.folder / "portraits" / "pictures" / "00.arrow", PICTURES, rows)
    (run.project / "logs" / "portraits.log").write_text("sitter-0/a: no face\n")
    forget("sitter-0", results=RESULTS, forgotten=LIST)
    assert "first picture.jpg" in capsys.readouterr().out
    assert picture.exists()
    assert read_shard(run.folder / "portraits" / "pictures" / "00.arrow")["speaker_id"].to_pylist() == ["sitter-1"]
    assert not (run.project / "logs" / "portraits.log").exists()
    assert len(read_shard(run.folder / "clips" / "00.arrow")) == len(read_shard(run.folder / "faces" / "00.arrow")) > 0
