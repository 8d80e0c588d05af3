"""Portraits of synthetic people: the same again, of people who are in no video and of the tested ones."""

import io

import numpy as np
import pytest
from PIL import Image

from speech2face.base.images import decode_image
from speech2face.base.shards import ArrayColumn, read_shard, write_shard
from speech2face.config.talkers import talker_id
from speech2face.data.portraits.draw import FIRST, draw_portraits, people_of
from speech2face.data.splits.share import INDEX
from speech2face.data.talkers import MODEL_FILE
from speech2face.data.talkers.head import HeadModel
from speech2face.data.talkers.population import sample_talker
from tests.unit.data.portraits.conftest import CONFIG

SETTINGS = CONFIG.portraits.model_copy(update={"count": 5, "size": 160})


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    folder = tmp_path_factory.mktemp("portraits")
    HeadModel.load(folder)
    clips = [("t00003_0", "test"), ("t00003_1", "test"), ("t00004_0", "train"), ("t00001_0", "test")]
    rows = [
        {"clip_id": name, "speaker_id": name[:6], "split": split, "shard": "00", "row": row}
        for row, (name, split) in enumerate(clips)
    ]
    write_shard(folder / "index.arrow", INDEX, rows)
    for name in ("one", "two"):
        draw_portraits(
            index=folder / "index.arrow",
            world=CONFIG.talkers,
            settings=SETTINGS,
            faces_settings=CONFIG.faces,
            seed=2019,
            shard=1,
            shards=2,
            head_model=folder / MODEL_FILE,
            output=folder / f"{name}.arrow",
        )
    return folder


def test_everybody_is_drawn_once_and_of_the_clips_the_tested_alone(drawn):
    numbers = [number for shard in range(2) for number in people_of(drawn / "index.arrow", 5, shard, 2)]
    assert sorted(numbers) == [1, 3, *range(FIRST, FIRST + 5)]


def test_the_same_people_are_the_same_bytes(drawn):
    assert (drawn / "one.arrow").read_bytes() == (drawn / "two.arrow").read_bytes()


def test_portraits_are_of_whom_they_say_and_have_a_head_on_white(drawn):
    table = read_shard(drawn / "one.arrow")
    numbers = people_of(drawn / "index.arrow", 5, 1, 2)
    assert table["speaker_id"].to_pylist() == [talker_id(number) for number in numbers]
    assert table["sex"].to_pylist() == [sample_talker(number, 2019, CONFIG.talkers).sex for number in numbers]
    assert set(table["status"].to_pylist()) == {"ok"}
    for crop, alpha in zip(table["crop"].to_pylist(), table["alpha"].to_pylist(), strict=True):
        with Image.open(io.BytesIO(alpha)) as image:
            mask = np.asarray(image)
        picture = decode_image(crop)
        assert picture.shape == (224, 224, 3)
        assert mask.shape == (224, 224)
        assert mask[100:150, 90:134].min() == 255
        far = np.ones_like(mask, bool)
        # JPEG spreads an edge over its blocks.
        for y, x in np.argwhere(mask > 0):
            far[max(y - 16, 0) : y + 17, max(x - 16, 0) : x + 17] = False
        if far[:180].any():
            assert picture[:180][far[:180]].min() > 250


def test_embeddings_tell_the_people_apart(drawn):
    embeddings = np.stack(ArrayColumn(read_shard(drawn / "one.arrow"), "embedding"))
    distances = np.linalg.norm(embeddings[:, None] - embeddings, axis=2)
    assert distances[~np.eye(len(embeddings), dtype=bool)].min() > 0.05
