"""Two attributes that exist nowhere in the package, all the way: `third_attributes.py FOLDER`.

A process of its own, since the columns of all tables follow from the attributes when the package is imported. It makes
people with a height and a handedness, calibrates, packs a bundle, answers a voice and audits, all below FOLDER.
"""

import json
import shutil
import sys
from pathlib import Path

from speech2face.data.sources import attributes
from speech2face.data.sources.attributes import Attribute, Kind
from speech2face.data.sources.labels import read_number

HEIGHT = Attribute(
    name="height",
    kind=Kind.NUMBER,
    reader=lambda word: read_number(word, "a height in cm", 50, 250),
    unit="cm",
    bounds=(50.0, 250.0),
    bands=(150, 160, 170, 180),
)
HANDEDNESS = Attribute(name="handedness", kind=Kind.CLASS, reader=lambda word: word or None)


def labels(cause):
    """What both are of a person: a number that voices show, and a class."""
    return {"height": 170 + 10 * cause[2], "handedness": "left" if cause[3] > 0.7 else "right"}


def main(folder: Path) -> None:
    from speech2face.data.sources.tables import CLIP_COLUMNS
    from speech2face.product.app import show
    from speech2face.product.audit.write import audit_bundle
    from speech2face.product.inference.many import answer_recordings
    from speech2face.product.inference.model import load_model
    from tests.unit.product.inference.made_bundle import make_bundle
    from tests.unit.product.inference.made_voice import write_voice

    assert [CLIP_COLUMNS[name][1](word) for name, word in (("height", "181"), ("handedness", "left"))] == [181, "left"]
    bundle = make_bundle(folder, labels=labels)
    (folder / "calibration").mkdir()
    for kind in ("calibration", "audit"):
        shutil.move(folder / f"{kind}.arrow", folder / "calibration")
    (folder / "voices").mkdir()
    write_voice(folder / "voices" / "voice.wav")
    answer_recordings(
        voices=[folder / "voices"], output=folder / "out", bundle=bundle, start=0.0, everything=False, device="cpu"
    )
    with load_model(bundle) as model:
        answer = model.face(folder / "voices" / "voice.wav")
    (folder / "page.html").write_text(show.details(answer, dict.fromkeys(show.files_of(answer), b"")))
    (folder / "sentences.json").write_text(json.dumps(answer.sentences))
    audit_bundle(bundle=bundle, output=folder / "audit")


if __name__ == "__main__":
    attributes.ATTRIBUTES = (*attributes.ATTRIBUTES, HEIGHT, HANDEDNESS)
    main(Path(sys.argv[1]))
