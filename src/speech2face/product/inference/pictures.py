"""Pictures of an answer as PNG files that say what they are."""

from pathlib import Path

import numpy as np
from jaxtyping import Float
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from speech2face.base.files import atomic_path

# The IPTC's term for media that an algorithm made, which viewers and platforms look for.
_XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" '
    'Iptc4xmpExt:DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"/>'
    "</rdf:RDF></x:xmpmeta>"
)


def doubt_picture(doubt: Float[np.ndarray, "height width"]) -> Image.Image:
    """The map of doubt in greys: black is sure, white may be anything from black to white."""
    return Image.fromarray((doubt.clip(0, 1) * 255).round().astype(np.uint8))


def save_picture(picture: Image.Image, path: Path, *, notice: str, model: str) -> None:
    """Write a PNG, whole or not at all, whose metadata (tEXt, and XMP with the IPTC's terms) say what it is.

    Args:
        notice: that it was generated and is no likeness.
        model: id of the bundle.
    """
    metadata = PngInfo()
    metadata.add_text("Description", notice)
    metadata.add_text("Software", f"speech2face, model {model}")
    metadata.add_itxt("XML:com.adobe.xmp", _XMP)
    with atomic_path(path) as temporary:
        picture.save(temporary, format="PNG", pnginfo=metadata)
