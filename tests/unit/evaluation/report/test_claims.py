"""Every claim's test says yes on one side, no on the other, and nothing where the speakers are too few."""

import pytest

from speech2face.base.intervals import Estimate
from speech2face.evaluation.report.claims import Claim, Direction, Origin, above, below, equal, every, judge, words
from speech2face.evaluation.report.kinds import ALIKE
from speech2face.evaluation.report.paper_claims import CLAIMS

RAW = "retrieval.raw_cosine.recall_at_{}_percent"
S2F = {k: "s2f." + RAW.format(k) for k in (1, 2, 5, 10)}
CHANCE = {f"chance.retrieval.recall_at_{k}_percent": (k, 90) for k in (1, 2, 5, 10)}
FIGURE_4 = "s2f_pictures.confusion.{}.{}"
# Of each claim: the measures of its test, each with a value that agrees with the paper and one that refutes it.
SIDES = {
    "Figure 3": {"s2f.faces.detected": (98, 94)},
    "Supplement, figure 4": {
        "f2f.confusion.sex.agreement": (91.5, 88), "f2f.generation.cosine": (60, 0),
        "f2f.generation.cosine_other": (1, 90)
    },
    "Figure 4a, sex": {FIGURE_4.format("sex", "agreement"): (60, 50), FIGURE_4.format("sex", "majority"): (55, 70)},
    "Figure 4a, age": {
        FIGURE_4.format("age_band", "agreement"): (28, 40), FIGURE_4.format("age_band", "majority"): (29, 10)
    },
    "Figure 4a, ethnicity": {
        FIGURE_4.format("ethnicity", "agreement"): (48, 60), FIGURE_4.format("ethnicity", "majority"): (50, 30)
    },
    "Figure 5": {
        "s2f.craniofacial.nose_width.correlation": (40, -10), "s2f.craniofacial.nasal_index.correlation": (40, -10),
        "random.craniofacial.nose_width.correlation": (0, 90), "random.craniofacial.nasal_index.correlation": (0, 90),
    },
    "Table 2": {"s2f.lengths.3.against_6.angle_degrees": (2, -2)},
    "Table 3": {
        **{name: (value, 0) for name, value in zip(S2F.values(), (20, 30, 40, 60), strict=True)}, **CHANCE,
        "acoustic_ridge." + RAW.format(10): (50, 70),
    },
    "Table 3, metrics": {
        S2F[10]: (60, 40),
        "s2f.retrieval.l1.recall_at_10_percent": (50, 70), "s2f.retrieval.l2.recall_at_10_percent": (50, 70)
    },
    "Section on ethics": {"s2f.leakage.group.percentile": (50.5, 55)},
    "Figure 6": {"s2f.lengths.3.against_6.recall_at_10_percent": (-7, 2)},
    "Figure 9": {f"s2f.consistency.clips.across_clips_over_{who}": (-2, 2) for who in ("speakers", "same_sex")},
    "Figure 10": {"s2f.languages.others.against_own_again.distance": (2, -2)},
    "Figure 11": {"s2f.failures.language.rate": (50, 10), "faces.failures.language.rate": (20, 60)},
    "Preprint, figure 14": {
        "s2f.features.sex.neighbours": (90, 20), "s2f.features.ethnicity.neighbours": (60, 95),
        "s2f.features.age_band.neighbours": (30, 95),
    },
    "Figure 8, collapse": {"no_batch_norm.convergence.spread": (2, 8)},
    "Figure 8, batch norm": {"no_batch_norm.convergence.against_run.recall_at_10_percent": (-9, 2)},
    "Figure 8, length": {"seconds_6.convergence.against_run.recall_at_10_percent": (1, 8)},
    "Preprint, figure 8": {"pixel_loss.convergence.against_run.recall_at_10_percent": (-9, 2)},
}  # fmt: skip
TESTED = [claim for claim in CLAIMS if claim.test is not None]


class Measures(dict):
    """Measures that a sentence names and no test asks for are 1."""

    def __missing__(self, name):
        return Estimate(value=1, low=1, high=1, n=124)


def measures(values, half=0.5, n=124):
    return Measures(
        {name: Estimate(value=value, low=value - half, high=value + half, n=n) for name, value in values.items()}
    )


def verdict(claim, values, **spread):
    return judge([claim], measures(values, **spread), invented=True)[0]


@pytest.mark.parametrize("claim", TESTED, ids=lambda claim: claim.source)
def test_each_rule_on_both_sides(claim):
    sides = SIDES[claim.source]
    agreeing = {name: value for name, (value, _) in sides.items()}
    found = verdict(claim, agreeing)
    assert found.direction is Direction.SAME, found
    assert found.n == 124
    assert found.origin is (Origin.PLANTED if claim.planted else Origin.EMERGENT)
    # Each measure alone refutes the claim.
    for name, (_, refuting) in sides.items():
        assert verdict(claim, agreeing | {name: refuting}).direction is Direction.OTHER, name
    # Wide intervals and few speakers tell nothing, whatever the values.
    assert verdict(claim, agreeing, half=99).direction is Direction.UNMEASURED
    assert verdict(claim, agreeing, n=20).direction is Direction.UNMEASURED


def test_every_testable_claim_has_its_two_sides():
    assert {claim.source for claim in TESTED} == set(SIDES)


def test_a_run_on_shuffled_voices_finds_nothing_that_needs_a_voice():
    values = {name: 10.0 for sides in SIDES.values() for name in sides}
    values |= {name: float(k) for k, name in S2F.items()} | {name: float(k) for name, (k, _) in CHANCE.items()}
    found = judge(CLAIMS, measures(values | {"s2f.lengths.3.against_6.angle_degrees": 0.0}, half=3.0), invented=True)
    voiced = (
        "Figure 4a, sex",
        "Figure 5",
        "Table 2",
        "Table 3",
        "Table 3, metrics",
        "Figure 6",
        "Figure 11",
        "Preprint, figure 14",
    )
    directions = {one.claim.source: one.direction for one in found}
    assert Direction.SAME not in {directions[source] for source in voiced}


def test_no_difference_needs_enough_speakers():
    """An interval around 0 that is as wide as the margin once counted as 'hardly matters'."""
    claim = next(one for one in TESTED if one.source == "Figure 8, length")
    name = next(iter(SIDES[claim.source]))
    assert verdict(claim, {name: 0.0}, half=ALIKE + 1).direction is Direction.UNMEASURED
    assert verdict(claim, {name: 0.0}, half=ALIKE / 2).direction is Direction.SAME


def claim(test, **changes):
    fields = {"figure": "retrieval", "source": "Table 0", "paper": "So.", "run": "It is {a/b}.", "rule": "?"}
    return Claim(**(fields | {"test": test} | changes))


def test_all_claims_are_corrected_together():
    # p = 0.02 alone: enough for one claim, too little among three.
    borderline = Measures({"a.b": Estimate(value=2.05, low=0.05, high=4.05, n=99)})
    alone, *_ = judge([claim(above("a.b", 0.0))], borderline, invented=False)
    together = judge([claim(above("a.b", 0.0)) for _ in range(3)], borderline, invented=False)
    assert alone.direction is Direction.SAME
    assert {one.direction for one in together} == {Direction.UNMEASURED}
    assert together[0].p == pytest.approx(3 * alone.p)
    assert alone.origin is Origin.EMERGENT


def test_bounds_combine_by_the_side_on_which_they_lie():
    one, other = Estimate(value=10, low=4, high=11, n=50), Estimate(value=0, low=-1, high=8, n=40)
    found = above("one", "other")({"one": one, "other": other})
    # 10 apart, and 10 is how far the two reach towards each other: p of 1.96 standard errors.
    assert found.p == pytest.approx(0.025, abs=1e-4)
    assert (found.refuted, found.n) == (False, 40)
    assert below("other", "one")({"one": one, "other": other}) == found
    assert equal("one", 10.0, 1.0)({"one": one}).p > 0.05
    assert every(above("one", "other"), above("one", 0.0))({"one": one, "other": other}) == found


def test_a_measure_that_is_missing_cannot_be_tested():
    for missing in (claim(above("a.b", 0.0)), claim(above("c", 0.0), run="No number.")):
        (found,) = judge([missing], {}, invented=True)
        assert (found.direction, found.origin, found.n) == (Direction.UNTESTABLE, Origin.UNTESTABLE, None)
        assert found.run.startswith("This run has no measure")


def test_numbers_have_as_many_digits_as_tell_something():
    assert words(Estimate(value=0.234, low=0.1, high=0.38, n=3)) == "0.23 (0.10 to 0.38, n = 3)"
    assert words(Estimate(value=-0.001, low=-0.2, high=0.2, n=3)) == "0.00 (-0.20 to 0.20, n = 3)"
    assert words(Estimate(value=1.234, low=0.1, high=38.0, n=3)) == "1.2 (0.1 to 38.0, n = 3)"
    assert words(Estimate(value=5, low=5, high=5, n=3)) == "5.00"
