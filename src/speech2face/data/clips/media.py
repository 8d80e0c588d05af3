"""Reading sound and frames from a media file in one pass (PyAV).

Only key frames are decoded: nine times cheaper than decoding every frame of a 720p clip, and about one frame per
second is enough to choose the best face.

Files are untrusted: limits hold for the decoded data, and times, sizes and numbers of streams in headers may be
wrong. The process around this code (clips.reader) catches what no limit here can.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Literal

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from speech2face.base.status import Reason, Rejected
from speech2face.config import Clips
from speech2face.data.clips.containers import choose_stream, open_container, seek, start_time, what_went_wrong
from speech2face.data.clips.frames import EvenFrames, upright
from speech2face.data.clips.sound import Sound

# Sound may precede the picture in the file, and its decoder needs some earlier packets.
_RUN_UP_SECONDS = 1.0
# Assumed frame rate where the stream states none.
_USUAL_RATE = 25


@dataclass(frozen=True, kw_only=True)
class Media:
    """Mono sound (int16, 16 kHz), and RGB frames (height, width, 3) with their times in seconds."""

    sound: np.ndarray
    frames: list[np.ndarray]
    times: list[float]


def read_media(source: BinaryIO, *, start_s: float, seconds: float, settings: Clips) -> Media:
    """Read `seconds` of sound and some frames, evenly spaced over the key frames of that time.

    If there are fewer key frames than wanted, all frames are decoded instead. Times count from the start of the
    earlier of the two streams, as in players.

    Raises:
        Rejected: the file is not media, lacks a stream, goes beyond a limit, is too short or cannot be
            decoded.
        MemoryError: it takes more memory than this process may have.
    """
    entry = _Entry()
    media = _read(source, start_s, seconds, settings, frames="key", entry=entry)
    if len(media.frames) < settings.frames:
        media = _read(source, start_s, seconds, settings, frames="all", entry=entry)
    if not media.frames:
        raise Rejected(Reason.DAMAGED, "No frame could be decoded.")
    return media


def read_sound(source: BinaryIO, *, start_s: float, seconds: float, settings: Clips) -> Media:
    """Read `seconds` of sound alone; the file need not have a picture.

    Raises:
        Rejected, MemoryError: as for `read_media`.
    """
    return _read(source, start_s, seconds, settings, frames="", entry=_Entry())


@dataclass
class _Entry:
    """Time of the last key frame before the segment, from which decoding starts; seconds from the segment's start."""

    time: float = -math.inf


def _read(
    source: BinaryIO,
    start: float,
    seconds: float,
    settings: Clips,
    *,
    frames: Literal["key", "all", ""],
    entry: _Entry,
    search: bool = True,
) -> Media:
    with open_container(source) as container:
        if len(container.streams) > settings.max_streams:
            count = len(container.streams)
            raise Rejected(
                Reason.TOO_LARGE, f"The file has {count} streams; clips.max_streams is {settings.max_streams}."
            )
        video: VideoStream | None = choose_stream(container, "video", Reason.NO_VIDEO) if frames else None
        audio: AudioStream = choose_stream(container, "audio", Reason.NO_AUDIO)
        # One thread, so that the result for a damaged file does not depend on the order of threads.
        audio.codec_context.thread_count = 1
        if video is not None:
            _check_size(video.codec_context.width, video.codec_context.height, settings)
            video.codec_context.thread_count = 1
            video.codec_context.skip_frame = "NONKEY" if frames == "key" else "DEFAULT"
        origin = start_time(video, audio) + start
        if search and start > _RUN_UP_SECONDS and not seek(container, origin - _RUN_UP_SECONDS):
            # A file without seeking is read from its start.
            return _read(source, start, seconds, settings, frames=frames, entry=entry, search=False)
        stretch = _Stretch(
            origin=origin,
            seconds=seconds,
            settings=settings,
            key_frames_only=frames == "key",
            entry=entry,
            expected=-start,
        )
        return stretch.decode(container, video, audio)


def _check_size(width: int, height: int, settings: Clips) -> None:
    if width * height > settings.max_pixels:
        raise Rejected(
            Reason.TOO_LARGE, f"The picture is {width} x {height}; clips.max_pixels is {settings.max_pixels}."
        )


@dataclass(kw_only=True)
class _Stretch:
    """One pass over a segment of a file."""

    origin: float
    seconds: float
    settings: Clips
    key_frames_only: bool
    entry: _Entry
    expected: float
    decoded: int = 0
    trouble: str = ""

    def decode(self, container: InputContainer, video: VideoStream | None, audio: AudioStream) -> Media:
        sound = Sound(self.seconds, self.settings)
        pictures = EvenFrames(self.settings.frames)
        for packet in self._packets(container, {stream.index for stream in (video, audio) if stream is not None}):
            try:
                for frame in packet.decode():
                    if isinstance(frame, VideoFrame):
                        self._see(frame, packet.stream, pictures)
                    elif isinstance(frame, AudioFrame):
                        sound.add(frame, self.origin)
            except av.FFmpegError as error:
                # The next packet may be intact, and the rest may be enough.
                self._note(error)
        self._check_enough(sound)
        chosen = pictures.choose()
        aspect = video.sample_aspect_ratio if video is not None else None
        return Media(
            sound=sound.samples,
            frames=[upright(frame, aspect) for frame, _ in chosen],
            times=[time for _, time in chosen],
        )

    def _packets(self, container: InputContainer, wanted: set[int]) -> Iterator[Packet]:
        """The packets that can hold data of the segment, up to the end of the file or the first damage."""
        packets = container.demux()
        for number in range(self.settings.max_packets + 1):
            try:
                packet = next(packets, None)
            except av.FFmpegError as error:
                self._note(error)
                return
            if packet is None or not wanted:
                return
            if number == self.settings.max_packets:
                raise Rejected(Reason.TOO_LARGE, f"More than clips.max_packets, {number}, packets were read.")
            if packet.stream.index not in wanted:
                continue
            # Pictures may be stored in another order than shown, but dts is monotonic.
            stored = self._since_start(packet, packet.pts if packet.dts is None else packet.dts)
            if stored is not None and stored > self.seconds:
                wanted.discard(packet.stream.index)
            elif not (isinstance(packet.stream, VideoStream) and self._is_too_early(packet)):
                yield packet

    def _is_too_early(self, packet: Packet) -> bool:
        """Whether a picture is shown before the segment and no picture of the segment depends on it."""
        shown = self._since_start(packet, packet.pts)
        if shown is None:
            return False
        if not self.key_frames_only:
            return shown < self.entry.time
        if shown <= 0 and packet.is_keyframe:
            self.entry.time = shown
        return shown < 0

    def _since_start(self, timed: Packet | VideoFrame, stamp: int | None) -> float | None:
        if stamp is None or timed.time_base is None:
            return None
        # Equals float(stamp * base) in a third of the time; called for each packet.
        base = timed.time_base
        return stamp * base.numerator / base.denominator - self.origin

    def _see(self, frame: VideoFrame, stream: VideoStream, pictures: EvenFrames) -> None:
        self.decoded += 1
        if self.decoded > self.settings.max_frames:
            raise Rejected(
                Reason.TOO_LARGE, f"There are more frames than clips.max_frames, {self.settings.max_frames}."
            )
        # The picture size may change at any frame.
        _check_size(frame.width, frame.height, self.settings)
        time = frame.time - self.origin if frame.pts is not None else self._since_start(frame, frame.dts)
        if time is None and self.key_frames_only:
            # Without timestamps the times of key frames are known only from the whole stream.
            return
        if time is None:
            time = self.expected
        self.expected = time + float(1 / (stream.average_rate or _USUAL_RATE))
        if 0 <= time <= self.seconds and not frame.is_corrupt:
            pictures.offer(frame, time)

    def _note(self, error: av.FFmpegError) -> None:
        self.trouble = self.trouble or what_went_wrong(error)

    def _check_enough(self, sound: Sound) -> None:
        if sound.seconds < self.settings.min_seconds:
            found = f"{sound.seconds:.2f} s of sound; clips.min_seconds is {self.settings.min_seconds}."
            if self.trouble:
                raise Rejected(Reason.DAMAGED, f"{Reason.DAMAGED.meaning} ({self.trouble}; {found})")
            raise Rejected(Reason.TOO_SHORT, found)
