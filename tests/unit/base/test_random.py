"""Random streams by name: each use of chance has its own, and all are in the table."""

import ast
from collections import defaultdict

import numpy as np
import pytest

from speech2face.base.random import NUMBERS, stream
from tests.conftest import ROOT

SOURCES = {path.relative_to(ROOT / "src" / "speech2face").as_posix(): path for path in (ROOT / "src").rglob("*.py")}

SHARED = [
    {"similarity", "lengths"},
    {"features", "consistency"},
    # The seed of glasses is that of a talker's appearance, not of the run.
    {"galleries", "glasses"},
    {"talkers", "recordings", "epochs", "comparison", "comparison_galleries"}
    | {"folds", "information", "pixel_doubt", "audit_people"},
]
"""Names whose numbers were the same before they had names; another number would change results."""

OTHERS = {
    "base/random.py": "the function itself",
    "data/talkers/hair.py": "the talker's appearance carries a seed of its own",
    "data/talkers/scene.py": "the scene carries a seed of its own",
    "data/talkers/painting.py": "textures that are the same in every run",
    "data/talkers/strands.py": "textures that are the same in every run",
    "uncertainty/calibration/shifts.py": "from the name of the recording",
    "product/inference/model.py": "from the bundle and the sound",
}
"""Modules that make generators of random numbers themselves, and from what."""


def calls(path, name):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and ast.unparse(node.func).rsplit(".")[-1] == name:
            yield node


def test_names_share_no_number_but_the_listed_ones():
    names = defaultdict(set)
    for name, number in NUMBERS.items():
        names[number].add(name)
    assert sorted(map(sorted, SHARED)) == sorted(sorted(group) for group in names.values() if len(group) > 1)


def test_generators_are_made_by_name_or_for_a_reason():
    assert {name for name, path in SOURCES.items() if any(calls(path, "default_rng"))} == set(OTHERS)


def test_names_are_those_in_use():
    used = {call.args[1].value for path in SOURCES.values() for call in calls(path, "stream")}
    assert used == set(NUMBERS)


def test_a_name_stands_for_its_number():
    assert stream(5, "craniofacial", 2).random() == np.random.default_rng([5, 53, 2]).random()
    assert stream(5, "folds").random() == np.random.default_rng(5).random()
    with pytest.raises(KeyError):
        stream(5, "folding")
