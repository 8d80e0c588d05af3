"""Mono sound at 16 kHz, assembled from decoded frames of any rate and layout."""

from typing import Any

import av
import numpy as np
from av.audio.frame import AudioFrame
from jaxtyping import Int16

from speech2face.base.sound import SAMPLE_RATE
from speech2face.base.status import Reason, Rejected
from speech2face.config import Clips

# Some containers count in milliseconds: consecutive frames then seem to overlap or leave gaps.
_JITTER = SAMPLE_RATE // 100


class Sound:
    """A buffer of sound to which frames are added at their times."""

    def __init__(self, seconds: float, settings: Clips) -> None:
        self._settings = settings
        self._samples = np.zeros(round(seconds * SAMPLE_RATE), np.int16)
        self._filled = np.zeros(len(self._samples), bool)
        self._end = 0
        self._next = 0
        self._kind: Any = None
        self._resampler: av.AudioResampler

    @property
    def samples(self) -> Int16[np.ndarray, " samples"]:
        """The sound so far, int16, from the start to the last added sample; zeros in gaps."""
        return self._samples[: self._end]

    @property
    def seconds(self) -> float:
        """Length of the added sound, without gaps."""
        return float(self._filled.sum()) / SAMPLE_RATE

    def add(self, frame: AudioFrame, origin: float) -> None:
        """Add a frame; `origin` is the time of the first sample.

        Raises:
            Rejected: the settings do not allow its rate or number of channels.
            av.FFmpegError: it cannot be converted to mono.
        """
        self._check(frame)
        kind = (frame.format.name, frame.layout.name, frame.sample_rate)
        if kind != self._kind:
            # The format may change within a file; a resampler accepts one format only.
            self._kind = kind
            self._resampler = av.AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE)
        for piece in self._resampler.resample(frame):
            time = self._next / SAMPLE_RATE if piece.time is None else piece.time - origin
            # Times in damaged files may be huge.
            if abs(time) < 1e6:
                first = round(time * SAMPLE_RATE)
                if abs(first - self._next) <= _JITTER:
                    first = self._next
                self._place(piece.to_ndarray().reshape(-1), first)

    def _check(self, frame: AudioFrame) -> None:
        lowest, highest = self._settings.sample_rates
        if not lowest <= frame.sample_rate <= highest:
            raise Rejected(
                Reason.UNSUPPORTED,
                f"The sound has {frame.sample_rate} Hz; clips.sample_rates goes from {lowest} to {highest}.",
            )
        channels, most = frame.layout.nb_channels, self._settings.max_channels
        if channels > most:
            raise Rejected(Reason.TOO_LARGE, f"The sound has {channels} channels; clips.max_channels is {most}.")

    def _place(self, samples: np.ndarray, first: int) -> None:
        """Put `samples` at index `first`, without those outside of the buffer."""
        self._next = first + len(samples)
        skip = max(0, -first)
        stop = min(len(self._samples), first + len(samples))
        if stop > first + skip:
            self._samples[first + skip : stop] = samples[skip : stop - first]
            self._filled[first + skip : stop] = True
            self._end = max(self._end, stop)


def repeat_to(sound: Int16[np.ndarray, " available"], samples: int) -> Int16[np.ndarray, " samples"]:
    """`sound` repeated until it has `samples` samples, as the paper does with short clips (section 4).

    Raises:
        ValueError: the sound is empty.
    """
    if len(sound) == 0:
        raise ValueError("There is no sound to repeat.")
    return np.resize(sound, samples)
