"""The model card of a bundle: what it is, its data, its coverage, and its intended and forbidden use."""

from collections.abc import Mapping
from typing import Any

from speech2face.base.uses import FORBIDDEN
from speech2face.data.sources.attributes import ATTRIBUTES, Kind, calibrated
from speech2face.product.bundle.metadata import card_metadata
from speech2face.uncertainty.calibration.coverage import coverage_rows, group_name

_CARD = """# Model card: speech2face bundle

Predicts a plausible face from a recording of a voice, and states the uncertainty of the prediction.

**Trained on: {world}.**{invented}

## What it is
| | |
|---|---|
| voice encoder | preset `{preset}`, {count} with different seeds |
| face decoder | preset `{decoder}`: landmarks, and a texture that is warped to them, {size} pixels |
| face embedding | {dimension} numbers |
| calibration | on {calibrated} people{unseen}, with {lengths} s of sound |
| made with | speech2face {speech2face}, PyTorch {torch} |

## Data
| people | {kinds} |
|---|{rule}|
{counts}

Origin: {world}. Licence of the data: {licences}.

## Intended use
Research on what voices tell about faces and on how such models fail; teaching; showing how uncertain such a picture is.

## Forbidden use
{forbidden}

## Measured coverage
Of {audited} people on whom nothing was fitted{nested}, with {seconds:g} s of sound each. Nominal coverage:
{nominal:.0%}. Width is the mean width of the intervals (for {classes}: the mean size of the sets).

| | coverage | 95 % interval | people | width | width without a voice |
|---|---|---|---|---|---|
{overall}

Flagged as outside the training distribution: {outside}. Information of a voice about the face, in bits: {bits}.

### By group, length and shift
The lowest and the highest coverage over all attributes and measures, and the share of voices that was flagged.

| | people | lowest | highest | flagged |
|---|---|---|---|---|
{groups}
{heads}
## Limits
- Coverage is a share of people who are like the calibration people, with one recording each. It is not guaranteed for a
  flagged voice; the table above has the coverage that was measured under shifts.
- The map of uncertainty is calibrated per pixel, over people; it says nothing about a face as a whole.
- A voice tells little of what is individual in a face: age, sex and build at best.
"""


def model_card(description: Mapping[str, Any]) -> str:
    """The text of the card: Markdown after a block of metadata for hubs."""
    coverage, calibration = description["coverage"], description["calibration"]
    overall = coverage["overall"]
    bits = overall["information"]
    kinds = list(description["people"])
    return card_metadata(description) + _CARD.format(
        world=description["world"],
        invented=" Nobody in them exists; its numbers verify a method and say nothing about people."
        if description["source"] == "talkers"
        else "",
        preset=description["voice_encoder"]["preset"],
        count=description["voice_encoder"]["count"],
        decoder=description["face_decoder"]["preset"],
        size=description["face_decoder"]["arguments"]["size"],
        dimension=description["face_decoder"]["arguments"]["dimension"],
        calibrated=calibration["people"],
        unseen=" of the training, each predicted by a fit to the other folds (CV+)"
        if coverage["folds"]
        else " whom no model learned from",
        nested=f" ({coverage['folds']} nested folds: each fold is judged by a calibration on the others)"
        if coverage["folds"]
        else "",
        lengths=", ".join(f"{seconds:g}" for seconds in calibration["lengths"]),
        **{name: description["versions"][name] for name in ("speech2face", "torch")},
        kinds=" | ".join(kinds),
        rule="---|" * (len(kinds) - 1) + "---",
        counts="\n".join(_count_rows(description["people"])),
        licences=", ".join(description["licences"]) or "not stated",
        audited=coverage["people"],
        seconds=coverage["seconds"],
        forbidden="\n".join(f"- {use}" for use in FORBIDDEN),
        nominal=coverage["nominal"],
        classes=", ".join(attribute.words for attribute in calibrated(Kind.CLASS)),
        overall="\n".join(
            f"| {name.replace('_', ' ')} | {_percent(row['value'])} "
            f"| {_percent(row['low'])} to {_percent(row['high'])} | {row['n']} "
            f"| {_number(row['width'])} | {_number(row['nothing'])} |"
            for name, row in coverage_rows(overall).items()
        ),
        outside=f"{_percent(overall['outside']['value'])} of them",
        bits=f"{_number(bits['expected'])} expected, {_number(bits['told'])} measured",
        groups="\n".join(_group_rows(coverage)),
        heads=_heads(description["heads"]),
    )


def _count_rows(people: Mapping[str, Any]) -> list[str]:
    rows = [("all", [str(kind["people"]) for kind in people.values()])]
    grouped = [attribute for attribute in ATTRIBUTES if any(attribute.name in kind for kind in people.values())]
    for attribute in grouped:
        counts = [kind[attribute.name] for kind in people.values()]
        for value in sorted({value for count in counts for value in count}):
            rows.append((attribute.group_name(value), [str(count.get(value, 0)) for count in counts]))
    return [f"| {name} | {' | '.join(numbers)} |" for name, numbers in rows]


def _group_rows(coverage: Mapping[str, Any]) -> list[str]:
    tables = {
        group_name(group, value): table for group, part in coverage["groups"].items() for value, table in part.items()
    }
    tables |= {f"{seconds} s": table for seconds, table in coverage["lengths"].items()}
    tables |= {f"shift: {name.replace('_', ' ')}": table for name, table in coverage["shifts"].items()}
    rows = []
    for name, table in tables.items():
        counted = [row for row in coverage_rows(table).values() if row["value"] is not None]
        if counted:
            shares = [row["value"] for row in counted]
            rows.append(
                f"| {name} | {max(row['n'] for row in counted)} | {_percent(min(shares))} | {_percent(max(shares))} "
                f"| {_percent(table['outside']['value'])} |"
            )
    return rows


def _heads(heads: Mapping[str, Any] | None) -> str:
    if heads is None:
        return ""
    rows = "\n".join(
        f"| {name} | {_number(row['value'])} | {_number(row['low'])} to {_number(row['high'])} |"
        for name, row in heads["error_mm"].items()
    )
    return (
        "\n## Heads in three dimensions\nRoot mean square distance to the points of the true face, mm, aligned at "
        f"the eyes, of the audit people.\n\n| predicted from | error | 95 % interval |\n|---|---|---|\n{rows}\n"
    )


def _percent(value: float | None) -> str:
    return "unknown" if value is None else f"{100 * value:.1f} %"


def _number(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.2f}"
