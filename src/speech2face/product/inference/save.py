"""Writing an answer to a folder: pictures that say what they are, and JSON."""

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from speech2face.base.files import atomic_path, write_json

if TYPE_CHECKING:
    from speech2face.product.inference.answer import Answer

NOTICE = "Generated from a voice by a statistical model. Not a likeness of anyone, and no evidence about anyone."

_SHAPES = ("picture", "others", "doubt", "head")


def as_json(answer: "Answer") -> dict[str, object]:
    """Numbers, sets, intervals and sentences; without the pictures."""
    fields = {field.name: getattr(answer, field.name) for field in dataclasses.fields(answer)}
    plain: dict[str, object] = {
        name: _plain(value) for name, value in fields.items() if name not in _SHAPES and name != "embedding"
    }
    plain["embedding"] = [round(float(number), 6) for number in answer.embedding]
    plain["notice"] = NOTICE
    return plain


def _plain(value: object) -> object:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    return value


def save(answer: "Answer", folder: Path) -> None:
    """See `Answer.save`."""
    pictures = {"face": Image.fromarray(answer.picture)}
    pictures |= {f"others_{number}": Image.fromarray(other) for number, other in enumerate(answer.others, 1)}
    pictures["doubt"] = doubt_picture(answer.doubt)
    pictures["sheet"] = answer.sheet()
    for name, picture in pictures.items():
        save_picture(picture, folder / f"{name}.png", answer.model)
    if answer.head is not None:
        with atomic_path(folder / "head.glb") as temporary:
            temporary.write_bytes(answer.head.glb(f"{NOTICE} Model {answer.model}."))
    # Last: where it is, everything is.
    write_json(folder / "answer.json", as_json(answer))


def doubt_picture(doubt: np.ndarray) -> Image.Image:
    """The map of doubt in greys: black is sure, white may be anything from black to white."""
    return Image.fromarray((doubt.clip(0, 1) * 255).round().astype(np.uint8))


def picture_metadata(model: str) -> PngInfo:
    """What every picture says of itself, as tEXt and, for readers of the IPTC's terms, as XMP."""
    metadata = PngInfo()
    metadata.add_text("Description", NOTICE)
    metadata.add_text("Software", f"speech2face, model {model}")
    metadata.add_itxt("XML:com.adobe.xmp", _XMP)
    return metadata


# The IPTC's word for media that an algorithm made, which viewers and platforms look for.
_XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" '
    'Iptc4xmpExt:DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"/>'
    "</rdf:RDF></x:xmpmeta>"
)


def save_picture(picture: Image.Image, path: Path, model: str) -> None:
    """Write a PNG that says what it is; the file appears under its name only when it is whole."""
    with atomic_path(path) as temporary:
        picture.save(temporary, format="PNG", pnginfo=picture_metadata(model))
