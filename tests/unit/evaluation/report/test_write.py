"""The report: verdicts by rule, one page without outside addresses, the same bytes again."""

import json
import re

import pandas as pd
import pytest

from speech2face.evaluation.report.paper_claims import CLAIMS
from speech2face.evaluation.report.write import read_caption
from tests.conftest import ROOT

CAPTIONS = sorted((ROOT / "workflow" / "captions").glob("*.rst"))


def test_every_figure_has_a_title_and_every_claim_a_figure():
    notebooks = {path.stem for path in (ROOT / "notebooks").glob("*.ipynb")}
    assert {path.stem for path in CAPTIONS} == notebooks
    titles = {read_caption(path)[0] for path in CAPTIONS}
    assert len(titles) == len(notebooks)
    assert {one.figure for one in CLAIMS} == notebooks
    for one in CLAIMS:
        assert one.rule, one.source
        assert one.paper.endswith("."), one.source


def test_a_caption_without_a_title_is_refused(tmp_path):
    (tmp_path / "retrieval.rst").write_text("No title here,\nonly a caption.\n")
    with pytest.raises(ValueError, match="does not begin with a title"):
        read_caption(tmp_path / "retrieval.rst")


def test_the_page_holds_everything_and_asks_for_nothing(written):
    page = (written("one") / "report.html").read_text()
    assert "A caption of retrieval &amp; more." in page
    assert "<h2>retrieval</h2>" in page
    assert "A face is found in 100.0 (97.1 to 100.0, n = 124) % of the pictures" in page
    assert "The people are invented" in page
    # Each with a thumbnail; a large picture goes in as JPEG, too.
    assert len(re.findall(r'src="data:image/', page)) == 4
    assert len(re.findall(r'src="data:image/jpeg', page)) == 3
    assert set(re.findall(r'(?:src|href)="((?!data:|#)[^"]*)"', page)) == {
        "notebooks/retrieval.ipynb",
        "notebooks/triplets.ipynb",
    }
    assert "http" not in re.sub(r'"data:[^"]*"', "", page)


def test_the_list_of_figures_says_how_the_claims_about_each_came_out(written):
    page = (written("one") / "report.html").read_text()
    tiles = re.findall(r'<li><a href="#(\w+)"><img src="data:image/jpeg;base64,[^"]+" alt="" loading="lazy">', page)
    assert tiles == ["retrieval", "triplets"]
    listed = page.partition('class="tiles"')[2].partition("</nav>")[0]
    assert re.findall(r'<span class="([\w-]+)">(.*?)</span>', listed)[-1] == ("as-in-the-paper", "1 as in the paper")


def test_findings_are_written_as_numbers_too_and_the_same_again(written):
    one, two = written("one"), written("two")
    for path in one.iterdir():
        assert path.read_bytes() == (two / path.name).read_bytes()
    findings = json.loads((one / "claims.json").read_text())
    table = pd.read_csv(one / "claims.csv")
    # What the run does not show, the page does not judge.
    shown = [one for one in CLAIMS if one.figure in ("retrieval", "triplets")]
    assert len(findings) == len(table) == len(shown) > 2
    detected = table[table["source"] == "Figure 3"].iloc[0]
    assert (detected["direction"], detected["origin"], detected["n"]) == ("as in the paper", "emergent", 124)


def test_a_run_that_measures_nothing_has_figures_alone(written):
    folder = written("none", measured=False)
    page = (folder / "report.html").read_text()
    assert "at a glance" not in page
    assert json.loads((folder / "claims.json").read_text()) == []


def test_the_page_says_whose_data_it_shows_and_under_which_licence(written):
    invented = (written("one") / "report.html").read_text()
    assert "The people are invented" in invented
    assert "Faces and voices are biometric" not in invented
    page = (written("two", origins=("GRID", "GRID", "CREMA-D", None)) / "report.html").read_text()
    assert "invented" not in page
    assert "Faces and voices are biometric data" in page
    rows = re.findall(r"<tr><td>(.*?)</td><td>(.*?)</td><td>(\d+)</td><td>(\d+)</td></tr>", page)
    assert rows == [
        ("CREMA-D", "CC BY 4.0", "1", "1"),
        ("GRID", "CC BY 4.0", "1", "2"),
        ("not stated", "CC BY 4.0", "1", "1"),
    ]
