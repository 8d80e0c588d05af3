"""The report phase: the page, and the verdicts on the paper's claims as JSON and CSV."""

import base64
import io
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined
from PIL import Image

from speech2face.base.files import atomic_path, write_json, write_text
from speech2face.base.intervals import Estimate
from speech2face.data.sources.manifest import INVENTED
from speech2face.data.splits.share import read_index
from speech2face.evaluation.report.claims import Finding, Summary, Verdict, judge
from speech2face.evaluation.report.paper_claims import CLAIMS, TITLES

_LARGEST_PNG = 700_000
"""A picture of more bytes goes into the page as JPEG: the file in `figures` keeps every pixel."""


@dataclass(frozen=True, kw_only=True)
class ShownFigure:
    """A figure as the page's template takes it; `picture` is a data address."""

    name: str
    title: str
    caption: str
    picture: str
    width: int
    height: int
    findings: list[Finding]


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
        claims, table: the findings as JSON and as CSV.
    """
    measures = _read_measures(summary)
    drawn = {picture.stem for picture in figures}
    findings = [judge(claim, measures) for claim in CLAIMS if claim.figure in drawn] if measures else []
    data = _rights(index)
    rows = [
        {
            "source": finding.claim.source,
            "figure": finding.claim.figure,
            "paper": finding.claim.paper,
            "run": finding.run,
            "rule": finding.claim.rule,
            "verdict": finding.verdict.value,
        }
        for finding in findings
    ]
    write_json(claims, rows)
    columns = ["source", "figure", "paper", "run", "rule", "verdict"]
    with atomic_path(table) as temporary:
        pd.DataFrame(rows, columns=columns).to_csv(temporary, index=False)
    shown = [
        _show(picture, caption, [finding for finding in findings if finding.claim.figure == picture.stem])
        for picture, caption in zip(figures, captions, strict=True)
    ]
    counts = Counter(finding.verdict for finding in findings)
    environment = Environment(
        loader=PackageLoader("speech2face.evaluation.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    html = environment.get_template("page.html").render(
        title=title,
        invented=any(row["origin"] == INVENTED for row in data),
        data=data,
        findings=findings,
        untestable=Verdict.UNTESTABLE,
        counts={verdict.value: counts[verdict] for verdict in Verdict},
        figures=shown,
    )
    write_text(page, html)


def _rights(index: Path) -> list[dict[str, object]]:
    """Clips and speakers by where they come from and under which licence."""
    clips = read_index(index).fillna({"origin": "not stated", "licence": "not stated"})
    groups = clips.groupby(["origin", "licence"], sort=True)
    counted = groups.agg(clips=("clip_id", "size"), speakers=("speaker_id", "nunique"))
    return [{str(name): value for name, value in row.items()} for row in counted.reset_index().to_dict("records")]


def _read_measures(summary: Sequence[Path]) -> Summary:
    found: dict[str, Estimate] = {}
    for path in summary:
        found |= {name: Estimate(**figure) for name, figure in json.loads(path.read_text(encoding="utf-8")).items()}
    return found


def _show(picture: Path, caption: Path, findings: list[Finding]) -> ShownFigure:
    with Image.open(picture) as image:
        width, height = image.size
        data, kind = picture.read_bytes(), "png"
        if len(data) > _LARGEST_PNG:
            buffer = io.BytesIO()
            image.convert("RGB").save(buffer, "JPEG", quality=88, optimize=True)
            data, kind = buffer.getvalue(), "jpeg"
    return ShownFigure(
        name=picture.stem,
        title=TITLES[picture.stem],
        caption=" ".join(caption.read_text(encoding="utf-8").split()),
        picture=f"data:image/{kind};base64,{base64.b64encode(data).decode()}",
        width=width,
        height=height,
        findings=findings,
    )
