import hashlib
from pathlib import Path

import numpy as np
import pytest

from speech2face.data.faces import dlib_weights
from speech2face.data.faces.dlib_weights import package_model, parse_dlib_weights, read_dlib_weights


@pytest.fixture(scope="module")
def released() -> bytes:
    return package_model(dlib_weights.RECOGNITION_FILE).read_bytes()


def test_every_weight_of_the_file_is_read(released: bytes) -> None:
    weights = parse_dlib_weights(released)
    numbers = weights.projection.size + sum(
        c.filters.size + c.biases.size + c.gamma.size + c.beta.size for c in weights.convolutions
    )
    # What is left are tags, learning rates and unused parameters.
    assert 4 * numbers == pytest.approx(len(released), rel=1e-3)
    assert [c.filters.shape[0] for c in weights.convolutions] == ([32] * 7 + [64] * 8 + [128] * 6 + [256] * 8)
    assert [i for i, c in enumerate(weights.convolutions) if c.stride == 2] == [0, 7, 15, 21, 27]
    assert weights.projection.shape == (256, 128)


@pytest.mark.parametrize("kept", [0, 1, 400, 19_000, 19_600, 10_000_000, 22_334_910, 22_465_900])
def test_a_truncated_file_is_refused(released: bytes, kept: int) -> None:
    with pytest.raises(ValueError, match="not dlib's face recognition network"):
        parse_dlib_weights(released[:kept])


def test_a_foreign_file_is_refused(released: bytes) -> None:
    predictor = package_model("face_recognition_models/models/mmod_human_face_detector.dat").read_bytes()
    noise = np.random.default_rng(0).bytes(100_000)
    for data in (predictor, noise, b"\x01\x05con_4" * 40, released[19_000:]):
        with pytest.raises(ValueError, match="not dlib's face recognition network"):
            parse_dlib_weights(data)


def test_one_changed_weight_is_noticed(released: bytes, tmp_path: Path) -> None:
    changed = bytearray(released)
    changed[1_000_000] ^= 1
    path = tmp_path / "changed.dat"
    path.write_bytes(changed)
    with pytest.raises(ValueError, match=hashlib.sha256(changed).hexdigest()):
        read_dlib_weights(path)


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dlib_weights, "PACKAGE", "no-such-package")
    with pytest.raises(FileNotFoundError, match="install no-such-package"):
        package_model(dlib_weights.RECOGNITION_FILE)


@pytest.mark.parametrize(
    ("package", "file"), [("no-such-package", "a.dat"), (dlib_weights.PACKAGE, "no/such/file.dat")]
)
def test_a_missing_package_or_file_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, package: str, file: str
) -> None:
    monkeypatch.setattr(dlib_weights, "PACKAGE", package)
    with pytest.raises(FileNotFoundError, match=rf"{package} does not provide {file}: install {package} 0.3.0"):
        package_model(file)
