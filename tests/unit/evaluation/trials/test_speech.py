"""Recordings for trials: long enough, in every language, the same voice, and the same bytes again."""

import numpy as np
import pytest

from speech2face.base.shards import read_shard, write_shard
from speech2face.base.sound import SAMPLE_RATE
from speech2face.config import load_config
from speech2face.data.splits.share import INDEX
from speech2face.data.talkers.population import sample_talker
from speech2face.evaluation.trials.speech import speak_trials
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def spoken(tmp_path_factory):
    """What two test talkers say, spoken twice; a third talker is not of the test split."""
    folder = tmp_path_factory.mktemp("speech")
    config = load_config([ROOT / "config" / "config.yaml"])
    settings = config.trials.model_copy(update={"seconds": (1.0, 2.5), "languages": ("de",), "language_seconds": 1.5})
    rows = [
        {"clip_id": f"{who}_{n}", "speaker_id": who, "split": split, "shard": "00", "row": n}
        for who, split in (("t00003", "test"), ("t00004", "test"), ("t00005", "train"))
        for n in range(2)
    ]
    write_shard(folder / "index.arrow", INDEX, rows)
    for name in ("one", "two"):
        speak_trials(
            world=config.talkers, settings=settings, seed=5, index=folder / "index.arrow", output=folder / name
        )
    return folder, config.talkers


def test_every_test_talker_says_everything(spoken):
    folder, world = spoken
    table = read_shard(folder / "one").to_pandas()
    assert set(table["speaker_id"]) == {"t00003", "t00004"}
    for who, part in table.groupby("speaker_id"):
        own = sample_talker(int(who[1:]), 5, world).voice.language
        assert part["condition"].tolist() == ["long", "own_again", *dict.fromkeys([own, "de"])]
        seconds = [len(audio) / 2 / SAMPLE_RATE for audio in part["audio"]]
        assert seconds == [2.5] + [1.5] * (len(part) - 1)
        for audio in part["audio"]:
            assert np.abs(np.frombuffer(audio, np.int16)).max() > 3000


def test_recordings_differ_and_come_out_the_same_again(spoken):
    folder, _ = spoken
    assert (folder / "one").read_bytes() == (folder / "two").read_bytes()
    audio = read_shard(folder / "one").to_pandas()["audio"]
    assert audio.nunique() == len(audio)
