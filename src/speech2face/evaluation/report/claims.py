"""The paper's claims, the measures of a run for each, and the rule by which the two agree.

A verdict is never written by hand: each claim has a rule over intervals, which is stated in words beside the verdict.
"""

import enum
from collections.abc import Callable
from dataclasses import dataclass

from speech2face.base.intervals import Estimate
from speech2face.evaluation.metrics.summary import Summary


class ClaimVerdict(enum.StrEnum):
    """Whether a run reproduces a claim of the paper."""

    REPRODUCED = "reproduced"
    NOT_REPRODUCED = "not reproduced"
    UNTESTABLE = "cannot be tested"


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One statement of the paper beside the run's measures.

    Attributes:
        figure: the figure that shows it.
        source: where the paper makes it.
        paper: the paper's claim, one sentence.
        run: the run's sentence; `{name}` stands for the measure of that name with its interval.
        rule: when the claim counts as reproduced, in words; where it cannot be tested, why.
        holds: the same rule over the measures; None where the claim cannot be tested here.
    """

    figure: str
    source: str
    paper: str
    run: str
    rule: str
    holds: Callable[[Summary], bool] | None


@dataclass(frozen=True, kw_only=True)
class JudgedClaim:
    """A claim, the sentence about it with the measures of a run, and the verdict."""

    claim: Claim
    run: str
    verdict: ClaimVerdict


def judge(claim: Claim, summary: Summary) -> JudgedClaim:
    """Fill in the measures and apply the rule; a claim whose measures are missing cannot be tested."""
    try:
        run = claim.run.format_map(_Words(summary))
        verdict = ClaimVerdict.UNTESTABLE if claim.holds is None else _verdict(claim.holds(summary))
    except KeyError as missing:
        run, verdict = f"This run has no measure {missing.args[0]}.", ClaimVerdict.UNTESTABLE
    return JudgedClaim(claim=claim, run=run, verdict=verdict)


def _verdict(holds: bool) -> ClaimVerdict:
    return ClaimVerdict.REPRODUCED if holds else ClaimVerdict.NOT_REPRODUCED


class _Words(dict[str, str]):
    """Measures as text, by name. Dots in names are written `/`, since `str.format` would read attributes."""

    def __init__(self, summary: Summary) -> None:
        super().__init__()
        self._summary = summary

    def __missing__(self, name: str) -> str:
        return words(self._summary[name.replace("/", ".")])


def words(measure: Estimate) -> str:
    """A measure as text: value and interval, with two decimals, or one from 10 on."""
    numbers = (measure.value, measure.low, measure.high)
    digits = 1 if max(map(abs, numbers)) >= 10 else 2
    # Adding 0 makes a plain zero of a negative one.
    value, low, high = (f"{round(number, digits) + 0.0:.{digits}f}" for number in numbers)
    return value if low == high else f"{value} ({low} to {high})"


def above(one: str, other: str) -> Callable[[Summary], bool]:
    """The whole interval of one measure lies above the value of the other."""
    return lambda summary: summary[one].low > summary[other].value


def below(one: str, other: str) -> Callable[[Summary], bool]:
    """The value of one measure lies below the whole interval of the other."""
    return lambda summary: summary[one].value < summary[other].low


def contains(name: str, value: float) -> Callable[[Summary], bool]:
    """The interval contains a value."""
    return lambda summary: summary[name].low <= value <= summary[name].high


def every(*rules: Callable[[Summary], bool]) -> Callable[[Summary], bool]:
    """All rules hold."""
    return lambda summary: all(rule(summary) for rule in rules)
