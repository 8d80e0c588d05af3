"""An attribute that is added to the registry is in the manifest, answers, their table and page, card and audit."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """What a package with a height and a handedness writes; see `third_attributes.py`."""
    folder = tmp_path_factory.mktemp("attributes")
    path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    script = Path(__file__).with_name("third_attributes.py")
    subprocess.run([sys.executable, str(script), str(folder)], check=True, env=os.environ | {"PYTHONPATH": path})
    return folder


def test_numbers_get_intervals_and_classes_get_sets(folder):
    answer = json.loads((folder / "out" / "voice.wav" / "answer.json").read_text())
    assert set(answer["height"]) == set(answer["age"]) == {"low", "high", "unit", "coverage", "typical"}
    assert 50 <= answer["height"]["low"] < answer["height"]["high"] <= 250
    assert answer["height"]["unit"] == "cm"
    assert set(answer["handedness"]) == set(answer["sex"]) == {"values", "coverage"}
    assert set(answer["handedness"]["values"]) <= {"left", "right"}
    assert "height" not in answer["ratios"]


def test_their_coverage_is_counted(folder):
    coverage = json.loads((folder / "coverage.json").read_text())
    for name in ("height", "handedness"):
        assert 0.8 <= coverage["overall"][name]["value"] <= 1
    # The voices of these people show how tall they are.
    assert coverage["overall"]["height"]["width"] < 0.9 * coverage["overall"]["height"]["nothing"]
    assert set(coverage["groups"]["handedness"]) == {"left", "right"}
    assert set(coverage["groups"]["height"]) == {"<150", "150", "160", "170", "180"}


def test_sentences_table_and_page_have_them(folder):
    height, handedness = json.loads((folder / "sentences.json").read_text())[3:5]
    assert height.startswith("Height: ")
    assert height.endswith(" cm; such intervals hold the height of 90% of people of made people.")
    assert handedness.startswith("Handedness: ")
    with (folder / "out" / "answers.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert float(row["height_low"]) < float(row["height_high"])
    assert set(row["handedness"].split(" or ")) <= {"", "left", "right"}
    page = (folder / "page.html").read_text()
    assert '<th scope="row">Height</th>' in page
    assert '<th scope="row">Handedness</th>' in page


def test_card_and_audit_have_them(folder):
    card = (folder / "bundle" / "README.md").read_text()
    for row in ("| height | ", "| handedness | ", "| height: 170 to 179 | ", "| handedness: left | "):
        assert f"\n{row}" in card
    assert "for sex, handedness: the mean size of the sets" in card
    audit = (folder / "audit" / "audit.html").read_text()
    for cell in ("height", "handedness", "height: 180 or more", "handedness: right"):
        assert f"<tr><td>{cell}</td>" in audit
