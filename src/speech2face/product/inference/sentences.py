"""An answer in plain words."""

import math
from collections.abc import Mapping, Sequence

from speech2face.base.estimates import Interval, PredictionRegion
from speech2face.data.sources.attributes import people_of
from speech2face.product.inference.answer import Excerpt, Information, Outside

# A ratio is named where its interval is narrower than this part of that without any voice.
_NARROW = 0.8


def in_words(
    *,
    information: Information | None,
    outside: Outside,
    attributes: Mapping[str, PredictionRegion],
    ratios: Mapping[str, Interval],
    prior_intervals: Mapping[str, Sequence[float]],
    heard: Excerpt,
    world: str,
    unseen: Mapping[str, float],
) -> tuple[str, ...]:
    """Sentences, the most important first: warnings, bits, attributes, ratios, and what the answer rests on.

    Each names the people of whom it is true: those that the model learned from.

    Args:
        information: None where the voice is flagged.
        prior_intervals: low and high end of the interval of each ratio without any voice.
        unseen: see `unseen_shifts`.
    """
    people = people_of(world)
    said = [_information(information, people) if information else _outside(outside, people)]
    said += [_attribute(name.replace("_", " "), region, people) for name, region in attributes.items()]
    if ratios:
        narrow = [
            name.replace("_", " ")
            for name, interval in ratios.items()
            if interval.width < _NARROW * (prior_intervals[name][1] - prior_intervals[name][0])
        ]
        named = f"{len(narrow)}: {', '.join(narrow)}" if narrow else "none"
        said.append(f"Of {len(ratios)} measures of the faces of {people} the voice narrows {named}.")
    stretches = f" in {heard.segments} stretches" if heard.segments > 1 else f" from {heard.start_s:.1f} s on"
    said.append(f"Heard: {heard.seconds:.1f} s{stretches}, {heard.speech_seconds:.1f} s of it speech.")
    if unseen and not outside.flagged:
        shifts = ", ".join(f"{name} (some for {least:.0%} only)" for name, least in unseen.items())
        said.append(f"What the voices of {people} do not show, and what makes such sets and intervals wrong: {shifts}.")
    said.append(f"The model learned from {world}. A picture of this kind is a guess from averages, not a likeness.")
    return tuple(said)


def _outside(outside: Outside, people: str) -> str:
    return (
        f"This voice is unlike those of {people} that the model learned from ({_share(outside.p)} of them are as odd). "
        "So no trait, no measure of the face and no bits are given, and the picture says nothing about who speaks."
    )


def _information(information: Information, people: str) -> str:
    bits = (
        f"{information.bits:.1f} bits ({information.low:.1f} to {information.high:.1f}), where 0 is knowing nothing, "
        f"the sex alone can give at most 1, and telling one of {information.people} faces apart takes "
        f"{math.log2(information.people):.1f}"
    )
    if information.says_little:
        return f"Of the faces of {people} such a voice tells little: {bits}. The picture is mostly an average face."
    return f"Of the faces of {people} such a voice tells something, by no means all: {bits}."


def _attribute(name: str, region: PredictionRegion, people: str) -> str:
    if isinstance(region, Interval):
        said, holds = f"{region.low:.0f} to {region.high:.0f} {region.unit}", "intervals hold"
    elif region.values:
        said, holds = " or ".join(region.values), "sets hold"
    else:
        said, holds = f"cannot be told, the voice is unlike most voices of any {name}", "sets hold"
    return f"{name.capitalize()}: {said}; such {holds} the {name} of {region.coverage:.0%} of {people}."


def _share(p: float) -> str:
    return f"{p:.1%}" if p >= 0.001 else "less than 0.1%"
