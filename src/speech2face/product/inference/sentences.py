"""An answer in plain words."""

from collections.abc import Mapping, Sequence

from speech2face.base.estimates import Interval, PredictionRegion
from speech2face.product.inference.answer import Excerpt, Information, Outside

# A ratio is named where its interval is narrower than this part of that without any voice.
_NARROW = 0.8


def in_words(
    *,
    information: Information,
    outside: Outside,
    attributes: Mapping[str, PredictionRegion],
    ratios: Mapping[str, Interval],
    prior_intervals: Mapping[str, Sequence[float]],
    heard: Excerpt,
    world: str,
) -> tuple[str, ...]:
    """Sentences, the most important first: warnings, bits, attributes, ratios, and what the answer rests on.

    Args:
        prior_intervals: low and high end of the interval of each ratio without any voice.
    """
    warnings = []
    if outside.flagged:
        warnings.append(
            "This voice is unlike those that the model learned from "
            f"({_share(outside.p)} of its own voices are as odd): nothing that follows can be relied on."
        )
    bits = (
        f"{information.bits:.1f} bits ({information.low:.1f} to {information.high:.1f}), where 0 is knowing nothing "
        "and each bit halves the faces that are left"
    )
    if information.says_little:
        warnings.append(f"This voice says little about the face: {bits}. The picture is mostly an average face.")
    else:
        warnings.append(f"This voice says something about the face, by no means all: {bits}.")
    said = [_attribute(name.replace("_", " "), region) for name, region in attributes.items()]
    if ratios:
        narrow = [
            name.replace("_", " ")
            for name, interval in ratios.items()
            if interval.width < _NARROW * (prior_intervals[name][1] - prior_intervals[name][0])
        ]
        said.append(
            f"Of {len(ratios)} measures of the face the voice narrows {len(narrow)}: {', '.join(narrow)}."
            if narrow
            else f"Of {len(ratios)} measures of the face the voice narrows none."
        )
    stretches = f" in {heard.segments} stretches" if heard.segments > 1 else f" from {heard.start_s:.1f} s on"
    said.append(f"Heard: {heard.seconds:.1f} s{stretches}, {heard.speech_seconds:.1f} s of it speech.")
    said.append(f"The model learned from {world}. A picture of this kind is a guess from averages, not a likeness.")
    return (*warnings, *said)


def _attribute(name: str, region: PredictionRegion) -> str:
    if isinstance(region, Interval):
        said, holds = f"{region.low:.0f} to {region.high:.0f} {region.unit}", "intervals hold"
    elif region.values:
        said, holds = " or ".join(region.values), "sets hold"
    else:
        said, holds = f"cannot be told, the voice is unlike most voices of any {name}", "sets hold"
    return f"{name.capitalize()}: {said}; such {holds} the {name} of {region.coverage:.0%} of people."


def _share(p: float) -> str:
    return f"{p:.1%}" if p >= 0.001 else "less than 0.1%"
