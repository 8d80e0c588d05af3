"""The site of docs/ builds without a warning and without a network, and its generated page is that of the code."""

import re
import runpy
import subprocess
import sys

import pytest

from tests.conftest import ROOT

reference_text = runpy.run_path(str(ROOT / "docs" / "reference.py"))["reference_text"]
PAGES = sorted((ROOT / "docs").glob("*.md"))
# What a browser fetches when it opens a page; links that a reader follows are not among it.
FETCHED = re.compile(
    r"<(?:script|img|iframe|source)[^>]* src=\"([^\"]+)\"|<link[^>]* rel=\"stylesheet\"[^>]* href=\"([^\"]+)\""
)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    # A page that no list of pages has, a link to nothing, and a name that the code does not have are warnings.
    options = ["--quiet", "--fail-on-warning", "--keep-going", "-d", str(folder / "doctrees")]
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", *options, str(ROOT / "docs"), str(folder / "html")],
        capture_output=True, text=True, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return folder / "html"


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_a_page_of_the_site_fetches_nothing_from_elsewhere(site, page):
    text = (site / f"{page.stem}.html").read_text(encoding="utf-8")
    found = [next(filter(None, groups)) for groups in FETCHED.findall(text)]
    assert found
    assert not [address for address in found if "://" in address or address.startswith("//")]


def test_docstrings_are_in_the_site(site):
    text = (site / "api.html").read_text(encoding="utf-8")
    for words in (
        "The model of a bundle, ready to answer.",
        "&gt;&gt;&gt; ",
        "correction of the family-wise error rate",
    ):
        assert words in text, words


def test_the_reference_of_the_command_line_is_that_of_the_code():
    assert (ROOT / "docs" / "cli.md").read_text(encoding="utf-8") == reference_text(), "run: make reference"


def test_the_reference_has_every_option_with_its_help():
    text = reference_text()
    assert "| `-o, --output OUTPUT` | folder for the answer, or for one folder for each file (required) |" in text
    assert "| `--device {cpu,cuda}` | where the networks run (default: cpu) |" in text
    assert "None" not in text
