"""Damaged files: whole ones of every container, and ways to break them."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from tests.unit.data.clips.made_media import Pictures, Sounds, write_media

_SECONDS = 2.0
_OPUS = {"codec": "libopus", "format": "flt", "rate": 48000}
_MP2 = {"codec": "mp2", "format": "s16"}
_MP3 = {"codec": "libmp3lame"}
# What people's files are made of: the ending, FFmpeg's name of the container, pictures, sound, options.
_KINDS = (
    ("mp4", "mp4", {"codec": "libx264"}, {}, {}),
    ("m4v", "mp4", {"codec": "mpeg4"}, {}, {"movflags": "frag_keyframe+empty_moov"}),
    ("mov", "mov", {"codec": "mjpeg", "format": "yuvj420p"}, {"codec": "pcm_s16le", "format": "s16"}, {}),
    ("mkv", "matroska", {"codec": "libx264"}, _MP3, {}),
    ("webm", "webm", {"codec": "libvpx-vp9"}, _OPUS, {}),
    ("avi", "avi", {"codec": "mpeg4"}, _MP3, {}),
    ("ts", "mpegts", {"codec": "mpeg2video", "fps": 25}, _MP2, {}),
    ("mpg", "mpeg", {"codec": "mpeg1video", "fps": 25}, _MP2, {}),
    ("ogg", "ogg", {"codec": "libvpx"}, _OPUS, {}),
    ("flv", "flv", {"codec": "flv"}, _MP3, {}),
    ("3gp", "3gp", {"codec": "h263", "size": (144, 176)}, {}, {}),
)
_IMAGES = ("JPEG", "PNG", "WEBP", "BMP", "GIF")


def whole_videos(folder: Path) -> dict[str, bytes]:
    """A good video of each kind, by its ending."""
    made = {}
    for ending, container, pictures, sounds, options in _KINDS:
        path = write_media(
            folder / f"whole.{ending}",
            Pictures(seconds=_SECONDS, **pictures),
            Sounds(seconds=_SECONDS, **sounds),
            container=container,
            options=options,
        )
        made[ending] = path.read_bytes()
    return made


def whole_pictures() -> dict[str, bytes]:
    """A good picture of each format, by the format."""
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 255, (60, 50, 3), np.uint8))
    made = {}
    for name in _IMAGES:
        buffer = io.BytesIO()
        noise.save(buffer, name)
        made[name] = buffer.getvalue()
    return made


def cut(data: bytes, rng: np.random.Generator, other: bytes) -> bytes:
    return data[: rng.integers(len(data))]


def behead(data: bytes, rng: np.random.Generator, other: bytes) -> bytes:
    return data[rng.integers(len(data)) :]


def flip_bits(data: bytes, rng: np.random.Generator, other: bytes) -> bytes:
    broken = np.frombuffer(data, np.uint8).copy()
    places = rng.integers(len(broken), size=2 ** rng.integers(11))
    broken[places] ^= (1 << rng.integers(8, size=len(places))).astype(np.uint8)
    return broken.tobytes()


def break_header(data: bytes, rng: np.random.Generator, other: bytes) -> bytes:
    head = min(len(data), 2 ** int(rng.integers(4, 11)))
    return flip_bits(data[:head], rng, other) + data[head:]


def swap_header(data: bytes, rng: np.random.Generator, other: bytes) -> bytes:
    length = 2 ** int(rng.integers(3, 13))
    return other[:length] + data[length:]


def zero_stretch(data: bytes, rng: np.random.Generator, other: bytes) -> bytes:
    first, last = sorted(rng.integers(len(data), size=2))
    return data[:first] + bytes(last - first) + data[last:]


def drop_stretch(data: bytes, rng: np.random.Generator, other: bytes) -> bytes:
    first, last = sorted(rng.integers(len(data), size=2))
    return data[:first] + data[last:]


def repeat_stretch(data: bytes, rng: np.random.Generator, other: bytes) -> bytes:
    first, last = sorted(rng.integers(len(data), size=2))
    return data[:last] + data[first:]


def append_garbage(data: bytes, rng: np.random.Generator, other: bytes) -> bytes:
    return data + rng.bytes(rng.integers(1, 20000))


def prepend_garbage(data: bytes, rng: np.random.Generator, other: bytes) -> bytes:
    return rng.bytes(rng.integers(1, 2000)) + data


def append_other(data: bytes, rng: np.random.Generator, other: bytes) -> bytes:
    return data + other


def empty(data: bytes, rng: np.random.Generator, other: bytes) -> bytes:
    return b""


WAYS: tuple[Callable[[bytes, np.random.Generator, bytes], bytes], ...] = (
    cut,
    behead,
    flip_bits,
    break_header,
    swap_header,
    zero_stretch,
    drop_stretch,
    repeat_stretch,
    append_garbage,
    prepend_garbage,
    append_other,
    empty,
)


def damaged(whole: dict[str, bytes], number: int) -> tuple[str, bytes]:
    """The damaged file of that number, which depends on nothing else, and its name: number, way and kind.

    Kinds and ways take turns, so that any run of them holds every kind and every way.
    """
    rng = np.random.default_rng(number)
    kinds = sorted(whole)
    kind, way = kinds[number % len(kinds)], WAYS[(number // len(kinds) + number % len(kinds)) % len(WAYS)]
    other = whole[kinds[rng.integers(len(kinds))]]
    return f"{number:04d}-{way.__name__}.{kind}", way(whole[kind], rng, other)
