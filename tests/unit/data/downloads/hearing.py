"""What a fetched file shows and lets hear, read with plain PyAV: every frame, no key frames' shortcut."""

from pathlib import Path

import av
import numpy as np

from tests.unit.data.downloads.server import RATE


def look_and_listen(path: Path, start_s: float, seconds: float) -> tuple[list[float], list[float], np.ndarray]:
    """Times (from the start) and mean levels of the frames of a stretch, and its sound, mono at 16 kHz."""
    times, levels = [], []
    sound = np.zeros(round(seconds * RATE), np.float32)
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            if 0 <= frame.time - start_s < seconds:
                times.append(frame.time - start_s)
                levels.append(float(frame.to_ndarray(format="gray").mean()))
    with av.open(str(path)) as container:
        end = 0
        resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE)
        for whole in container.decode(audio=0):
            for frame in resampler.resample(whole):
                first = round((frame.time - start_s) * RATE)
                samples = frame.to_ndarray()[0]
                skip, stop = max(0, -first), min(len(samples), len(sound) - first)
                if stop > skip:
                    sound[first + skip : first + stop] = samples[skip:stop]
                    end = first + stop
    return times, levels, sound[:end]
