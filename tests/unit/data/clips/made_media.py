"""Media files that the tests write: pictures that tell the time by their brightness, sound that tells it by pitch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.stream import Disposition

from speech2face.base.sound import SAMPLE_RATE
from speech2face.config import load_config

SETTINGS = load_config([Path(__file__).parents[4] / "config" / "config.yaml"]).clips
# The picture is this bright at 0 s, and so much brighter each second; the first octant is white.
DARKEST, BRIGHTER = 20, 30
# The pitch of each second of the sound, in Hz.
PITCHES = (300, 400, 500, 600, 700, 800, 900)


@dataclass(frozen=True, kw_only=True)
class Pictures:
    """A video stream."""

    codec: str = "mpeg4"
    format: str = "yuv420p"
    size: tuple[int, int] = (64, 96)
    seconds: float = 3.0
    fps: int = 10
    start: float = 0.0
    gop: int = 10
    aspect: Fraction | None = None
    times: list[float] | None = None
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Sounds:
    """A stream of sound."""

    codec: str = "aac"
    format: str = "fltp"
    rate: int = 44100
    layout: str = "stereo"
    seconds: float = 3.0
    start: float = 0.0
    gap: tuple[float, float] | None = None


def write_media(
    path: Path,
    *streams: Pictures | Sounds,
    container: str | None = None,
    options: Mapping[str, str] | None = None,
    defaults: Sequence[int] = (),
) -> Path:
    """Write a file with these streams; packets lie in the order of their times, as in files that people have.

    Args:
        container: FFmpeg's name of it; else the ending of the path says which.
        defaults: places of the streams that are marked as the ones to play.
    """
    with av.open(str(path), "w", format=container, options=dict(options or {})) as output:
        opened = [
            _open_pictures(output, stream) if isinstance(stream, Pictures) else _open_sounds(output, stream)
            for stream in streams
        ]
        for place in defaults:
            opened[place].disposition = Disposition.default
        packets = []
        for made, stream in zip(streams, opened, strict=True):
            frames = _frames(made) if isinstance(made, Pictures) else _sound(made, stream)
            for frame in [*frames, None]:
                packets.extend(stream.encode(frame))
        for packet in sorted(packets, key=lambda p: p.dts * p.time_base):
            output.mux(packet)
    return path


def _open_pictures(output, made):
    stream = output.add_stream(made.codec, rate=made.fps, options=dict(made.options))
    stream.height, stream.width = made.size
    stream.pix_fmt = made.format
    stream.codec_context.gop_size = made.gop
    stream.codec_context.thread_count = 1
    stream.bit_rate = 2_000_000
    if made.times is not None:
        stream.codec_context.time_base = Fraction(1, 1000)
    if made.aspect is not None:
        stream.codec_context.sample_aspect_ratio = made.aspect
    return stream


def _open_sounds(output, made):
    stream = output.add_stream(made.codec, rate=made.rate, layout=made.layout)
    stream.codec_context.format = made.format
    return stream


def brightness(time: float) -> float:
    """How bright the picture is at a time."""
    return DARKEST + BRIGHTER * time


def time_of(picture: np.ndarray) -> float:
    """The time that a picture tells."""
    height, width = picture.shape[:2]
    return float(picture[height // 2 :, width // 2 :].mean() - DARKEST) / BRIGHTER


def _frames(made):
    base = Fraction(1, 1000) if made.times is not None else Fraction(1, made.fps)
    times = made.times or [number / made.fps for number in range(round(made.seconds * made.fps))]
    for time in times:
        picture = np.full((*made.size, 3), min(250, brightness(time + made.start)), np.uint8)
        picture[: made.size[0] // 4, : made.size[1] // 4] = 255
        frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format=made.format)
        frame.pts, frame.time_base = round((time + made.start) / base), base
        yield frame


def tones(seconds: float, rate: int) -> np.ndarray:
    """A tone that has another pitch each second, between -0.5 and 0.5."""
    time = np.arange(round(seconds * rate)) / rate
    pitch = np.array(PITCHES)[time.astype(int) % len(PITCHES)]
    return 0.5 * np.sin(2 * np.pi * pitch * time)


def _sound(made, stream):
    resampler = av.AudioResampler(
        format=made.format, layout=made.layout, rate=made.rate, frame_size=stream.frame_size or 1024
    )
    channels = av.AudioLayout(made.layout).nb_channels
    wave = tones(made.start + made.seconds, made.rate)[round(made.start * made.rate) :]
    pieces = [(0, len(wave))]
    if made.gap is not None:
        first, last = (round(edge * made.rate) for edge in made.gap)
        pieces = [(0, first), (last, len(wave))]
    for first, last in pieces:
        frame = av.AudioFrame.from_ndarray(
            np.repeat(wave[first:last].astype(np.float32), channels)[None], format="flt", layout=made.layout
        )
        frame.sample_rate, frame.time_base = made.rate, Fraction(1, made.rate)
        frame.pts = round(made.start * made.rate) + first
        yield from resampler.resample(frame)
    yield from resampler.resample(None)


def pitch_at(sound: np.ndarray, time: float) -> float:
    """The pitch of a sound (16 kHz) in the 0.3 s around a time; 0 where it is silent."""
    around = sound[round((time - 0.15) * SAMPLE_RATE) : round((time + 0.15) * SAMPLE_RATE)].astype(float)
    if np.abs(around).max(initial=0) < 100:
        return 0.0
    spectrum = np.abs(np.fft.rfft(around * np.hanning(len(around))))
    return float(np.fft.rfftfreq(len(around), 1 / SAMPLE_RATE)[spectrum.argmax()])
