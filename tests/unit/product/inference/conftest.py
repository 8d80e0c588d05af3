"""One tiny bundle for all tests of inference, and a real voice to give it."""

import pytest
import soundfile

from speech2face.product.inference.model import load_model
from tests.unit.product.inference.made_bundle import make_bundle
from tests.unit.product.inference.made_voice import speak


@pytest.fixture(scope="session")
def bundle(tmp_path_factory):
    """The folder of a bundle; not to be changed."""
    return make_bundle(tmp_path_factory.mktemp("bundle"))


@pytest.fixture(scope="session")
def model(bundle):
    with load_model(bundle) as loaded:
        yield loaded


@pytest.fixture(scope="session")
def speech():
    """Twenty seconds of a voice, int16 at 16 kHz."""
    return speak()


@pytest.fixture
def voice(speech, tmp_path):
    """The same as a file."""
    path = tmp_path / "voice.wav"
    soundfile.write(path, speech, 16_000)
    return path
