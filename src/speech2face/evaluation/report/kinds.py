"""Kinds of claims that recur, and what counts as no difference."""

from speech2face.evaluation.report.claims import Claim, Effect, Test, above, below, equal

ALIKE, ALIKE_PERCENTILE = 5.0, 2.5
"""What counts as no difference, in points and in percentiles; set before any claim was judged by it. The paper's own
recalls at 10 % differ by 7 between 3 and 6 s of a voice."""
RECALL = "retrieval.raw_cosine.recall_at_10_percent"
NONE_PRINTED = "the paper shows pictures and prints no number"


def shown(figure: str, source: str, paper: str, run: str, why: str = NONE_PRINTED) -> Claim:
    """A claim that cannot be tested: the paper gives no number, or not for comparable data."""
    return Claim(figure=figure, source=source, paper=paper, run=run, rule=why, test=None)


def agreement(attribute: str, source: str, paper: str, number: float, *, wins: bool) -> Claim:
    """Agreement of labels read from S2F pictures and originals, against always giving the commonest label.

    Args:
        number: the paper's agreement, percent.
        wins: whether the paper's lies above the share of its commonest label.
    """
    prefix = f"s2f_pictures.confusion.{attribute}"
    named = prefix.replace(".", "/")
    one, other = f"{prefix}.agreement", f"{prefix}.majority"
    return Claim(
        figure="confusion",
        source=source,
        paper=paper,
        run=f"Agreement {{{named}/agreement}} %; always giving the commonest label scores {{{named}/majority}} %.",
        rule="the agreement lies above the rate of the commonest label"
        if wins
        else f"as in the paper, the agreement is at most {ALIKE:g} points above the rate of the commonest label",
        test=above(one, other) if wins else below(one, other, ALIKE),
        effects=(Effect(what="agreement, %", measure=one, paper=number),),
        planted=True,
    )


def variant(source: str, name: str, paper: str, run: str, *, worse: bool) -> Claim:
    """A variant of the voice encoder against the run, by the paired difference of recall.

    Args:
        worse: whether the paper's variant is worse; else it hardly matters.
    """
    apart = f"{name}.convergence.against_run.recall_at_10_percent"
    return Claim(
        figure="convergence",
        source=source,
        paper=paper,
        run=f"{run}: {{{apart.replace('.', '/')}}} points of recall at 10 % (centred cosine), paired.",
        rule="the paired difference lies below 0" if worse else f"the paired difference is less than {ALIKE:g} points",
        test=below(apart, 0.0) if worse else equal(apart, 0.0, ALIKE),
    )


def above_chance(k: int) -> Test:
    """The paper's recall at `k` % of the gallery lies above chance."""
    return above(f"s2f.retrieval.raw_cosine.recall_at_{k}_percent", f"chance.retrieval.recall_at_{k}_percent")
