"""Selects the stretches of a recording that are used, and refuses recordings without enough speech."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int16

from speech2face.base.sound import SAMPLE_RATE
from speech2face.data.voices.activity import Segment, SpeechDetector
from speech2face.data.voices.loudness import loudness_db
from speech2face.data.voices.samples import unit_samples
from speech2face.product.inference.refusals import NotAVoice, Refusal

SECONDS = 6.0
"""Length of a stretch: what the voice encoders were trained with, and the paper's length."""
LEAST_SPEECH_SECONDS = 0.5

_BLOCK = round(SECONDS * SAMPLE_RATE)
# Silence that is kept before the first word.
_LEAD = SAMPLE_RATE // 4
# Where all of a recording is used, stretches with less speech than this are left out.
_WORTH_SECONDS = 2.0
# White noise has a flatness of 0.56, a tone one of nearly 0.
_NOISY = 0.3
_FRAME = 1024


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """A part of a recording that is used."""

    start: int
    """Its first sample."""
    sound: Int16[np.ndarray, "samples"]
    speech_seconds: float


def find_speech(
    sound: Int16[np.ndarray, "samples"], detector: SpeechDetector, *, everything: bool, min_loudness_db: float
) -> list[Stretch]:
    """The first 6 s of speech; with `everything`, all stretches of 6 s with at least two seconds of speech.

    Raises:
        NotAVoice: there is too little speech; the reason is silence, noise, music or a short recording.
    """
    found = _all_stretches(sound, detector) if everything else _first_stretch(sound, detector)
    if not found or sum(stretch.speech_seconds for stretch in found) < LEAST_SPEECH_SECONDS:
        raise _without_speech(sound, found, min_loudness_db)
    if loudness_db(np.concatenate([stretch.sound for stretch in found])) < min_loudness_db:
        raise NotAVoice(Refusal.SILENCE, "This recording is too quiet to hear a voice in it: record it louder.")
    return found


def _first_stretch(sound: np.ndarray, detector: SpeechDetector) -> list[Stretch]:
    best: Stretch | None = None
    for block in range(0, len(sound), _BLOCK):
        segments = detector.segments(sound[block : block + _BLOCK])
        if not segments:
            continue
        lead = segments[0].start - _LEAD
        if lead <= 0:
            stretch = _stretch(sound, block, segments)
        else:
            start = block + lead
            stretch = _stretch(sound, start, detector.segments(sound[start : start + _BLOCK]))
        if stretch.speech_seconds >= LEAST_SPEECH_SECONDS:
            return [stretch]
        # The first block may hold a cough only: go on, and keep the block with the most speech.
        if best is None or stretch.speech_seconds > best.speech_seconds:
            best = stretch
    return [] if best is None else [best]


def _all_stretches(sound: np.ndarray, detector: SpeechDetector) -> list[Stretch]:
    stretches = [
        _stretch(sound, start, detector.segments(sound[start : start + _BLOCK]))
        for start in range(0, len(sound), _BLOCK)
    ]
    speaking = [stretch for stretch in stretches if stretch.speech_seconds >= _WORTH_SECONDS]
    whole = [stretch for stretch in speaking if len(stretch.sound) == _BLOCK]
    # Only stretches of one length can be averaged: a shorter last one is used only if there is no other.
    return whole or _first_stretch(sound, detector)


def _stretch(sound: np.ndarray, start: int, segments: list[Segment]) -> Stretch:
    speech = sum(segment.end - segment.start for segment in segments) / SAMPLE_RATE
    return Stretch(start=start, sound=sound[start : start + _BLOCK], speech_seconds=speech)


def _without_speech(sound: np.ndarray, found: list[Stretch], min_loudness_db: float) -> NotAVoice:
    seconds, speech = len(sound) / SAMPLE_RATE, sum(stretch.speech_seconds for stretch in found)
    least = f"at least {LEAST_SPEECH_SECONDS:g} s of speech are needed"
    if loudness_db(sound) < min_loudness_db:
        return NotAVoice(Refusal.SILENCE, f"This recording is silent, or nearly so: {least}.")
    if seconds < 2 * LEAST_SPEECH_SECONDS or speech > 0:
        return NotAVoice(Refusal.TOO_SHORT, f"There is {speech:.1f} s of speech in {seconds:.1f} s of sound: {least}.")
    if flatness(unit_samples(sound)) > _NOISY:
        return NotAVoice(Refusal.NOISE, f"Nobody is heard in this recording, only noise: {least}.")
    return NotAVoice(Refusal.MUSIC, f"Nobody is heard to speak in this recording; it sounds like music: {least}.")


def flatness(samples: Float[np.ndarray, "samples"]) -> float:
    """Spectral flatness: geometric over arithmetic mean of the power at each frequency; the median over frames."""
    frames = samples[: len(samples) // _FRAME * _FRAME].reshape(-1, _FRAME)
    loud = frames[(frames**2).mean(axis=1) > 1e-8]
    if not len(loud):
        return 1.0
    power = np.abs(np.fft.rfft(loud * np.hanning(_FRAME), axis=1))[:, 1:] ** 2 + 1e-12
    return float(np.median(np.exp(np.log(power).mean(axis=1)) / power.mean(axis=1)))
