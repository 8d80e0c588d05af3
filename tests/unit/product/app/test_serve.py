"""The command that shows the page: where, of which model, and what is left of it."""

import io
import json
import subprocess
import sys
import zipfile

import numpy as np
import pytest

from speech2face.cli import main
from speech2face.data.talkers.text import passage
from speech2face.data.talkers.voice import Synthesiser, VoiceParameters
from speech2face.product.app.serve import private_folder, take
from speech2face.product.inference.model import load_model
from tests.unit.product.app.browser import Browser, downloads
from tests.unit.product.app.conftest import HERE, serving
from tests.unit.product.app.sounds import wav
from tests.unit.product.inference.made_bundle import make_bundle


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def test_page_is_on_this_machine_alone():
    with take(0) as taken:
        assert taken.getsockname()[0] == "127.0.0.1"


def test_port_that_is_taken_is_said_in_a_sentence():
    with take(0) as taken:
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(RuntimeError, match=rf"Port {port} .* name another with --port"):
            take(port)
    with pytest.raises(RuntimeError, match="--port"):
        take(123456)


def test_folder_is_private_and_goes_with_everything_in_it(temporary):
    with private_folder() as folder:
        assert folder.stat().st_mode & 0o777 == 0o700
        (folder / "deep").mkdir()
        (folder / "deep" / "voice.wav").touch()
    assert not list(temporary.iterdir())


def test_folders_of_killed_processes_go_and_those_of_living_ones_stay(temporary):
    with private_folder() as living:
        left = living.with_name(f"{living.name}-left")
        left.mkdir()
        (left / "voice.wav").touch()
        with private_folder():
            assert living.exists() and not left.exists()


def test_watch_notes_what_leaves_this_machine(tmp_path):
    """Or the tests that nothing does would say nothing."""
    program = (
        f"import sys, socket, pathlib; sys.path.insert(0, {str(HERE)!r}); import watch; "
        f"watch.watch(pathlib.Path({str(tmp_path / 'calls')!r})); s = socket.socket(); s.setblocking(False); "
        "s.connect_ex(('127.0.0.1', 9)); s.connect_ex(('192.0.2.1', 9))"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
    assert (tmp_path / "calls").read_text() == "socket.connect 192.0.2.1\n"


def test_page_says_what_the_model_says(tmp_path, soak):
    with soak("answers of the page against those of the model", small=0, full=5) as tally:
        if not tally.count:
            pytest.skip("the model of this test takes a minute to make: make soak runs it")
        bundle = make_bundle(tmp_path)
        voices = [speak(100.0 + 25 * number) for number in range(tally.count)]
        pages = []
        with serving(tmp_path, "-m", "speech2face.cli", "app", "--model", str(bundle), "--port", "0") as server:
            browser = Browser(server.port)
            browser.open()
            for voice in voices:
                (path,) = json.loads(browser.send(voice).body)
                pages.append(browser.answer(path, start=1.5))
            (path,) = json.loads(browser.send(bytes(5000)).body)
            assert "This is no audio or video file that can be read." in browser.answer(path)
        with load_model(bundle) as model:
            for number, (voice, page) in enumerate(zip(voices, pages, strict=True)):
                recording, folder = tmp_path / "voice.wav", tmp_path / f"saved_{number}"
                recording.write_bytes(voice)
                answer = model.face(recording, start=1.5)
                answer.save(folder)
                archive = zipfile.ZipFile(io.BytesIO(downloads(page)["speech2face.zip"]))
                taken = {name.removeprefix("speech2face/"): archive.read(name) for name in archive.namelist()}
                saved = {path.name: path.read_bytes() for path in folder.iterdir()}
                said = all(sentence.split(":")[0] in page for sentence in answer.sentences)
                tally.check(taken == saved and said, f"voice {number}")


def speak(pitch: float) -> bytes:
    """Nine seconds of a voice of that pitch in Hz, as a WAV file."""
    with Synthesiser() as synthesiser:
        text = passage("en-us", np.random.default_rng(0), seconds=9.0)
        spoken = synthesiser.speak(text, VoiceParameters(language="en-us", pitch_hz=pitch))
    return wav(spoken.samples, spoken.sample_rate)


def test_command_without_a_model_ends_with_a_sentence(tmp_path, capsys):
    assert main(["app", "--model", str(tmp_path), "--port", "0"]) == 1
    assert "make bundle" in capsys.readouterr().err
