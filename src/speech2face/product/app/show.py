"""An answer as HTML, for parts of the page. Pictures and sound are embedded: the app keeps no file of an answer."""

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

from speech2face.base.estimates import Interval
from speech2face.base.sound import SAMPLE_RATE
from speech2face.base.uses import FORBIDDEN
from speech2face.data.sources.attributes import Attribute, calibrated, people_of
from speech2face.product.inference.answer import NOTICE, Answer

_BITS = 4.0
"""Where the scale of the information ends; a longer interval stretches it."""


def opening() -> str:
    """The top of the page, with what the page must not be used for."""
    return _TEMPLATES.get_template("opening.html").render(forbidden=FORBIDDEN)


def status(sentence: str) -> str:
    """The current step."""
    return _TEMPLATES.get_template("status.html").render(sentence=sentence, refused=False, done=False)


def done() -> str:
    """Tells screen readers that the answer is complete."""
    return _TEMPLATES.get_template("status.html").render(sentence="The answer is below.", refused=False, done=True)


def refusal(sentence: str) -> str:
    """Why there is no answer."""
    return _TEMPLATES.get_template("status.html").render(sentence=sentence, refused=True, done=False)


def heard(answer: Answer, clip: Int16[np.ndarray, "samples"]) -> str:
    """The excerpt that the answer rests on: its sound (the first stretch, 16 kHz), and how much of it is speech."""
    return _TEMPLATES.get_template("heard.html").render(heard=answer.heard, clip=_data("audio/wav", _wav(clip)))


def trust(answer: Answer) -> str:
    """The sentences of the answer, and the information on a scale."""
    doubtful = answer.information is None or answer.information.says_little
    scale = _BITS if answer.information is None else max(_BITS, answer.information.high)
    return _TEMPLATES.get_template("trust.html").render(answer=answer, doubtful=doubtful, scale=scale)


def face(answer: Answer, files: Mapping[str, bytes]) -> str:
    """The pictures.

    Args:
        files: see `files_of`.
    """
    return _TEMPLATES.get_template("face.html").render(
        answer=answer, pictures={name: _data("image/png", files[f"{name}.png"]) for name in _pictures(answer)}
    )


def details(answer: Answer, files: Mapping[str, bytes]) -> str:
    """Sets and intervals, and the files to download.

    Args:
        files: see `files_of`.
    """
    return _TEMPLATES.get_template("details.html").render(
        answer=answer,
        people=people_of(answer.world),
        attributes=[_attribute(known, answer) for known in calibrated() if known.name in answer.attributes],
        notice=NOTICE,
        everything=_data("application/zip", _zip(files)),
        sheet=_data("image/png", files["sheet.png"]),
        numbers=_data("application/json", files["answer.json"]),
        head=_data("model/gltf-binary", files["head.glb"]) if "head.glb" in files else None,
    )


def _attribute(attribute: Attribute, answer: Answer) -> dict[str, object]:
    """A row of the table: the set or interval, and where on its scale an interval lies, in percent."""
    region = answer.attributes[attribute.name]
    row: dict[str, object] = {"name": attribute.words.capitalize(), "region": region}
    if not isinstance(region, Interval):
        return row | {"interval": False}
    least, most = attribute.scale or attribute.bounds
    least, most = min(least, region.low), max(most, region.high)
    low, high, typical = (
        100 * (number - least) / (most - least) for number in (region.low, region.high, region.typical)
    )
    return row | {"interval": True, "low": low, "high": high, "typical": typical}


def files_of(answer: Answer) -> dict[str, bytes]:
    """The contents of the files that `Answer.save` writes, by name."""
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
            # ZipInfo has a fixed date: the current one would say when somebody spoke.
            archive.writestr(zipfile.ZipInfo(f"speech2face/{name}"), content)
    return buffer.getvalue()


def _number(value: float) -> str:
    """With two decimals below 10."""
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
