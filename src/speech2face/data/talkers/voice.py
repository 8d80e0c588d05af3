"""Synthetic voices: espeak-ng with given pitch, formants, roughness, breath and speed."""

import os
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import ClassVar

import numpy as np
from jaxtyping import Int16

from speech2face.data.talkers.espeak import SAMPLE_RATE, known_languages, link_data, synthesise

SLOWEST_WPM = 80
FASTEST_WPM = 260

# espeak's pitch setting: its lower value exceeds the minimum of the contour (voices.c) by this, in Hz.
_FLOOR_OFFSET_HZ = 9
# Median of the contour between its minimum (0) and maximum (1), measured on 16 passages of each of the talkers'
# languages at 90 to 240 Hz; languages with many low tones and falls have a lower one.
_CONTOUR_MEDIAN = 0.77
_CONTOUR_MEDIAN_OF = {
    "am": 0.73,
    "cmn": 0.565,
    "de": 0.82,
    "fr": 0.67,
    "ja": 0.67,
    "ru": 0.81,
    "vi": 0.345,
}

_FORMANTS = 9
# Strength of the noise at formants 1 to 6 and its bandwidths in Hz, as in the whisper of docs/voices.md.
_BREATH_WEIGHTS = (1.0, 1.0, 0.8, 0.53, 0.2, 0.13)
_BREATH_WIDTHS_HZ = (150, 150, 200, 200, 400, 400)
# Reduction of the voiced sound at full breath, in percent.
_BREATH_DEVOICES = 40


@dataclass(frozen=True, kw_only=True)
class VoiceParameters:
    """Voice of one talker. Raises ValueError for a value out of its range."""

    language: str
    """A voice of espeak-ng, such as `en-us`: one of `espeak.known_languages()`."""
    pitch_hz: float
    """Median fundamental frequency of running speech, 60 to 320 Hz; met within 5 % in `text.LANGUAGES`."""
    pitch_range: float = 0.35
    """Width of intonation as a share of `pitch_hz`, 0 (monotone) to 0.8. 90 % of speech use 3/4 of it."""
    formant_scale: float = 1.0
    """Factor on all formant frequencies, 0.75 to 1.3, in steps of 0.01; 1 is an adult man's vocal tract."""
    roughness: float = 2.0
    """Damping of alternate cycles, 0 (clear) to 7 (creaky), in whole steps."""
    breath: float = 0.0
    """Noise through the formants in percent, 0 (none) to 60 (half a whisper), less voicing with it."""
    speed_wpm: float = 160.0
    """espeak's nominal words a minute, 80 to 260; short words come faster, numbers slower."""

    def __post_init__(self) -> None:
        for name, low, high in (
            ("pitch_hz", 60, 320),
            ("pitch_range", 0, 0.8),
            ("formant_scale", 0.75, 1.3),
            ("roughness", 0, 7),
            ("breath", 0, 60),
            ("speed_wpm", SLOWEST_WPM, FASTEST_WPM),
        ):
            value = getattr(self, name)
            if not low <= value <= high:
                raise ValueError(f"VoiceParameters.{name} is {value}: give a number from {low} to {high}")


@dataclass(frozen=True, kw_only=True)
class Speech:
    """Synthetic speech."""

    samples: Int16[np.ndarray, "samples"]
    sample_rate: int
    """Samples a second."""


class Synthesiser:
    """Speaks text in any number of voices, one after another.

    The sound depends on text and parameters alone, not on earlier calls. espeak-ng's state is global, so a process
    can have one synthesiser at a time, and a lock serialises its calls; a second synthesiser raises
    RuntimeError. Close it, or use it as a context manager, to remove its temporary files.

    >>> with Synthesiser() as synthesiser:
    ...     speech = synthesiser.speak("Good morning.", VoiceParameters(language="en-us", pitch_hz=120))
    >>> speech.sample_rate
    22050
    """

    _owner: ClassVar[int | None] = None
    _lock: ClassVar[threading.Lock] = threading.Lock()

    def __init__(self) -> None:
        with Synthesiser._lock:
            # A forked child inherits the owner's number but has a library state of its own.
            if Synthesiser._owner == os.getpid():
                raise RuntimeError(
                    "This process has a Synthesiser already, and espeak-ng has one state a process: "
                    "share that one, or close it first"
                )
            self._languages = frozenset(known_languages())
            self._files = tempfile.TemporaryDirectory(prefix="voice-")
            self._folder = Path(self._files.name).resolve()
            self._variant = link_data(self._folder)
            self._open = True
            Synthesiser._owner = os.getpid()

    def __enter__(self) -> "Synthesiser":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Remove the temporary files and let another synthesiser start; closing twice does nothing."""
        with Synthesiser._lock:
            if self._open:
                self._open = False
                self._files.cleanup()
                Synthesiser._owner = None

    def speak(self, text: str, parameters: VoiceParameters, *, seconds: float | None = None) -> Speech:
        """Speak `text`, or its first `seconds`: mono 16-bit sound at 22,050 Hz, peaks below full scale.

        Raises ValueError for an unknown language and for text without a letter or digit, RuntimeError after
        `close` and where espeak-ng itself fails.
        """
        if parameters.language not in self._languages:
            raise ValueError(
                f"espeak-ng has no voice {parameters.language!r}: choose one of {', '.join(sorted(self._languages))}"
            )
        if "\0" in text or not any(character.isalnum() for character in text):
            raise ValueError(f"Nothing to speak in the text {text[:40]!r}: give it words or digits, and no NUL")
        with Synthesiser._lock:
            if not self._open:
                raise RuntimeError("This Synthesiser is closed: open another one")
            self._variant.write_text(_variant(parameters), encoding="ascii")
            samples = synthesise(
                text,
                language=parameters.language,
                words_per_minute=round(parameters.speed_wpm),
                folder=self._folder,
                limit=None if seconds is None else round(seconds * SAMPLE_RATE),
            )
        return Speech(samples=samples, sample_rate=SAMPLE_RATE)


def _variant(parameters: VoiceParameters) -> str:
    """The voice variant file (espeak-ng, docs/voices.md) of `parameters`."""
    width = parameters.pitch_range * parameters.pitch_hz
    median = _CONTOUR_MEDIAN_OF.get(parameters.language, _CONTOUR_MEDIAN)
    low = parameters.pitch_hz - median * width + _FLOOR_OFFSET_HZ
    # Height and width of a formant are left alone by a negative figure.
    formants = [f"formant {number} {round(100 * parameters.formant_scale)} -1 -1" for number in range(_FORMANTS)]
    noise = " ".join(str(round(parameters.breath * weight)) for weight in _BREATH_WEIGHTS)
    return "\n".join(
        [
            "language variant",
            "name talker",
            f"pitch {round(low)} {round(low + width)}",
            *formants,
            f"roughness {round(parameters.roughness)}",
            f"voicing {round(100 - _BREATH_DEVOICES * parameters.breath / 60)}",
            f"breath {noise}",
            f"breathw {' '.join(map(str, _BREATH_WIDTHS_HZ))}",
            "echo 0 0",
            "",
        ]
    )
