"""An answer as parts of a page. Everything is in the text itself: the app keeps no file of it."""

import base64
import io
import tempfile
import wave
import zipfile
from collections.abc import Mapping
from pathlib import Path

import jinja2
import numpy as np
from jaxtyping import Int16

from speech2face.base.sound import SAMPLE_RATE
from speech2face.product.inference.answer import Answer
from speech2face.product.inference.save import NOTICE

_OLDEST = 100
_BITS = 4.0
"""Where the scales of age, and of what a voice tells, end; a longer interval stretches its scale."""


def opening() -> str:
    """What stands at the top of the page, and what the page is not for."""
    return _TEMPLATES.get_template("opening.html").render()


def status(sentence: str) -> str:
    """What is going on."""
    return _TEMPLATES.get_template("status.html").render(sentence=sentence, refused=False, done=False)


def done() -> str:
    """That everything is there, for those who cannot see it."""
    return _TEMPLATES.get_template("status.html").render(sentence="The answer is below.", refused=False, done=True)


def refusal(sentence: str) -> str:
    """Why there is no answer."""
    return _TEMPLATES.get_template("status.html").render(sentence=sentence, refused=True, done=False)


def heard(answer: Answer, clip: Int16[np.ndarray, "samples"]) -> str:
    """What was listened to: the sound itself (16 kHz, the first stretch of it), and how much of it is speech."""
    return _TEMPLATES.get_template("heard.html").render(heard=answer.heard, clip=_data("audio/wav", _wav(clip)))


def trust(answer: Answer) -> str:
    """The answer in words, the doubt first."""
    doubtful = answer.outside.flagged or answer.information.says_little
    scale = max(_BITS, answer.information.high)
    return _TEMPLATES.get_template("trust.html").render(answer=answer, doubtful=doubtful, scale=scale)


def face(answer: Answer, files: Mapping[str, bytes]) -> str:
    """The pictures.

    Args:
        files: those that the answer is saved as, by their names.
    """
    return _TEMPLATES.get_template("face.html").render(
        answer=answer, pictures={name: _data("image/png", files[f"{name}.png"]) for name in _pictures(answer)}
    )


def details(answer: Answer, files: Mapping[str, bytes]) -> str:
    """Sets, intervals, and everything to take away.

    Args:
        files: those that the answer is saved as, by their names.
    """
    oldest = max(_OLDEST, answer.age.high) if answer.age is not None else _OLDEST
    return _TEMPLATES.get_template("details.html").render(
        answer=answer,
        oldest=oldest,
        notice=NOTICE,
        everything=_data("application/zip", _zip(files)),
        sheet=_data("image/png", files["sheet.png"]),
        numbers=_data("application/json", files["answer.json"]),
        head=_data("model/gltf-binary", files["head.glb"]) if "head.glb" in files else None,
    )


def files_of(answer: Answer) -> dict[str, bytes]:
    """The files that the answer is saved as, by their names."""
    with tempfile.TemporaryDirectory() as folder:
        answer.save(folder)
        return {path.name: path.read_bytes() for path in sorted(Path(folder).iterdir())}


def _pictures(answer: Answer) -> list[str]:
    return ["face", "doubt", *(f"others_{number}" for number in range(1, len(answer.others) + 1))]


def _data(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def _wav(clip: Int16[np.ndarray, "samples"]) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setparams((1, 2, SAMPLE_RATE, len(clip), "NONE", ""))
        file.writeframes(clip.astype("<i2").tobytes())
    return buffer.getvalue()


def _zip(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            # A date of its own would say when somebody spoke.
            archive.writestr(zipfile.ZipInfo(f"speech2face/{name}"), content)
    return buffer.getvalue()


def _number(value: float) -> str:
    """With as many digits as an interval of it deserves."""
    return f"{value:.0f}" if abs(value) >= 10 else f"{value:.2f}"


def _seconds(value: float) -> str:
    return f"{value:.1f} s"


def _percent(share: float) -> str:
    return f"{share:.0%}".replace("%", " %")


_TEMPLATES = jinja2.Environment(
    loader=jinja2.PackageLoader("speech2face.product.app", "."),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    undefined=jinja2.StrictUndefined,
)
_TEMPLATES.filters |= {"number": _number, "percent": _percent, "seconds": _seconds}
