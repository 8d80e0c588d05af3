"""Speech segments of a recording, by silero-vad (Silero Team, MIT License)."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Shaped

from speech2face.base.sound import SAMPLE_RATE
from speech2face.data.voices.activity_network import WINDOW, load_released
from speech2face.data.voices.samples import unit_samples

# silero-vad's own defaults.
_SPEECH = 0.5
_SILENCE = 0.35
_LONGEST_GAP = SAMPLE_RATE * 100 // 1000
_SHORTEST_SPEECH = SAMPLE_RATE * 250 // 1000
_MARGIN = SAMPLE_RATE * 30 // 1000


@dataclass(frozen=True, kw_only=True)
class Segment:
    """A stretch of speech: first sample, and the sample behind the last one, at 16 kHz."""

    start: int
    end: int


class SpeechDetector:
    """Finds speech in 16 kHz recordings; the same samples always give the same segments."""

    def __init__(self) -> None:
        self._network = load_released()

    def speech_ratio(self, samples: Shaped[np.ndarray, " samples"]) -> float:
        """Return the part of the recording's time that is speech, 0..1; an empty recording has none."""
        if samples.size == 0:
            return 0.0
        return sum(segment.end - segment.start for segment in self.segments(samples)) / samples.size

    def segments(self, samples: Shaped[np.ndarray, " samples"]) -> list[Segment]:
        """Return the stretches of speech in order of time.

        Speech starts in a window with a probability of 0.5 and ends where it stays below 0.35 for 100 ms;
        stretches of up to 250 ms are dropped, the others grow by 30 ms on both sides.

        Raises:
            ValueError: the samples are not mono PCM16 or finite floats.
        """
        return _segments(self.probabilities(samples), samples.size)

    @torch.inference_mode()
    def probabilities(self, samples: Shaped[np.ndarray, " samples"]) -> Float[np.ndarray, " windows"]:
        """Return the probability of speech in each window of 512 samples (32 ms), the last one padded."""
        audio = torch.from_numpy(unit_samples(samples))
        if audio.numel() == 0:
            return np.zeros(0, dtype=np.float32)
        padded = torch.nn.functional.pad(audio, (0, -audio.numel() % WINDOW))
        return self._network(padded[None])[0].numpy()


def _segments(probabilities: Float[np.ndarray, " windows"], samples: int) -> list[Segment]:
    """Segments of speech from the windows' probabilities, in a recording of this many samples."""
    found: list[Segment] = []
    start = quiet = None
    for at, probability in zip(range(0, samples, WINDOW), probabilities, strict=True):
        if probability >= _SPEECH:
            start, quiet = at if start is None else start, None
        elif probability < _SILENCE and start is not None:
            quiet = at if quiet is None else quiet
            if at - quiet >= _LONGEST_GAP:
                found.append(Segment(start=start, end=quiet))
                start = quiet = None
    if start is not None:
        found.append(Segment(start=start, end=samples))
    return _with_margins([each for each in found if each.end - each.start > _SHORTEST_SPEECH], samples)


def _with_margins(found: list[Segment], samples: int) -> list[Segment]:
    """Grow each stretch by the margin, or to the middle of a pause that is too short for two margins."""
    starts = [each.start for each in found]
    ends = [each.end for each in found]
    pauses = [start - end for start, end in zip(starts[1:], ends[:-1], strict=True)]
    before = [starts[0], *(pause // 2 for pause in pauses)] if found else []
    after = [*(pause // 2 for pause in pauses), samples - ends[-1]] if found else []
    return [
        Segment(start=each.start - min(_MARGIN, left), end=each.end + min(_MARGIN, right))
        for each, left, right in zip(found, before, after, strict=True)
    ]
