"""dlib's face recognition weights, read from its own file format without dlib.

The format is dlib's C++ serialisation (Davis King, dlib, Boost Software License): a serialised integer is a
control byte (low four bits: how many bytes follow; high bit: sign) and those bytes, little-endian; a tensor
is a version, four dimensions and raw little-endian float32. Layers follow one another from input to output,
each behind its tag as text.
"""

import importlib.metadata
import math
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float

from speech2face.base.released import read_released

PACKAGE = "face-recognition-models"
_VERSION = "0.3.0"
REMEDY = f"reinstall {PACKAGE} {_VERSION}"
RECOGNITION_FILE = "face_recognition_models/models/dlib_face_recognition_resnet_model_v1.dat"
RECOGNITION_SHA256 = "55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30"

CONVOLUTIONS = 29
EMBEDDING = 128
FEATURES = 256

_TENSOR_VERSION = 2
_NEGATIVE = 0x80
_LENGTH_BITS = 0x0F
_PARAMETER_TAGS = re.compile(rb"\x01\x05con_4|\x01\x07affine_|\x01\x04fc_2")


@dataclass(frozen=True, kw_only=True)
class Convolution:
    """One convolution with the channel-wise affine layer (inference-time batch norm) that follows it."""

    filters: Float[np.ndarray, "out in rows columns"]
    biases: Float[np.ndarray, " out"]
    stride: int
    padding: int
    gamma: Float[np.ndarray, " out"]
    beta: Float[np.ndarray, " out"]


@dataclass(frozen=True, kw_only=True)
class DlibWeights:
    """Every learned number of the network, in the order of its layers."""

    convolutions: tuple[Convolution, ...]
    projection: Float[np.ndarray, "features dimension"]


def package_model(relative: str) -> Path:
    """Return the path of a model file in the package of dlib's weights, which is not imported.

    Importing the package fails on a Python without `pkg_resources`.

    Raises:
        FileNotFoundError: the package or the file in it is missing.
    """
    try:
        path = Path(str(importlib.metadata.distribution(PACKAGE).locate_file(relative)))
    except importlib.metadata.PackageNotFoundError:
        path = None
    if path is None or not path.is_file():
        raise FileNotFoundError(
            f"The package {PACKAGE} does not provide {relative}: install {PACKAGE} {_VERSION}."
        ) from None
    return path


def read_dlib_weights(path: Path | None = None) -> DlibWeights:
    """Read dlib's face recognition network from `path`, or from the installed package.

    Raises:
        FileNotFoundError: the package is not installed.
        ValueError: the file's SHA-256 is not `RECOGNITION_SHA256`.
    """
    path = package_model(RECOGNITION_FILE) if path is None else path
    return parse_dlib_weights(read_released(path, RECOGNITION_SHA256, REMEDY))


def parse_dlib_weights(data: bytes) -> DlibWeights:
    """Parse a serialised `dlib_face_recognition_resnet_model_v1`.

    Raises:
        ValueError: the bytes end too early or are not that network.
    """
    reader = _Reader(data)
    plain: list[_Plain] = []
    convolutions: list[Convolution] = []
    projection = None
    while (tag := reader.next_tag()) is not None:
        if tag == b"con_4":
            plain.append(reader.convolution())
        elif tag == b"affine_":
            if len(plain) != len(convolutions) + 1:
                raise reader.foreign("an affine layer without a convolution before it")
            convolutions.append(reader.with_affine(plain[-1]))
        else:
            projection = reader.projection()
    if len(plain) != CONVOLUTIONS or len(convolutions) != CONVOLUTIONS or projection is None:
        raise reader.foreign(
            f"{len(plain)} convolutions, {len(convolutions)} affine layers, "
            f"{'no' if projection is None else 'a'} last layer"
        )
    return DlibWeights(convolutions=tuple(convolutions), projection=projection)


@dataclass(frozen=True, kw_only=True)
class _Plain:
    """A convolution whose affine layer has not been read yet."""

    filters: Float[np.ndarray, "out in rows columns"]
    biases: Float[np.ndarray, " out"]
    stride: int
    padding: int


class _Reader:
    """A position in the serialised bytes and the few kinds of value that are read from it."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def foreign(self, what: str) -> ValueError:
        return ValueError(
            f"These {len(self._data)} bytes are not dlib's face recognition network ({what}, near byte "
            f"{self._at}): use dlib_face_recognition_resnet_model_v1.dat of {PACKAGE} 0.3.0."
        )

    def next_tag(self) -> bytes | None:
        """Advance behind the next tag of a layer that has weights.

        The search starts behind the last layer's weights, so that no weight can pass for a tag.
        """
        found = _PARAMETER_TAGS.search(self._data, self._at)
        if found is None:
            return None
        self._at = found.end()
        return found.group()[2:]

    def convolution(self) -> _Plain:
        flat = self._tensor()
        out, rows, columns, stride, stride_x, padding, padding_x = (self._integer() for _ in range(7))
        if min(out, rows, columns, stride) < 1 or stride != stride_x or padding != padding_x:
            raise self.foreign("a convolution that is not square")
        weights, per_filter = flat.size - out, out * rows * columns
        if weights <= 0 or weights % per_filter:
            raise self.foreign(f"{flat.size} numbers for {out} filters of {rows} x {columns}")
        return _Plain(
            filters=flat[:weights].reshape(out, weights // per_filter, rows, columns),
            biases=flat[weights:],
            stride=stride,
            padding=padding,
        )

    def with_affine(self, plain: _Plain) -> Convolution:
        flat, out = self._tensor(), plain.biases.size
        if flat.size != 2 * out:
            raise self.foreign(f"an affine layer of {flat.size} numbers behind {out} filters")
        return Convolution(
            filters=plain.filters,
            biases=plain.biases,
            stride=plain.stride,
            padding=plain.padding,
            gamma=flat[:out],
            beta=flat[out:],
        )

    def projection(self) -> Float[np.ndarray, "features dimension"]:
        outputs, inputs = self._integer(), self._integer()
        if (inputs, outputs) != (FEATURES, EMBEDDING):
            raise self.foreign(f"a last layer of {inputs} x {outputs}")
        flat = self._tensor()
        if flat.size != inputs * outputs:
            raise self.foreign(f"{flat.size} numbers for a last layer of {inputs} x {outputs}")
        return flat.reshape(inputs, outputs)

    def _take(self, count: int) -> bytes:
        taken = self._data[self._at : self._at + count]
        if len(taken) != count:
            raise self.foreign(f"{count} bytes wanted, {len(taken)} left")
        self._at += count
        return taken

    def _integer(self) -> int:
        control = self._take(1)[0]
        value = int.from_bytes(self._take(control & _LENGTH_BITS), "little")
        return -value if control & _NEGATIVE else value

    def _tensor(self) -> Float[np.ndarray, " numbers"]:
        version = self._integer()
        if version != _TENSOR_VERSION:
            raise self.foreign(f"tensor version {version}")
        count = math.prod(self._integer() for _ in range(4))
        if count < 0:
            raise self.foreign("a negative dimension")
        values = np.frombuffer(self._take(4 * count), dtype="<f4")
        if not np.isfinite(values).all():
            raise self.foreign("weights that are not finite")
        return values.astype(np.float32)
