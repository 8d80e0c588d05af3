"""One file of all measures, and one command for every family."""

import json

import pandas as pd
import pytest

from speech2face.config import load_config
from speech2face.evaluation.metrics.collect import collect_metrics
from speech2face.evaluation.metrics.measure import measure
from tests.conftest import ROOT

FIGURE = {"value": 1.5, "low": 1.0, "high": 2.0, "n": 7}


def files(folder):
    return {
        "summary": folder / "summary.json", "table": folder / "summary.csv", "headline": folder / "headline.json"
    }  # fmt: skip


def test_families_become_one_file_and_one_table(tmp_path):
    for name in ("b", "a"):
        (tmp_path / name).write_text(json.dumps({f"{name}.what": FIGURE}))
    collect_metrics(families=[tmp_path / "b", tmp_path / "a"], **files(tmp_path))
    assert json.loads((tmp_path / "summary.json").read_text()) == {"a.what": FIGURE, "b.what": FIGURE}
    table = pd.read_csv(tmp_path / "summary.csv")
    assert table["name"].tolist() == ["a.what", "b.what"]
    assert table.loc[0, ["value", "low", "high", "n"]].tolist() == [1.5, 1, 2, 7]


def test_a_name_stands_for_one_measure(tmp_path):
    (tmp_path / "a").write_text(json.dumps({"x": FIGURE}))
    with pytest.raises(ValueError, match="measures x again"):
        collect_metrics(families=[tmp_path / "a", tmp_path / "a"], **files(tmp_path))


def test_the_headline_has_what_the_run_measured_of_it_under_short_names(tmp_path):
    (tmp_path / "a").write_text(json.dumps({"s2f.retrieval.cosine.recall_at_1": FIGURE, "other": FIGURE}))
    collect_metrics(families=[tmp_path / "a"], **files(tmp_path))
    assert json.loads((tmp_path / "headline.json").read_text()) == {"s2f.recall_at_1": 1.5}


@pytest.mark.parametrize("family", ["nothing", "intervals"])
def test_what_is_no_family_is_named(tmp_path, family):
    settings = load_config([ROOT / "config" / "config.yaml"]).metrics
    with pytest.raises(ValueError, match=f"no family of measures '{family}'"):
        measure(family=family, given={"inputs": {}}, settings=settings, seed=0, output=tmp_path / "out")
