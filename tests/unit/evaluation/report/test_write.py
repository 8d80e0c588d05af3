"""The report: verdicts by rule, one page without outside addresses, the same bytes again."""

import json
import re

import pandas as pd
import pytest
from PIL import Image

from speech2face.base.intervals import Estimate
from speech2face.base.shards import write_shard
from speech2face.data.sources.attributes import INVENTED
from speech2face.data.splits.share import INDEX
from speech2face.evaluation.report.paper_claims import CLAIMS
from speech2face.evaluation.report.write import read_caption, write_report
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


def clip(number, origin):
    position = {"clip_id": f"c{number}", "speaker_id": f"s{number // 2}", "split": "test", "shard": "00", "row": number}
    return position | {"origin": origin, "licence": None if origin == INVENTED else "CC BY 4.0"}


@pytest.fixture
def written(tmp_path):
    figures = []
    for name in ("retrieval", "triplets"):
        figures.append(tmp_path / f"{name}.png")
        Image.effect_noise((900 if name == "triplets" else 90, 900), 80).convert("RGB").save(figures[-1])
        (tmp_path / f"{name}.rst").write_text(f"{name}\n{'=' * len(name)}\n\nA caption of\n{name} & more.\n")
    (tmp_path / "summary.json").write_text(
        json.dumps({"s2f.faces.detected": {"value": 100.0, "low": 97.1, "high": 100.0, "n": 124}, "world.x": vars(
            Estimate(value=1, low=1, high=1, n=1)
        )})
    )  # fmt: skip

    def write(name, measured=True, origins=(INVENTED, INVENTED)):
        write_shard(tmp_path / "index.arrow", INDEX, [clip(number, origin) for number, origin in enumerate(origins)])
        folder = tmp_path / name
        write_report(
            title="the default run",
            figures=figures,
            captions=[figure.with_suffix(".rst") for figure in figures],
            summary=[tmp_path / "summary.json"] if measured else [],
            index=tmp_path / "index.arrow",
            page=folder / "report.html",
            claims=folder / "claims.json",
            table=folder / "claims.csv",
        )
        return folder

    return write


def test_the_page_holds_everything_and_asks_for_nothing(written):
    page = (written("one") / "report.html").read_text()
    assert "A caption of retrieval &amp; more." in page
    assert "<h2>retrieval</h2>" in page
    assert "A face is found in 100.0 (97.1 to 100.0, n = 124) % of the pictures" in page
    assert "The people are invented" in page
    assert len(re.findall(r'src="data:image/', page)) == 2
    # A large picture goes in as JPEG.
    assert len(re.findall(r'src="data:image/jpeg', page)) == 1
    assert not re.findall(r'(?:src|href)="(?!data:|#)', page)
    assert "http" not in re.sub(r'"data:[^"]*"', "", page)


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
