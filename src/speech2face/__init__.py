"""Speech2Face: a voice recording in, a picture of a plausible face out.

A reproduction of Oh et al., *Speech2Face: Learning the Face Behind a Voice*, CVPR 2019, as one workflow from
videos of people talking to every figure. Each subpackage is one phase of that workflow and carries the noun
that its rule file, config section and results folder carry too; phases meet only through files.

>>> from speech2face import load_model
>>> load_model().face("voice.wav").save("out")  # doctest: +SKIP
"""

from typing import Any

__version__ = "0.1.0"

# Not imported here, not even for type checkers: every rule whose code imports this module would run again with them.
_HOMES = {"Answer": "answer", "Model": "model", "load_model": "model", "NotAVoice": "refusals", "Refusal": "refusals"}


def __getattr__(name: str) -> Any:
    """What is used of the package from outside, imported when it is asked for: every command imports this module."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.product.inference.{_HOMES[name]}"), name)
