"""Weights of face encoders: fetched or given, checked before they are read, kept as plain arrays.

The one test with a file as large as VGG-Face's, 580 MB, takes some seconds.
"""

import hashlib
import json
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from speech2face.cli import main
from speech2face.data.faces.encoders import load_face_encoder
from speech2face.data.faces.pretrained import WeightsError
from tests.unit.data.faces.made_weights import fetch, given, pointed_at, vgg_weights

SOME = {"conv1_1.weight": torch.ones(2, 3)}


class Handler(SimpleHTTPRequestHandler):
    def do_GET(self):
        self.server.asked += 1
        super().do_GET()

    def log_message(self, *told):
        pass


@pytest.fixture
def server(tmp_path):
    (tmp_path / "served").mkdir()
    handler = partial(Handler, directory=str(tmp_path / "served"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        running.asked = 0
        threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield running
        running.shutdown()


def sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def test_fetched_weights_become_arrays_that_an_encoder_loads(server, tmp_path, facenet):
    file = tmp_path / "served" / "released.pt"
    torch.save(facenet.weights, file)
    address = f"http://127.0.0.1:{server.server_port}/released.pt"
    unknown = pointed_at("facenet", tmp_path, address=address, sha256=None)
    with pytest.raises(WeightsError, match=rf"{sha256(file)}, .*put this hash into faces\.facenet\.weights\.sha256"):
        fetch(unknown)
    settings = pointed_at("facenet", tmp_path, address=address, sha256=sha256(file))
    fetch(settings)
    # Not again, and only what was made of it is kept.
    assert server.asked == 1
    made = {path.name for path in (tmp_path / "weights" / "facenet").iterdir()}
    assert made == {"config.json", "model.safetensors"}
    kept = load_file(settings.weight_files[0])
    assert kept.keys() == facenet.weights.keys()
    assert all(torch.equal(kept[name], value) for name, value in facenet.weights.items())
    told = json.loads(Path(settings.weight_files[1]).read_text())
    assert (told["source"], told["source_sha256"]) == (address, sha256(file))
    chips = torch.rand(2, 3, 160, 160, generator=torch.Generator().manual_seed(0))
    assert torch.equal(load_face_encoder(settings).embed(chips), facenet.encoder.embed(chips))


def test_a_file_as_large_as_vgg_face_is_read(tmp_path):
    arrays = vgg_weights()
    settings = given("vggface", tmp_path, arrays)
    fetch(settings)
    assert Path(settings.vggface.weights.file).is_file()
    weight = load_face_encoder(settings).network.fc7.weight
    assert torch.equal(weight, arrays["fc7.weight"])


def test_a_file_of_safetensors_may_be_given(tmp_path, facenet):
    file = tmp_path / "given.safetensors"
    save_file(facenet.weights, file)
    settings = pointed_at("facenet", tmp_path, file=str(file), sha256=sha256(file))
    fetch(settings)
    assert load_face_encoder(settings).name == "facenet"


def test_another_file_than_expected_is_not_read(tmp_path):
    settings = given("vggface", tmp_path, SOME)
    wrong = pointed_at("vggface", tmp_path, file=settings.vggface.weights.file, sha256="0" * 64)
    found = settings.vggface.weights.sha256
    with pytest.raises(WeightsError, match=rf"has SHA-256 {found} instead of {'0' * 64}\. Delete it to fetch it again"):
        fetch(wrong)
    assert not (tmp_path / "weights").exists()


class Trap:
    """Runs code when it is unpickled."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self):
        return Path.mkdir, (self.folder,)


def test_code_in_a_file_does_not_run(tmp_path):
    settings = given("vggface", tmp_path, {"conv1_1.weight": Trap(tmp_path / "sprung")})
    with pytest.raises(WeightsError, match="cannot be read as weights"):
        fetch(settings)
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ([torch.ones(2)], "is not a plain list of arrays by name"),
        ({"epoch": 3}, "is not a plain list of arrays by name"),
        (SOME, r"does not hold the weights of vggface \(32 of 32 arrays differ: conv1_1\.bias is missing"),
    ],
)
def test_files_of_something_else_are_refused(tmp_path, arrays, message):
    with pytest.raises(WeightsError, match=message):
        fetch(given("vggface", tmp_path, arrays))


def test_cut_and_foreign_files_are_refused(tmp_path):
    settings = given("vggface", tmp_path, SOME)
    file = Path(settings.vggface.weights.file)
    for number, content in enumerate((file.read_bytes()[:-7], b"", b"<html>not here</html>")):
        file.write_bytes(content)
        with pytest.raises(WeightsError, match="cannot be read as weights"):
            fetch(pointed_at("vggface", tmp_path / str(number), file=str(file), sha256=sha256(file)))


@pytest.fixture
def kept(tmp_path, facenet):
    settings = given("facenet", tmp_path, facenet.weights)
    fetch(settings)
    return settings


def test_what_changed_since_it_was_checked_is_not_loaded(kept, tmp_path):
    weights, config = map(Path, kept.weight_files)
    other = pointed_at("facenet", tmp_path, sha256="1" * 64)
    with pytest.raises(WeightsError, match=rf"made from a file with SHA-256 .*, and the config asks for {'1' * 64}"):
        load_face_encoder(other)
    with weights.open("r+b") as file:
        file.seek(50_000)
        byte = file.read(1)
        file.seek(50_000)
        file.write(bytes([byte[0] ^ 1]))
    with pytest.raises(WeightsError, match=r"it is damaged\. Delete .*facenet and run the rule fetch_weights again"):
        load_face_encoder(kept)
    for text in ("{", "[]", "{}"):
        config.write_text(text)
        with pytest.raises(WeightsError, match="is not a description of weights"):
            load_face_encoder(kept)
    config.unlink()
    with pytest.raises(FileNotFoundError, match="There are no weights of the face encoder facenet in"):
        load_face_encoder(kept)


def test_the_command_says_what_is_wrong_in_one_sentence(tmp_path, capsys):
    source = pointed_at("vggface", tmp_path, file=str(tmp_path / "none.pth")).vggface.weights
    files = ["--weights", str(tmp_path / "m"), "--config", str(tmp_path / "c")]
    assert main(["fetch-weights", "--encoder", "vggface", "--settings", source.model_dump_json(), *files]) == 1
    assert "There is no file" in capsys.readouterr().err
    assert main(["fetch-weights", "--encoder", "dlib", "--settings", source.model_dump_json(), *files]) == 1
    assert "'dlib' has no weights to fetch: choose one of facenet, vggface." in capsys.readouterr().err
