"""The prohibition has one wording everywhere."""

import pytest

from speech2face.base.uses import FORBIDDEN
from tests.conftest import ROOT


@pytest.mark.parametrize("name", ["README.md", "docs/consent.md", "docs/app.md"])
def test_documents_forbid_the_same_in_the_same_words(name):
    text = " ".join((ROOT / name).read_text(encoding="utf-8").split())
    assert [use for use in FORBIDDEN if use not in text] == []


@pytest.mark.parametrize("name", ["product/app/opening", "product/audit/page", "evaluation/report/page"])
def test_pages_print_it_and_have_no_wording_of_their_own(name):
    text = (ROOT / "src" / "speech2face" / f"{name}.html").read_text(encoding="utf-8")
    assert "for use in forbidden" in text
    assert "accus" not in text
