"""The exported data set holds the run's clips, its tables agree with its files, and real people are in none."""

import csv
import io
import json
import wave

import numpy as np
import pytest
import yaml
from PIL import Image

from speech2face.base.files import file_sha256
from speech2face.base.shards import write_shard
from speech2face.config import load_config
from speech2face.data.clips.cut import schema as clips_schema
from speech2face.data.faces.find import schema as faces_schema
from speech2face.data.sources.attributes import INVENTED
from speech2face.data.splits.share import INDEX
from speech2face.product.dataset.export import NotInventedError, export_clips
from tests.conftest import ROOT

CLIPS = load_config([ROOT / "config" / "config.yaml"]).clips
SPLITS = ("train", "test", "train")


def write_run(folder, origin=INVENTED):
    """Two shards of clips, the second heard for two seconds only, and the index of them."""
    index = []
    for shard, numbers in {"00": (0, 1), "01": (2,)}.items():
        clips, faces = [], []
        for row, number in enumerate(numbers):
            name = f"t{number}_0"
            about = {"sex": "female", "age": 30.5, "ethnicity": "asian", "language": "de"}
            about |= {"origin": origin, "licence": "none needed"}
            status = {"clip_id": name, "status": "ok", "reason": "", "detail": ""}
            sound = np.arange(round(CLIPS.seconds * 16000), dtype=np.int16) + number
            heard = 2.0 if number == 2 else CLIPS.seconds
            clips.append(status | about | {"speaker_id": f"t{number}", "heard_s": heard, "audio": sound, "frames": []})
            picture = io.BytesIO()
            Image.new("RGB", (8, 8), (40 * number, 0, 0)).save(picture, "JPEG")
            faces.append(status | {"crop": picture.getvalue(), "embedding": np.zeros(4, np.float32)})
            index.append(
                about
                | {"clip_id": name, "speaker_id": f"t{number}", "split": SPLITS[number], "shard": shard, "row": row}
            )
        write_shard(folder / "clips" / f"{shard}.arrow", clips_schema(CLIPS), clips)
        write_shard(folder / "faces" / f"{shard}.arrow", faces_schema(4), faces)
    write_shard(folder / "splits" / "index.arrow", INDEX, index)


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    folder = tmp_path_factory.mktemp("export")
    write_run(folder / "results")
    export_clips(results=folder / "results", output=folder / "set")
    return folder / "set"


def rows(exported, split):
    with (exported / "data" / split / "metadata.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def lines(exported, name):
    return [json.loads(line) for line in (exported / "lhotse" / name).read_text().splitlines()]


def test_each_clip_is_a_sound_and_a_picture_in_its_split(exported):
    assert [row["clip_id"] for row in rows(exported, "train")] == ["t0_0", "t2_0"]
    (row,) = rows(exported, "test")
    assert (row["speaker_id"], row["sex"], float(row["age"]), row["language"]) == ("t1", "female", 30.5, "de")
    with wave.open(str(exported / "data" / "test" / row["file_name"])) as sound:
        assert (sound.getnchannels(), sound.getframerate()) == (1, 16000)
        samples = np.frombuffer(sound.readframes(10), "<i2")
    assert samples.tolist() == list(range(1, 11))
    assert Image.open(exported / row["face"]).getpixel((4, 4))[0] == pytest.approx(40, abs=3)


def test_sound_that_was_repeated_is_exported_once(exported):
    (short,) = [row for row in rows(exported, "train") if row["clip_id"] == "t2_0"]
    assert float(short["seconds"]) == 2.0
    with wave.open(str(exported / "data" / "train" / short["file_name"])) as sound:
        assert sound.getnframes() == 32000


def test_lhotse_finds_every_recording_and_who_speaks(exported):
    """The fields that lhotse's Recording and SupervisionSegment require, and that agree with the files."""
    recordings, supervisions = (lines(exported, f"train_{kind}.jsonl") for kind in ("recordings", "supervisions"))
    assert [line["id"] for line in recordings] == [line["recording_id"] for line in supervisions] == ["t0_0", "t2_0"]
    for recording, supervision in zip(recordings, supervisions, strict=True):
        (source,) = recording["sources"]
        with wave.open(str(exported / source["source"])) as sound:
            assert sound.getnframes() == recording["num_samples"] == recording["duration"] * recording["sampling_rate"]
        assert (source["type"], source["channels"], recording["channel_ids"]) == ("file", [0], [0])
        assert supervision["duration"] == recording["duration"]
        assert (supervision["gender"], supervision["channel"]) == ("F", 0)
        assert (exported / supervision["custom"]["face"]).is_file()


def test_croissant_names_every_table_by_its_hash_and_every_column(exported):
    described = json.loads((exported / "croissant.json").read_text())
    assert described["conformsTo"] == "http://mlcommons.org/croissant/1.0"
    tables = {entry["@id"]: entry for entry in described["distribution"]}
    assert tables.keys() == {"train-table", "test-table"}
    for entry in tables.values():
        assert file_sha256(exported / entry["contentUrl"]) == entry["sha256"]
    for records in described["recordSet"]:
        (first, *_) = rows(exported, records["name"])
        assert [field["source"]["extract"]["column"] for field in records["field"]] == list(first)
        assert all(field["source"]["fileObject"]["@id"] in tables for field in records["field"])


def test_the_card_lists_the_splits_for_hubs_and_for_people(exported):
    _, metadata, text = (exported / "README.md").read_text(encoding="utf-8").split("---\n", 2)
    read = yaml.safe_load(metadata)
    assert read["license"] == "cc0-1.0"
    for entry in read["configs"][0]["data_files"]:
        assert list(exported.glob(entry["path"]))
    assert "| train | 2 | 2 |" in text
    assert "Nobody in it exists" in text


def test_real_people_are_not_exported(tmp_path):
    write_run(tmp_path / "results", origin="VoxCeleb2")
    with pytest.raises(NotInventedError, match="only the invented talkers are"):
        export_clips(results=tmp_path / "results", output=tmp_path / "set")
    assert not (tmp_path / "set").exists()
