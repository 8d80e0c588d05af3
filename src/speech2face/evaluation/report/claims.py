"""The paper's claims, the measures of a run for each, and the test by which the two agree.

A verdict is never written by hand. It has three columns: whether the direction is the paper's, the size of the effect
beside the paper's own, and whether the effect was planted in the data. The direction follows from a one-sided test of
each claim, corrected for all claims of the page (Holm 1979).
"""

import enum
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.special import ndtr, ndtri

from speech2face.base.intervals import LEVEL, Estimate, holm
from speech2face.evaluation.metrics.summary import Summary

FEWEST = 30
"""Speakers below whose number no claim is tested: their bootstrap intervals are too short."""


class Direction(enum.StrEnum):
    """Whether a run finds what the paper finds."""

    SAME = "as in the paper"
    OTHER = "not as in the paper"
    UNMEASURED = "not measured"
    UNTESTABLE = "cannot be tested"


class Origin(enum.StrEnum):
    """Where an effect comes from."""

    PLANTED = "planted"
    EMERGENT = "emergent"
    UNTESTABLE = "untestable"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a test says of the measures.

    Attributes:
        p: of the claim being wrong, one-sided.
        refuted: whether the 95 % interval excludes what the claim says.
        n: the fewest speakers behind its measures.
    """

    p: float
    refuted: bool
    n: int


Test = Callable[[Summary], Outcome]


@dataclass(frozen=True, kw_only=True)
class Effect:
    """A measure of the run on the paper's own definition, and the paper's number."""

    what: str
    measure: str
    paper: float


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One statement of the paper beside the run's measures.

    Attributes:
        figure: the figure that shows it.
        source: where the paper makes it.
        paper: the paper's claim, one sentence.
        run: the run's sentence; `{name}` stands for the measure of that name with its interval and n.
        rule: what is tested, in words; where it cannot be tested, why.
        test: the same over the measures; None where the claim cannot be tested here.
        effects: what the paper prints a number for.
        planted: whether the invented world has the effect by construction: a coupling in the config makes it.
    """

    figure: str
    source: str
    paper: str
    run: str
    rule: str
    test: Test | None
    effects: tuple[Effect, ...] = field(default=())
    planted: bool = False


@dataclass(frozen=True, kw_only=True)
class JudgedClaim:
    """A claim, the sentence about it with the measures of a run, and the three columns of its verdict."""

    claim: Claim
    run: str
    direction: Direction
    effect: str
    origin: Origin
    n: int | None
    p: float | None
    """After Holm's correction over all tested claims."""


def judge(claims: Sequence[Claim], summary: Summary, *, invented: bool) -> list[JudgedClaim]:
    """Fill in the measures and test all claims together; one whose measures are missing cannot be tested.

    Args:
        invented: whether the people are: then effects may be planted.
    """
    said, outcomes = [], dict[int, Outcome]()
    for number, claim in enumerate(claims):
        try:
            said.append((claim.run.format_map(_Words(summary)), _effect(claim, summary)))
            if claim.test is not None:
                outcomes[number] = claim.test(summary)
        except KeyError as missing:
            said[number:] = [(f"This run has no measure {missing.args[0]}.", "")]
    corrected = dict(zip(outcomes, holm(np.array([one.p for one in outcomes.values()])).tolist(), strict=True))
    return [
        JudgedClaim(
            claim=claim,
            run=said[number][0],
            effect=said[number][1],
            direction=_direction(outcomes.get(number), corrected.get(number, 1.0)),
            origin=_origin(claim, tested=number in outcomes, invented=invented),
            n=outcomes[number].n if number in outcomes else None,
            p=corrected.get(number),
        )
        for number, claim in enumerate(claims)
    ]


def _direction(outcome: Outcome | None, p: float) -> Direction:
    if outcome is None:
        return Direction.UNTESTABLE
    if outcome.n < FEWEST:
        return Direction.UNMEASURED
    if p < 1 - LEVEL:
        return Direction.SAME
    return Direction.OTHER if outcome.refuted else Direction.UNMEASURED


def _origin(claim: Claim, *, tested: bool, invented: bool) -> Origin:
    if not tested:
        return Origin.UNTESTABLE
    return Origin.PLANTED if invented and claim.planted else Origin.EMERGENT


def _effect(claim: Claim, summary: Summary) -> str:
    return "; ".join(
        f"{effect.what} {words(summary[effect.measure])}, the paper {effect.paper:g}" for effect in claim.effects
    )


class _Words(dict[str, str]):
    """Measures as text, by name. Dots in names are written `/`, since `str.format` would read attributes."""

    def __init__(self, summary: Summary) -> None:
        super().__init__()
        self._summary = summary

    def __missing__(self, name: str) -> str:
        return words(self._summary[name.replace("/", ".")])


def words(measure: Estimate) -> str:
    """A measure as text: value, interval and n, with two decimals, or one from 10 on."""
    numbers = (measure.value, measure.low, measure.high)
    digits = 1 if max(map(abs, numbers)) >= 10 else 2
    # Adding 0 makes a plain zero of a negative one.
    value, low, high = (f"{round(number, digits) + 0.0:.{digits}f}" for number in numbers)
    return value if low == high else f"{value} ({low} to {high}, n = {measure.n})"


def above(one: str, other: str | float, margin: float = 0.0) -> Test:
    """A measure lies above another, or above a number, by more than a margin.

    The two are taken as independent, which for measures of the same speakers errs on the side of no verdict. A negative
    margin asks that it is not lower by as much (non-inferiority).
    """

    def test(summary: Summary) -> Outcome:
        first, second = summary[one], _measure(summary, other)
        apart = first.value - second.value - margin
        # Intervals need not be symmetric: what counts is the side on which the other lies.
        down = np.hypot(first.value - first.low, second.high - second.value)
        up = np.hypot(first.high - first.value, second.value - second.low)
        known = [measure.n for measure in (first, second) if measure.n]
        return Outcome(p=_p(apart, down), refuted=bool(apart + up < 0), n=min(known))

    return test


def below(one: str, other: str | float, margin: float = 0.0) -> Test:
    """A measure lies below another, or below a number, plus a margin: with a positive one, it is not clearly higher."""

    def test(summary: Summary) -> Outcome:
        mirrored = {"one": _mirrored(summary[one]), "other": _mirrored(_measure(summary, other))}
        return above("one", "other", -margin)(mirrored)

    return test


def equal(name: str, value: float, margin: float) -> Test:
    """A measure differs from a number by less than a margin (two one-sided tests: Schuirmann 1987)."""
    return every(above(name, value, -margin), below(name, value, margin))


def every(*tests: Test) -> Test:
    """All tests hold: the largest p counts (Berger 1982)."""

    def test(summary: Summary) -> Outcome:
        outcomes = [one(summary) for one in tests]
        return Outcome(
            p=max(one.p for one in outcomes),
            refuted=any(one.refuted for one in outcomes),
            n=min(one.n for one in outcomes),
        )

    return test


def _measure(summary: Summary, other: str | float) -> Estimate:
    return summary[other] if isinstance(other, str) else Estimate.exact(other, 0)


def _mirrored(measure: Estimate) -> Estimate:
    return Estimate(value=-measure.value, low=-measure.high, high=-measure.low, n=measure.n)


def _p(apart: float, half: float) -> float:
    """One-sided p of a difference above 0 whose 95 % interval reaches down by `half`, as if it were normal."""
    if half == 0:
        return 0.0 if apart > 0 else 1.0
    return float(ndtr(-apart / half * ndtri((1 + LEVEL) / 2)))
