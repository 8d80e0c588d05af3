"""The report phase: the page, and the verdicts on the paper's claims as JSON and CSV."""

import base64
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined
from PIL import Image

from speech2face.base.files import atomic_path, write_json, write_text
from speech2face.base.uses import FORBIDDEN
from speech2face.data.sources.attributes import INVENTED
from speech2face.data.splits.share import read_index
from speech2face.evaluation.metrics.summary import Summary, read_summary
from speech2face.evaluation.report.claims import Direction, JudgedClaim, judge
from speech2face.evaluation.report.paper_claims import CLAIMS

_LARGEST_PNG = 700_000
"""A picture of more bytes goes into the page as JPEG: the file in `figures` keeps every pixel."""
_THUMBNAIL = (320, 200)
"""Largest width and height of a picture in the list of figures, in pixels."""


@dataclass(frozen=True, kw_only=True)
class ShownFigure:
    """A figure for the template of the page; `picture` and `thumbnail` are data URLs."""

    name: str
    title: str
    caption: str
    picture: str
    thumbnail: str
    width: int
    height: int
    findings: list[JudgedClaim]

    @property
    def counts(self) -> dict[str, int]:
        """How many of the paper's claims about it came out in each way; without those that nothing can test."""
        counted = Counter(finding.direction for finding in self.findings)
        return {way.value: counted[way] for way in Direction if counted[way] and way is not Direction.UNTESTABLE}


def write_report(
    *,
    title: str,
    figures: Sequence[Path],
    captions: Sequence[Path],
    summary: Sequence[Path],
    index: Path,
    page: Path,
    claims: Path,
    table: Path,
) -> None:
    """Write the page, one file without outside addresses, and the findings.

    Args:
        title: the run's name, in words.
        figures: the pictures (PNG) in the order in which they are shown.
        captions: the text below each.
        summary: the file of all measures, or nothing where a run measures nothing.
        index: the clips that were used, with where they come from and under which licence.
        page: HTML file to write.
        claims: the findings to write (JSON).
        table: the findings to write (CSV).
    """
    measures: Summary = {name: measure for path in summary for name, measure in read_summary(path).items()}
    drawn = {picture.stem for picture in figures}
    data = _rights(index)
    invented = any(row["origin"] == INVENTED for row in data)
    claimed = [claim for claim in CLAIMS if claim.figure in drawn] if measures else []
    findings = judge(claimed, measures, invented=invented)
    rows = [
        {
            "source": finding.claim.source,
            "figure": finding.claim.figure,
            "paper": finding.claim.paper,
            "run": finding.run,
            "rule": finding.claim.rule,
            "direction": finding.direction.value,
            "effect": finding.effect,
            "origin": finding.origin.value,
            "n": finding.n,
            "p_holm": finding.p,
        }
        for finding in findings
    ]
    write_json(claims, rows)
    columns = ["source", "figure", "paper", "run", "rule", "direction", "effect", "origin", "n", "p_holm"]
    with atomic_path(table) as temporary:
        pd.DataFrame(rows, columns=columns).to_csv(temporary, index=False)
    shown = [
        _show(picture, caption, [finding for finding in findings if finding.claim.figure == picture.stem])
        for picture, caption in zip(figures, captions, strict=True)
    ]
    counts = Counter(finding.direction for finding in findings)
    environment = Environment(
        loader=PackageLoader("speech2face.evaluation.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    html = environment.get_template("page.html").render(
        title=title,
        invented=invented,
        data=data,
        forbidden=FORBIDDEN,
        findings=findings,
        untestable=Direction.UNTESTABLE,
        counts={direction.value: counts[direction] for direction in Direction},
        figures=shown,
    )
    write_text(page, html)


def _rights(index: Path) -> list[dict[str, object]]:
    """Numbers of clips and speakers by origin and licence."""
    clips = read_index(index).fillna({"origin": "not stated", "licence": "not stated"})
    groups = clips.groupby(["origin", "licence"], sort=True)
    counted = groups.agg(clips=("clip_id", "size"), speakers=("speaker_id", "nunique"))
    return [{str(name): value for name, value in row.items()} for row in counted.reset_index().to_dict("records")]


def read_caption(path: Path) -> tuple[str, str]:
    """Title and text of a figure's caption (reStructuredText), the title underlined in the file's first two lines.

    Raises:
        ValueError: the file does not begin with an underlined title.
    """
    title, line, *text = path.read_text(encoding="utf-8").splitlines()
    if line != "=" * len(title):
        raise ValueError(f"{path} does not begin with a title underlined by '='.")
    return title, " ".join(" ".join(text).split())


def _show(picture: Path, caption: Path, findings: list[JudgedClaim]) -> ShownFigure:
    title, text = read_caption(caption)
    with Image.open(picture) as image:
        width, height = image.size
        opaque = image.convert("RGB")
    shown = f"data:image/png;base64,{base64.b64encode(picture.read_bytes()).decode()}"
    if picture.stat().st_size > _LARGEST_PNG:
        shown = _jpeg(opaque, quality=88)
    opaque.thumbnail(_THUMBNAIL)
    return ShownFigure(
        name=picture.stem,
        title=title,
        caption=text,
        picture=shown,
        thumbnail=_jpeg(opaque, quality=75),
        width=width,
        height=height,
        findings=findings,
    )


def _jpeg(image: Image.Image, quality: int) -> str:
    """A picture as a data URL."""
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality, optimize=True)
    return f"data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode()}"
