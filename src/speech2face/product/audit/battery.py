"""The checks of an audit. Each answers one question by a rule that was fixed beforehand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from jaxtyping import Bool, Float
from scipy.special import bdtr, ndtri

from speech2face.base.intervals import FEWEST_SPEAKERS, Estimate, holm, mean_of_speakers, share_of_speakers
from speech2face.base.random import stream
from speech2face.evaluation.metrics.groups import GROUP, others_alike, similarity_table
from speech2face.evaluation.metrics.leakage import firsts, information, rank_own
from speech2face.evaluation.predictions.schema import Prediction
from speech2face.product.audit.evidence import CalibratedPeople, Evidence
from speech2face.uncertainty.calibration.conformal import wilson
from speech2face.uncertainty.calibration.coverage import CoverageCheck, coverage_rows, group_name, groups_of
from speech2face.uncertainty.calibration.unseen import BROKEN, SEEN, unseen_shifts

LEVELS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
"""Nominal coverages of the calibration curve."""
GROUP_SIZE = 100
"""People that a group needs to be judged; smaller groups are only shown."""
GROUP_SLACK, ALL_SLACK = 0.05, 0.02
"""How far coverage may fall below its nominal value in a group, and differ from it overall."""
DROP = 0.1
"""A fall of coverage that a check has to find with a probability of `_POWER`; else it measures nothing."""
_POWER = ndtri(0.8)
_NO_GROUP = f"No group has {GROUP_SIZE} people."
# Of the width without any voice: what is wider counts as equally wide.
_AS_WIDE = 0.97
# Fewer bits count as none: a bound of 0 has rounding errors. More than the second are not tolerated, and what cannot
# be told within the third is not measured.
_NO_BITS, _LITTLE_BITS, _UNSURE_BITS = 0.01, 0.1, 1.0
_RESAMPLES = 1000


class Verdict(StrEnum):
    """The outcome of a check."""

    HOLDS = "holds"
    FAILS = "does not hold"
    UNKNOWN = "not measured"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A check and its outcome."""

    name: str
    question: str
    rule: str
    verdict: Verdict
    says: str
    numbers: dict[str, Any]


def run_battery(evidence: Evidence, seed: int) -> list[Finding]:
    """All checks, in the order of the page. Each asks for what should be so: `HOLDS` is good news."""
    rng = stream(seed, "audit")
    own = evidence.own.check()
    return [
        check_coverage(evidence, own),
        check_curve(evidence),
        check_groups(evidence, own),
        check_worse_groups(evidence, own),
        check_wrong_faces(own, rng),
        check_nothing(
            "shuffled", "Calibrated on voices of other people, does it claim nothing?", evidence.shuffled, rng
        ),
        check_nothing("null_world", "In a world where voices tell nothing, does it claim nothing?", evidence.null, rng),
        check_leak(evidence.own, rng),
        check_outside(own),
        check_shifts(evidence),
    ]


def check_coverage(evidence: Evidence, own: CoverageCheck) -> Finding:
    """Coverage over all people, by attribute and ratio."""
    nominal = evidence.own.model.coverage
    table = {name: row for name, row in coverage_rows(own.table()).items() if row["n"]}
    # All must hold together: Bonferroni's correction.
    sure = ndtri(1 - 0.025 / max(len(table), 1))
    ends = {name: wilson(round(row["value"] * row["n"]), row["n"], sure) for name, row in table.items()}
    broken = [name for name, (low, high) in ends.items() if high < nominal - ALL_SLACK or low > nominal + ALL_SLACK]
    near = [name for name in ends if abs(table[name]["value"] - nominal) <= ALL_SLACK + 1e-9]
    few = [name for name, row in table.items() if not _finds_drop(nominal, row["n"], sure)]
    worst, best = _extremes(table)
    return Finding(
        name="coverage",
        question=f"Do sets and intervals hold for {nominal:.0%} of people, as they say?",
        rule=f"None is off by more than {100 * ALL_SLACK:.0f} points beyond chance (95 %, all taken together). "
        + _needs_power("each"),
        verdict=_verdict(bool(ends) and not few, not broken),
        says=f"{worst} to {best}; {len(near)} of {len(ends)} within {100 * ALL_SLACK:.0f} points. "
        + (f"Broken: {_names(broken)}." if broken else "None broken beyond chance.")
        + (f" Too few people: {_names(few)}." if few else ""),
        numbers=table,
    )


def check_curve(evidence: Evidence) -> Finding:
    """Coverage at other nominal values."""
    curve, counted, broken, unsure = {}, [], [], 0.0
    sure = ndtri(1 - 0.025 / len(LEVELS))
    for level in LEVELS:
        covered = evidence.own.check(level).covered
        curve[f"{level:g}"] = {name: _mean(values) for name, values in covered.items()}
        of_people = _of_people(covered)
        if len(of_people) < FEWEST_SPEAKERS:
            continue
        mean, error = of_people.mean(), of_people.std(ddof=1) / np.sqrt(len(of_people))
        counted.append(f"{mean:.1%} for {level:.0%}")
        unsure = max(unsure, (sure + _POWER) * error)
        if abs(mean - level) - sure * error > ALL_SLACK:
            broken.append(level)
    return Finding(
        name="curve",
        question="Do promises of 50 to 95 % hold too?",
        rule=f"At no level is the mean of all off by more than {100 * ALL_SLACK:.0f} points beyond chance (95 %). "
        + _needs_power("the mean"),
        verdict=_verdict(bool(counted) and unsure <= DROP - ALL_SLACK, not broken),
        says=f"Counted: {', '.join(counted)}." if counted else "Nothing is promised.",
        numbers=curve,
    )


def check_groups(evidence: Evidence, own: CoverageCheck) -> Finding:
    """Coverage by the groups of `groups_of`; Holm's correction over all counts."""
    nominal = evidence.own.model.coverage
    low = nominal - GROUP_SLACK
    numbers, counts = {}, []
    for group, mask in _groups(evidence.own):
        table = coverage_rows(own.table(mask))
        numbers[group] = table
        counts += [(f"{name} ({group})", row) for name, row in table.items() if row["n"] >= GROUP_SIZE]
    shares = np.array([row["value"] for _, row in counts])
    people = np.array([row["n"] for _, row in counts])
    p = holm(bdtr(np.round(shares * people), people, nominal))
    by_chance = float(bdtr(np.ceil(low * people) - 1, people, nominal).sum())
    broken = [
        f"{name} {share:.1%}" for (name, _), share, own_p in zip(counts, shares, p, strict=True)
        if own_p < 0.05 and share < low
    ]  # fmt: skip
    return Finding(
        name="groups",
        question="Do they hold in every group of people?",
        rule=f"In no group of {GROUP_SIZE} or more is coverage below {low:.0%} and, beyond chance, below {nominal:.0%} "
        "(95 %, all counts together, Holm 1979). Smaller groups are not judged.",
        verdict=_verdict(len(counts) > 0, not broken),
        says=(
            f"Least of {len(counts)} counts: {shares.min():.1%}; {int((shares < low).sum())} are below {low:.0%}, "
            f"where {by_chance:.1f} would be by chance. "
            + (f"Too low beyond chance: {_names(broken)}." if broken else "None is too low beyond chance.")
            if counts
            else _NO_GROUP
        ),
        numbers=numbers,
    )


def check_worse_groups(evidence: Evidence, own: CoverageCheck) -> Finding:
    """Bits and flagged voices by group."""
    groups = _groups(evidence.own)
    numbers, worse, judged = {}, [], []
    sure = ndtri(1 - 0.025 / max(len(groups), 1))
    for group, mask in groups:
        bits, rest = own.told[mask], own.told[~mask]
        row = {"people": int(mask.sum()), "bits": _mean(bits), "flagged": own.table(mask)["outside"]["value"]}
        numbers[group] = row
        if min(len(bits), len(rest)) >= GROUP_SIZE:
            apart = bits.mean() - rest.mean()
            error = np.sqrt(bits.var() / len(bits) + rest.var() / len(rest))
            row["bits_less_than_the_rest"] = float(-apart)
            judged.append((sure + _POWER) * error <= _UNSURE_BITS)
            if apart + sure * error < 0:
                worse.append(f"{group} ({-apart:.1f} bits less than the rest)")
    return Finding(
        name="worse_groups",
        question="Are the faces of every group told as well as those of the others?",
        rule=f"No group of {GROUP_SIZE} or more is told fewer bits than the rest, beyond chance (95 %, all together). "
        f"Not measured where {_UNSURE_BITS:g} bit less would be missed in more than a fifth of cases.",
        verdict=_verdict(bool(judged) and all(judged), not worse),
        says=f"Told less: {_names(worse)}." if worse else "No group stands out." if judged else _NO_GROUP,
        numbers=numbers,
    )


def check_wrong_faces(own: CoverageCheck, rng: np.random.Generator) -> Finding:
    """Bits that voices tell of their own faces, and of those of other people."""
    right, wrong = (mean_of_speakers(bits, rng, _RESAMPLES) for bits in (own.told, own.told_of_others))
    sure = right.high - right.low <= _UNSURE_BITS or not right.low <= 0 <= right.high
    return Finding(
        name="wrong_faces",
        question="Is what it tells of a face about that person?",
        rule="Voices tell more than nothing of the right faces, and less of the faces of other people (95 %). Not "
        f"measured where the interval of the bits is wider than {_UNSURE_BITS:g} and contains 0.",
        verdict=_verdict(True, right.low > max(0.0, wrong.high)) if sure else Verdict.UNKNOWN,
        says=f"Of the right face {_bits(right)}; of a wrong one {_bits(wrong)}.",
        numbers={"right": right.as_dict(), "wrong": wrong.as_dict()},
    )


def check_nothing(name: str, question: str, people: CalibratedPeople | None, rng: np.random.Generator) -> Finding:
    """Bits and widths of a calibration in which voices say nothing of faces."""
    rule = (
        f"0 bits within the interval, and intervals at least {_AS_WIDE:.0%} as wide as without any voice. Not measured "
        f"where the intervals of the bits are wider than {_UNSURE_BITS:g}."
    )
    if people is None:
        says = "The null world was not made: make bundle OVERLAY=null, then audit again."
        return Finding(name=name, question=question, rule=rule, verdict=Verdict.UNKNOWN, says=says, numbers={})
    check = people.check()
    given = mean_of_speakers(check.told, rng, _RESAMPLES)
    holding = float(np.mean([bits.low <= 0 <= bits.high for bits in check.information]))
    unsure = max(given.high - given.low, *(bits.high - bits.low for bits in check.information))
    table = coverage_rows(check.table())
    wide = {row: part["width"] / part["nothing"] for row, part in table.items() if part["width"] and part["nothing"]}
    narrowest = min(wide.values(), default=1.0)
    return Finding(
        name=name,
        question=question,
        rule=rule,
        verdict=_verdict(unsure <= _UNSURE_BITS, holding == 1.0 and narrowest >= _AS_WIDE),
        says=f"Told: {_bits(given)}. The interval of the bits holds 0 for {holding:.0%} of voices. The narrowest of "
        f"the sets and intervals is {narrowest:.0%} as wide as knowing nothing.",
        numbers={"told": given.as_dict(), "interval_holds_0": holding, "width_of_nothing": wide},
    )


def check_leak(people: CalibratedPeople, rng: np.random.Generator) -> Finding:
    """How well the expected face identifies a person among others of the same sex, age band and ethnicity."""
    question = "Does an answer tell no more of who somebody is than sex, age band and ethnicity do?"
    rule = (
        f"Of what it tells beyond them, the lower end lies below {_NO_BITS:g} bits and the upper below "
        f"{_LITTLE_BITS:g} (95 %). Not measured where only the lower does."
    )
    about = people.people.about.reset_index(drop=True)
    everyone = np.arange(len(about))
    table = similarity_table(Prediction.complete("bundle", people.expected_faces()), people.people.faces)
    ranks = rank_own(table, others_alike(about, everyone, GROUP), everyone[None])
    if ranks.people.shape[1] < GROUP_SIZE:
        says = f"Fewer than {GROUP_SIZE} people are alike in sex, age band and ethnicity, or these are not known."
        return Finding(name="leak", question=question, rule=rule, verdict=Verdict.UNKNOWN, says=says, numbers={})
    bits = mean_of_speakers(information(ranks), rng, _RESAMPLES)
    first = share_of_speakers(firsts(ranks), rng, _RESAMPLES)
    chance = 100 * float((1 / ranks.people).mean())
    size = float(ranks.people.mean())
    return Finding(
        name="leak",
        question=question,
        rule=rule,
        verdict=_verdict(bits.high < _LITTLE_BITS, bits.low < _NO_BITS),
        says=f"At least {_bits(bits)} beyond them, of {np.log2(size):.1f}; among {size:.0f} people (mean) the own face "
        f"comes first for {first.value:.1f} % ({first.low:.1f} to {first.high:.1f}), by chance for {chance:.1f} %.",
        numbers={"bits": bits.as_dict(), "first": first.as_dict(), "chance_first": chance, "people": size},
    )


def check_outside(own: CoverageCheck) -> Finding:
    """How many voices of the bundle's own people are flagged as outside."""
    flagged = own.table()["outside"]
    limit = 0.05
    return Finding(
        name="outside",
        question="Is it quiet about voices of the kind that it learned from?",
        rule=f"At most {limit:.0%} of them are flagged as outside, beyond chance (95 %). Not measured where it may be "
        f"{2 * limit:.0%}.",
        verdict=_verdict(flagged["high"] < 2 * limit, flagged["low"] <= limit),
        says=f"Flagged: {_percent(flagged['value'])} ({flagged['low']:.1%} to {flagged['high']:.1%}).",
        numbers={"own": flagged},
    )


def check_shifts(evidence: Evidence) -> Finding:
    """Coverage and flagged voices under each shift."""
    shifts = evidence.config["coverage"]["shifts"]
    rows = {name: {"people": table["outside"]["n"], "flagged": table["outside"]["value"],
                   "least": min((row["value"] for row in coverage_rows(table).values() if row["n"]), default=None)}
            for name, table in shifts.items()}  # fmt: skip
    unseen = unseen_shifts(evidence.config["coverage"])
    return Finding(
        name="shifts",
        question="Are voices flagged wherever promises break?",
        rule=f"Where a shift takes some coverage below {BROKEN:.0%}, {SEEN:.0%} of voices are flagged or more.",
        verdict=_verdict(bool(rows), not unseen),
        says="; ".join(
            f"{name}: least coverage {_percent(row['least'])}, flagged {_percent(row['flagged'])}"
            for name, row in rows.items()
        )
        + (
            f". Not seen: {_names(list(unseen))}, which every answer names as a risk."
            if unseen
            else "."
            if rows
            else "No shift was measured."
        ),
        numbers=rows,
    )


def _finds_drop(nominal: float, people: int, sure: float) -> bool:
    """Whether so many people would show with a probability of 80 % that coverage is `DROP` below nominal."""
    fallen = nominal - DROP
    return (sure + _POWER) * np.sqrt(fallen * (1 - fallen) / max(people, 1)) <= DROP - ALL_SLACK


def _needs_power(what: str) -> str:
    return (
        f"Not measured where a fall of {what} by {100 * DROP:.0f} points would be missed in more than a fifth of cases."
    )


def _groups(people: CalibratedPeople) -> list[tuple[str, Bool[np.ndarray, "people"]]]:
    return [
        (group_name(group, str(value)), (labels == value).to_numpy(bool))
        for group, labels in groups_of(people.people.about).items()
        for value in sorted(set(labels.dropna()))
    ]


def _verdict(measured: bool, holds: bool) -> Verdict:
    """What fails beyond chance fails, however few the people; what holds must have been able to fail."""
    if not holds:
        return Verdict.FAILS
    return Verdict.HOLDS if measured else Verdict.UNKNOWN


def _extremes(table: dict[str, Any]) -> tuple[str, str]:
    values = sorted((row["value"], name) for name, row in table.items() if row["value"] is not None)
    if not values:
        return "nothing", "nothing"
    ends = [f"{value:.1%} ({name.replace('_', ' ')})" for value, name in (values[0], values[-1])]
    return ends[0], ends[1]


def _bits(measure: Estimate) -> str:
    return f"{measure.value:.2f} bits ({measure.low:.2f} to {measure.high:.2f})"


def _names(names: Sequence[str]) -> str:
    return ", ".join(name.replace("_", " ") for name in names)


def _of_people(covered: Mapping[str, Float[np.ndarray, "people"]]) -> Float[np.ndarray, "people"]:
    """Fraction of each person's sets and intervals that cover the truth; of the people of whom any truth is known."""
    table = np.array([*covered.values()]).T
    return np.nanmean(table[np.isfinite(table).any(axis=1)], axis=1) if table.size else np.zeros(0)


def _mean(values: Float[np.ndarray, "people"]) -> float | None:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else None


def _percent(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.0%}"
