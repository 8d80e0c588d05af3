"""GRID: the folder is the talker, and of two sizes the better is taken."""

import pytest

from speech2face.data.sources.grid import fingerprint, list_clips
from tests.unit.data.sources.trees import grid_tree, settings_of, touch


def rows(values):
    return list(list_clips(settings_of("grid", values)))


def test_clips_of_each_talker(tmp_path):
    found = rows(grid_tree(tmp_path))
    assert [(row["clip_id"], row["video"].removeprefix(f"{tmp_path}/")) for row in found] == [
        ("s1/bbaf2n", "s1/video/mpg_6000/bbaf2n.mpg"),
        ("s1/pwij3p", "s1/pwij3p.mpg"),
        ("s10/swwp2s", "s10/swwp2s.mpg"),
        ("s35/x", "s35/x.mpg"),
        ("s4/lbax4n", "s4/video/mpg_6000/lbax4n.mpg"),
    ]
    assert found[0] == {
        "clip_id": "s1/bbaf2n",
        "video": str(tmp_path / "s1/video/mpg_6000/bbaf2n.mpg"),
        "start_s": 0.0,
        "speaker_id": "s1",
        "sex": "male",
        "language": "en",
        "origin": "GRID",
        "licence": "CC BY 4.0",
    }


def test_sixteen_women_and_eighteen_men(tmp_path):
    touch(tmp_path, [f"s{number}/a.mpg" for number in range(1, 35)])
    sexes = {row["speaker_id"]: row["sex"] for row in rows({"folder": str(tmp_path)})}
    women = {f"s{number}" for number in (4, 7, 11, 15, 16, 18, 20, 21, 22, 23, 24, 25, 29, 31, 33, 34)}
    assert {talker for talker, sex in sexes.items() if sex == "female"} == women
    assert sum(sex == "male" for sex in sexes.values()) == 18


def test_nothing_is_said_of_a_talker_that_grid_does_not_have(tmp_path):
    assert {row["speaker_id"]: row["sex"] for row in rows(grid_tree(tmp_path))} == {
        "s1": "male",
        "s4": "female",
        "s10": "male",
        "s35": None,
    }


def test_what_is_not_there_is_named(tmp_path):
    touch(tmp_path, ["s1/bbaf2n.avi", "talker1/bbaf2n.mpg"])
    for ask in (rows, lambda values: fingerprint(settings_of("grid", values))):
        with pytest.raises(FileNotFoundError, match=r"holds no folder s1, s2 \.\.\. with \.mpg files in it\."):
            ask({"folder": str(tmp_path)})
        with pytest.raises(FileNotFoundError, match=r"name the folder that holds s1/, s2/ \.\.\. in grid\.folder\."):
            ask({})
