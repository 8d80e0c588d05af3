"""The audit of a bundle as one page and as JSON."""

import base64
import io
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined

from speech2face.base.files import file_sha256, lineage, write_sealed, write_text
from speech2face.base.options import Option
from speech2face.base.uses import FORBIDDEN
from speech2face.data.sources.attributes import INVENTED
from speech2face.evaluation.figures.style import BLUE, GREY, look, new_figure
from speech2face.product.audit.battery import Finding, Verdict, run_battery
from speech2face.product.audit.evidence import gather_evidence
from speech2face.product.audit.membership import check_membership
from speech2face.product.bundle.files import CONFIG

SEED = 1
"""Of the shuffle and the bootstrap: an audit can be repeated byte for byte."""


def made_from(config: Mapping[str, Any]) -> str:
    """Whom a bundle learned from, was calibrated on and is checked on, in words."""
    people, coverage = config["people"], config["coverage"]
    learned = f"Learned from {config['world']} ({people['train']['people']} people)"
    sound = f"{coverage['seconds']:g} s of sound each."
    if coverage["folds"]:
        # The people are the same, each predicted by fits to the other folds.
        calibrated = people["calibration"]["people"]
        return f"{learned}, calibrated on {calibrated} by fits to others, checked by nested folds, {sound}"
    calibrated, audited = (people[name]["people"] for name in ("calibration", "audit"))
    return f"{learned}, calibrated on {calibrated} others, checked on {audited} others again, {sound}"


def audit_bundle(
    bundle: Annotated[Path, Option(metavar="MODEL")],
    *,
    output: Annotated[Path, Option(short="-o")],
    people: Path | None = None,
    null: Path | None = None,
    membership: Path | None = None,
) -> None:
    """Write audit.html and audit.json.

    Args:
        bundle: folder of the bundle.
        output: folder for audit.html and audit.json.
        people: folder of the tables of its calibration and audit people; by default `calibration` beside the bundle.
        null: that of a run in the null world; by default `null/calibration` beside the bundle.
        membership: what `measure-membership` found; by default `audit/membership.json` beside the bundle.

    Raises:
        ModelError: the bundle is damaged.
        AuditError: the people are missing or others than the bundle's.
    """
    evidence = gather_evidence(
        bundle,
        people or bundle.parent / "calibration",
        null or bundle.parent / "null" / "calibration",
        SEED,
    )
    findings = [
        *run_battery(evidence, SEED),
        check_membership(membership or bundle.parent / "audit" / "membership.json"),
    ]
    counts = Counter(finding.verdict for finding in findings)
    config = evidence.config
    by_name = {finding.name: finding for finding in findings}
    environment = Environment(
        loader=PackageLoader("speech2face.product.audit", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    page = environment.get_template("page.html").render(
        model=evidence.name,
        world=config["world"],
        invented=config["world"] == INVENTED,
        made_from=made_from(config),
        findings=findings,
        counts={verdict.value: counts[verdict] for verdict in Verdict},
        curve=_draw_curve(by_name["curve"].numbers, invented=config["world"] == INVENTED),
        coverage=by_name["coverage"].numbers,
        groups=_group_rows(by_name),
        forbidden=FORBIDDEN,
    )
    write_text(output / "audit.html", page)
    write_sealed(
        output / "audit.json",
        {
            "model": evidence.name,
            "world": config["world"],
            "people": config["coverage"]["people"],
            "counts": {verdict.value: counts[verdict] for verdict in Verdict},
            "findings": [asdict(finding) for finding in findings],
            "sha256": {"audit.html": file_sha256(output / "audit.html")},
            "made_from": lineage([bundle / CONFIG]),
        },
    )
    print(f"{output / 'audit.html'}: " + ", ".join(f"{verdict.value}: {counts[verdict]}" for verdict in Verdict))


def _group_rows(by_name: dict[str, Finding]) -> list[dict[str, Any]]:
    rows = []
    for group, row in by_name["worse_groups"].numbers.items():
        shares = [part["value"] for part in by_name["groups"].numbers[group].values() if part["value"] is not None]
        rows.append({"group": group, **row, "least": min(shares, default=None)})
    return rows


def _draw_curve(curve: dict[str, dict[str, float | None]], *, invented: bool) -> str:
    """Counted against nominal coverage, a line for each attribute and ratio; an SVG as a data URL."""
    levels = np.array([float(level) for level in curve])
    with look():
        figure = new_figure(width_mm=85, height_mm=75, invented=invented)
        axes = figure.add_axes((0.15, 0.17, 0.8, 0.78))
        axes.plot([0.4, 1], [0.4, 1], color=GREY, linestyle=":", label="as promised")
        names = list(next(iter(curve.values())))
        counted = np.array([[np.nan if row[name] is None else row[name] for name in names] for row in curve.values()])
        for index, column in enumerate(counted.T):
            axes.plot(levels, column, color=GREY, linewidth=0.5, alpha=0.6, label="" if index else "one each")
        axes.plot(levels, np.nanmean(counted, axis=1), color=BLUE, marker="o", label="mean of all")
        axes.set(xlabel="promised share of people", ylabel="counted share of people", xlim=(0.45, 1), ylim=(0.4, 1.01))
        axes.legend(loc="upper left")
        buffer = io.BytesIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    return "data:image/svg+xml;base64," + base64.b64encode(buffer.getvalue()).decode()
