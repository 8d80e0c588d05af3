"""People without a video: the same again, as many as asked for, with a face and recordings that fit together."""

import numpy as np
import pytest

from speech2face.config import load_config
from speech2face.config.talkers import talker_id
from speech2face.data.talkers.head import HeadModel
from speech2face.data.talkers.population import sample_talker, world_of_panel
from speech2face.uncertainty.panel.make import FIRST_OF, make_panel, people_of
from speech2face.uncertainty.panel.schema import LANGUAGE, SETTING, VOICE, read_panel
from tests.conftest import ROOT

CONFIG = load_config([ROOT / "config" / "config.yaml"])
SETTINGS = CONFIG.panel.model_copy(
    update={"calibration": 5, "audit": 5, "shifted": 3, "shards": 2, "seconds": 2.0, "shift_seconds": 1.0}
)


def test_everybody_is_met_once_and_is_in_no_video():
    for kind, count in (("calibration", 5), ("audit", 5)):
        numbers = sorted(number for shard in range(2) for number in people_of(kind, SETTINGS, shard))
        assert numbers == list(range(FIRST_OF[kind], FIRST_OF[kind] + count))
        assert numbers[0] > CONFIG.talkers.count


def test_more_talkers_in_videos_change_nobody_here():
    more = CONFIG.talkers.model_copy(update={"count": 999})
    assert world_of_panel(more) == world_of_panel(CONFIG.talkers)


@pytest.fixture(scope="module")
def met(tmp_path_factory):
    folder = tmp_path_factory.mktemp("panel")
    HeadModel.load(folder)
    for name, kind in (("one", "audit"), ("two", "audit"), ("calibration", "calibration")):
        make_panel(
            kind=kind,
            world=world_of_panel(CONFIG.talkers),
            settings=SETTINGS,
            faces_settings=CONFIG.faces,
            seed=2019,
            shard=0,
            head_model=folder / "head.safetensors",
            output=folder / f"{name}.arrow",
        )
    return folder


def test_the_same_people_are_the_same_bytes(met):
    assert (met / "one.arrow").read_bytes() == (met / "two.arrow").read_bytes()


def test_people_are_who_they_were_drawn_to_be(met):
    people = read_panel([met / "one.arrow"])
    assert people.about["speaker_id"].tolist() == [talker_id(number) for number in people_of("audit", SETTINGS, 0)]
    for person, name in enumerate(people.about["speaker_id"]):
        talker = sample_talker(int(name[1:]), 2019, CONFIG.talkers)
        assert people.about["sex"][person] == talker.sex
        assert people.about["pitch_hz"][person] == talker.voice.pitch_hz
        assert len(people.sound(VOICE, person)) == 32_000
        # Only the first of them are heard under shifts.
        assert people.has(LANGUAGE, person) == people.has(SETTING, person) == (person < 2)
        if not people.has(LANGUAGE, person):
            continue
        assert people.about["other_language"][person] != talker.voice.language
        assert len(people.sound(LANGUAGE, person)) == len(people.sound(SETTING, person)) == 16_000
        assert np.std(people.sound(SETTING, person)) > 100
    assert people.embedding.shape == (3, 128)
    assert people.landmarks.shape == (3, 68, 2)
    # Eyes above the mouth.
    assert (people.landmarks[:, 36:48, 1].mean(axis=1) < people.landmarks[:, 48:, 1].mean(axis=1)).all()


def test_calibration_people_speak_once(met):
    people = read_panel([met / "calibration.arrow"])
    assert people.table.column(LANGUAGE).null_count == len(people.about)
