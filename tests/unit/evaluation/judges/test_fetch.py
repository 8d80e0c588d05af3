"""A judge that is not at hand says why, and how to get it."""

import sys

import pytest

from speech2face.evaluation.judges import fetch
from speech2face.evaluation.judges.fetch import JUDGES, missing


@pytest.fixture
def environment(monkeypatch, tmp_path):
    """An environment without weights."""
    monkeypatch.setattr(sys, "prefix", str(tmp_path))


@pytest.mark.parametrize("judge", JUDGES)
def test_weights_that_were_not_fetched_name_the_command(environment, judge):
    assert missing(judge) == (
        f"the weights of {JUDGES[judge].name} are not at hand: `python -m speech2face.evaluation.judges.fetch` fetches "
        "them"
    )


def test_a_package_that_is_not_installed_names_the_extra(environment, monkeypatch):
    monkeypatch.setattr(fetch, "find_spec", lambda name: None)
    assert missing("third") == "SFace needs onnx, which is not installed: pip install 'speech2face[judges]'"


@pytest.mark.parametrize("judge", JUDGES)
def test_the_environment_has_the_weights(judge):
    assert missing(judge) is None, "`make environment` fetches them"
