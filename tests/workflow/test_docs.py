"""What the documentation lists is what the code has."""

import re
from pathlib import Path

from speech2face.base.status import Reason
from speech2face.config import load_config

ROOT = Path(__file__).parents[2]


def test_every_reason_is_documented_in_its_own_words():
    page = (ROOT / "docs" / "own-videos.md").read_text(encoding="utf-8")
    for reason in Reason:
        assert f"| `{reason.value}` | {reason.meaning} |" in page


def test_couplings_in_the_table_are_those_of_the_config():
    page = (ROOT / "docs" / "talkers.md").read_text(encoding="utf-8")
    couplings = load_config([ROOT / "config" / "config.yaml"]).talkers.couplings
    for text in (
        f"{couplings.sex_to_pitch_semitones:g} semitones |",
        f"{couplings.sex_to_formants:.0%}".replace("%", " %"),
        f"{couplings.sex_to_breath:g} espeak units",
        f"{couplings.age_to_pitch_semitones:g} semitones a decade",
        f"{couplings.age_to_roughness:g} espeak units a decade",
        f"{couplings.age_to_speed_wpm:g} words a minute a decade",
        f"{couplings.tract_to_formants:.0%} a standard".replace("%", " %"),
        f"{couplings.tract_to_pitch_semitones:g} semitones a standard",
        f"{couplings.ethnicity_to_language:.0%} speak".replace("%", " %"),
    ):
        assert text in page, text


def test_pictures_that_pages_show_exist_and_are_small():
    for page in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")):
        for line in page.read_text(encoding="utf-8").splitlines():
            if line.startswith("!["):
                picture = page.parent / line.split("](")[1].rstrip(")")
                assert picture.stat().st_size < 300_000, picture


def test_links_between_pages_lead_somewhere():
    pages = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")] + sorted(
        (ROOT / "docs").glob("*.md")
    )
    dead = []
    for page in pages:
        for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
            path, _, heading = target.partition("#")
            if "://" in target:
                continue
            other = (page.parent / path) if path else page
            if not other.exists() or (heading and heading not in _headings(other)):
                dead.append(f"{page.name}: {target}")
    assert not dead


def _headings(page: Path) -> set[str]:
    """The anchors of a page's headings, as Markdown renderers make them."""
    titles = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
