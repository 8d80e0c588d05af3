"""What an answer says, in plain words."""

from collections.abc import Mapping

from speech2face.product.inference.answer import Heard, Information, Interval, Outside, Set

# An interval narrower than this part of that of knowing nothing is worth a word.
_NARROW = 0.8


def in_words(
    *,
    information: Information,
    outside: Outside,
    sex: Set | None,
    age: Interval | None,
    ratios: Mapping[str, Interval],
    nothing: Mapping[str, tuple[float, float]],
    heard: Heard,
    world: str,
) -> tuple[str, ...]:
    """Sentences in the order of what matters: warnings, what the voice tells, what follows, where it all comes from.

    Args:
        nothing: the intervals of `age` and the ratios without any voice.
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
    said = []
    if sex is not None:
        said.append(_sex(sex))
    if age is not None:
        said.append(
            f"Age: {age.low:.0f} to {age.high:.0f} years; such intervals hold the age of {age.coverage:.0%} of people."
        )
    if ratios:
        narrow = [
            name.replace("_", " ")
            for name, interval in ratios.items()
            if interval.high - interval.low < _NARROW * (nothing[name][1] - nothing[name][0])
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


def _sex(sex: Set) -> str:
    holds = f"such sets hold the sex of {sex.coverage:.0%} of people"
    if not sex.values:
        return f"Sex: cannot be told, the voice is unlike most of either; {holds}."
    return f"Sex: {' or '.join(sex.values)}; {holds}."


def _share(p: float) -> str:
    return f"{p:.1%}" if p >= 0.001 else "less than 0.1%"
