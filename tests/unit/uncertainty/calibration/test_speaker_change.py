"""Two people who take turns are told from one, and one is seldom taken for two."""

import numpy as np

from speech2face.uncertainty.calibration.coverage import speaker_changes
from speech2face.uncertainty.calibration.speaker_change import splits_of
from speech2face.uncertainty.calibration.voices import read_voices


def test_every_way_to_share_windows_out_is_tried_once():
    ways = {tuple(mask.tolist()) for mask in splits_of(4)}
    assert len(ways) == len(splits_of(4)) == 7
    assert all(mask[0] and not all(mask) for mask in ways)


def test_two_are_told_from_one(calibrated):
    _, model, _, audit = calibrated[1.0]
    people = read_voices(audit, seconds=6.0)
    told = speaker_changes([(model, people)])
    assert told["one"]["value"] <= 0.02
    assert told["two_of_one_sex"]["value"] >= 0.5
    assert told["two_of_different_sex"]["value"] >= told["two_of_one_sex"]["value"]
    # In whichever turns they speak.
    mixed = people.windows[0].copy()
    mixed[[1, 3]] = people.windows[int(np.argmax(np.abs(people.windows[:, 0, 0] - mixed[0, 0])))][[1, 3]]
    assert model.one_speaker(mixed) < 0.05
