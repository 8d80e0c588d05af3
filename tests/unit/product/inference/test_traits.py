"""Traits of real people are told only by a bundle that was made to, and never in the page."""

import json
import shutil

import pytest

from speech2face.base.files import write_sealed
from speech2face.product.inference.model import load_model


def answer_of(bundle, voice, folder, *, source, traits, page):
    """The answer of the same bundle with another source, made with or without the switch."""
    shutil.copytree(bundle, folder)
    config = json.loads((bundle / "config.json").read_text())
    write_sealed(folder / "config.json", config | {"source": source, "traits": traits})
    with load_model(folder, page=page) as model:
        return model.face(voice)


@pytest.mark.parametrize(
    ("source", "traits", "page", "told"),
    [
        ("pairs", False, False, False),
        ("pairs", True, False, True),
        ("pairs", True, True, False),
        ("talkers", True, True, True),
    ],
)
def test_what_is_told_of_whom(bundle, voice, tmp_path, source, traits, page, told):
    answer = answer_of(bundle, voice, tmp_path / "bundle", source=source, traits=traits, page=page)
    assert bool(answer.attributes) == bool(answer.ratios) == told
    assert (answer.sex is not None) == (answer.as_json()["age"] is not None) == told
    words = " ".join(answer.sentences).lower()
    assert ("sex: " in words) == ("age: " in words) == ("measures of the face" in words) == told
    # The face, the draws, the bits and the doubt are there all the same.
    assert len(answer.others) == 8 and answer.doubt.max() > 0 and "bits" in words
    assert answer.sheet().size[0] > 100
