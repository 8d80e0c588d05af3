"""Reading sound and frames from a media file in one pass (PyAV).

Only key frames are decoded: nine times cheaper than decoding every frame of a 720p clip, and a frame every
second or so is all that a choice of the best face needs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from speech2face.status import Reason, Rejected

SAMPLE_RATE = 16000

# Playlists and concat scripts can name other files and hosts: only real containers are opened, and only from
# the file at hand.
_CONTAINERS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpeg,mpegts,mpegvideo,flv,ogg,asf,wav,flac,mp3,aac"
_OPTIONS = {"format_whitelist": _CONTAINERS, "protocol_whitelist": "file"}


@dataclass(frozen=True, kw_only=True)
class Media:
    """What was read: mono sound (int16, 16 kHz), and RGB frames (height, width, 3) with their times in seconds."""

    sound: np.ndarray
    frames: list[np.ndarray]
    times: list[float]


def read_media(source: Path | BinaryIO, *, start_s: float, seconds: float, frames: int, max_pixels: int) -> Media:
    """Read `seconds` of sound and up to `frames` frames, evenly spaced over the key frames of that stretch.

    When the stretch holds fewer key frames than asked for, it is decoded whole instead.

    Raises:
        Rejected: the file is not media, lacks a stream, is too large or cannot be decoded.
    """
    media = _read_once(source, start_s, seconds, frames, max_pixels, key_frames_only=True)
    if len(media.frames) < frames:
        media = _read_once(source, start_s, seconds, frames, max_pixels, key_frames_only=False)
    if not media.frames:
        raise Rejected(Reason.DAMAGED, "No frame could be decoded.")
    return media


def _read_once(
    source: Path | BinaryIO,
    start: float,
    seconds: float,
    count: int,
    max_pixels: int,
    *,
    key_frames_only: bool,
) -> Media:
    if not isinstance(source, Path):
        source.seek(0)
    try:
        container = av.open(str(source) if isinstance(source, Path) else source, options=_OPTIONS)
    except (av.FFmpegError, ValueError) as error:
        raise Rejected(Reason.NOT_MEDIA, f"{Reason.NOT_MEDIA.meaning} ({_short(error)})") from error
    assert isinstance(container, InputContainer)
    with container:
        if not container.streams.video:
            raise Rejected(Reason.NO_VIDEO)
        if not container.streams.audio:
            raise Rejected(Reason.NO_AUDIO)
        video, audio = container.streams.video[0], container.streams.audio[0]
        if video.codec_context.width * video.codec_context.height > max_pixels:
            size = f"{video.codec_context.width} x {video.codec_context.height}"
            raise Rejected(Reason.TOO_LARGE, f"The picture is {size}; clips.max_pixels is {max_pixels}.")
        video.codec_context.skip_frame = "NONKEY" if key_frames_only else "DEFAULT"
        video.thread_type = "NONE" if key_frames_only else "AUTO"
        if start > 0:
            container.seek(int(start * av.time_base))
        return _decode(container, video, audio, start, seconds, count)


def _decode(
    container: InputContainer, video: VideoStream, audio: AudioStream, start: float, seconds: float, count: int
) -> Media:
    resampler = av.AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE)
    sound = np.zeros(round(seconds * SAMPLE_RATE), np.int16)
    heard = 0
    pictures = _EvenFrames(count)
    open_streams = {video.index, audio.index}
    try:
        for packet in container.demux(video, audio):
            if packet.stream.index not in open_streams:
                continue
            if packet.pts is not None and float(packet.pts * packet.time_base) - start > seconds:
                open_streams.discard(packet.stream.index)
                if not open_streams:
                    break
                continue
            for frame in packet.decode():
                if isinstance(frame, VideoFrame):
                    time = (frame.time or 0.0) - start
                    if 0 <= time <= seconds:
                        pictures.offer(frame, time)
                if isinstance(frame, AudioFrame):
                    heard = max(heard, _hear(resampler.resample(frame), sound, start, heard))
    except av.FFmpegError as error:
        # What was decoded before the damage may well be enough; the callers see what is there.
        if heard == 0 or not pictures.kept:
            raise Rejected(Reason.DAMAGED, f"{Reason.DAMAGED.meaning} ({_short(error)})") from error
    chosen = pictures.choose()
    return Media(sound=sound[:heard], frames=[_upright(f, video) for f, _ in chosen], times=[t for _, t in chosen])


def _hear(pieces: Sequence[AudioFrame], sound: np.ndarray, start: float, heard: int) -> int:
    """Put resampled pieces where their time says, or, if it says nothing, after what was heard; return the end."""
    for piece in pieces:
        first = heard if piece.time is None else round((piece.time - start) * SAMPLE_RATE)
        heard = max(heard, _place(sound, piece.to_ndarray().reshape(-1), first))
    return heard


def _place(sound: np.ndarray, samples: np.ndarray, first: int) -> int:
    """Put `samples` at index `first` of `sound`, cutting what lies outside; return where they end."""
    skip = max(0, -first)
    stop = min(len(sound), first + len(samples))
    if stop > first + skip:
        sound[first + skip : stop] = samples[skip : stop - first]
        return stop
    return 0


class _EvenFrames:
    """Keeps at most twice as many frames as are wanted, whatever the length of the stream, evenly spaced."""

    def __init__(self, count: int) -> None:
        self.kept: list[tuple[VideoFrame, float]] = []
        self._count = count
        self._stride = 1
        self._seen = 0

    def offer(self, frame: VideoFrame, time: float) -> None:
        if self._seen % self._stride == 0:
            self.kept.append((frame, time))
            if len(self.kept) > 2 * self._count:
                self.kept = self.kept[::2]
                self._stride *= 2
        self._seen += 1

    def choose(self) -> list[tuple[VideoFrame, float]]:
        if len(self.kept) <= self._count:
            return self.kept
        step = len(self.kept) / self._count
        return [self.kept[int((place + 0.5) * step)] for place in range(self._count)]


def _upright(frame: VideoFrame, video: VideoStream) -> np.ndarray:
    """The frame as RGB with square pixels, turned as its metadata says."""
    aspect = float(video.sample_aspect_ratio or 1) or 1.0
    width = round(frame.width * aspect) if aspect != 1 else frame.width
    picture = frame.to_ndarray(format="rgb24", width=width, height=frame.height)
    return np.ascontiguousarray(np.rot90(picture, round(frame.rotation / 90)))


def _short(error: Exception) -> str:
    """What went wrong, without the path: a status row must not depend on where the file lies."""
    return getattr(error, "strerror", None) or str(error)


def repeat_to(sound: np.ndarray, samples: int) -> np.ndarray:
    """`sound` repeated until it has `samples` samples, as the paper does with short clips (section 4).

    Raises:
        ValueError: the sound is empty.
    """
    if len(sound) == 0:
        raise ValueError("There is no sound to repeat.")
    return np.resize(sound, samples)
