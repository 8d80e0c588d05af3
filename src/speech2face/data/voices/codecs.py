"""What an audio codec does to a recording."""

import io
from collections.abc import Mapping
from types import MappingProxyType
from typing import cast

import av
import numpy as np
from jaxtyping import Int16

from speech2face.base.sound import SAMPLE_RATE

NO_OPTIONS: Mapping[str, str] = MappingProxyType({})
"""The encoder's defaults."""


def through_codec(
    samples: Int16[np.ndarray, " samples"],
    codec: str,
    bit_rate: int,
    rate: int = SAMPLE_RATE,
    options: Mapping[str, str] = NO_OPTIONS,
) -> Int16[np.ndarray, " samples"]:
    """Encode and decode.

    Args:
        codec: an audio encoder of FFmpeg.
        bit_rate: bits a second.
        rate: samples a second that the codec takes.
        options: of the encoder, by FFmpeg's names.
    """
    file = io.BytesIO()
    with av.open(file, "w", format="nut") as container:
        stream = cast("av.AudioStream", container.add_stream(codec, rate=rate, layout="mono"))
        stream.bit_rate = bit_rate
        stream.options = dict(options)
        frame = av.AudioFrame.from_ndarray(samples[None], format="s16", layout="mono")
        frame.sample_rate = SAMPLE_RATE
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    file.seek(0)
    resampler = av.AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE)
    with av.open(file, "r") as coded:
        frames = [part for frame in coded.decode(audio=0) for part in resampler.resample(frame)]
    decoded = np.concatenate([frame.to_ndarray()[0] for frame in [*frames, *resampler.resample(None)]])
    # A codec adds some milliseconds at the start, and fills its last frame.
    return np.pad(decoded, (0, max(0, len(samples) - len(decoded))))[: len(samples)]
