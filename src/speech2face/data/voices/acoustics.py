"""Acoustic features of a voice with names in phonetics; nothing is learned.

They give a baseline for voice -> face. A sound is cut into frames of 50 ms every 10 ms; the features of the recording
are medians over its voiced frames.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Complex, Float, Int, Int16
from scipy import fft
from scipy.ndimage import gaussian_filter1d
from scipy.signal import find_peaks, lfilter, resample_poly

from speech2face.base.sound import SAMPLE_RATE
from speech2face.data.voices.features import FEATURES
from speech2face.data.voices.samples import unit_samples

_LOWEST_PITCH_HZ = 60.0
_HIGHEST_PITCH_HZ = 400.0
# Three periods of the lowest pitch, the least that Boersma's method needs.
_FRAME = SAMPLE_RATE * 50 // 1000
_STEP = SAMPLE_RATE * 10 // 1000
# The correlation is computed at half samples as well: between whole ones a high voice's narrow peaks get lost.
_LAG_RATE = 2 * SAMPLE_RATE
_LAGS = int(_LAG_RATE / _LOWEST_PITCH_HZ) + 2
# Frames so much quieter than the loud ones (95th percentile) are pauses, and so are those below one step of
# 16-bit sound, where rounding errors look periodic.
_PAUSE_DB = 30.0
_QUIETEST = 2.0**-15
# Boersma's threshold. His cost of an octave is 0.01; hoarse voices repeat better after two periods than after one.
_VOICED = 0.45
_OCTAVE_COST = 0.05

# 11 kHz have room for the first five formants of women and six of men; two poles a formant and one for the slope.
_FORMANT_RATE = SAMPLE_RATE * 11 // 16
_FORMANT_FRAME = _FORMANT_RATE * 30 // 1000
_POLES = 13
_FORMANTS = 4
_PRE_EMPHASIS = 0.97
_WIDEST_FORMANT_HZ = 500.0
_FORMANTS_WITHIN_HZ = (90.0, _FORMANT_RATE / 2 - 50.0)

# Bands of the alpha ratio: below and above 1 kHz.
_LOW_BAND_HZ = (50.0, 1000.0)
_HIGH_BAND_HZ = (1000.0, 5000.0)
# A syllable is a peak of the envelope at least this high above both sides.
_DIP_DB = 2.0
_ENVELOPE_FRAMES = 2.0


@dataclass(frozen=True, kw_only=True)
class _Frames:
    """Spectra of frames: powers (full scale at 1), and autocorrelation by lag."""

    level: Float[np.ndarray, "frames"]
    spectrum: Float[np.ndarray, "frames bins"]
    bins_hz: Float[np.ndarray, "bins"]
    correlation: Float[np.ndarray, "frames lags"]


def measure_acoustics(samples: Int16[np.ndarray, "samples"]) -> dict[str, float]:
    """Measure a 16 kHz recording: one number per name of `FEATURES`, in this order.

    - `pitch_hz`, `pitch_spread_semitones`: median of the fundamental frequency, and half the distance of its
      16th and 84th percentiles (the standard deviation of a normal distribution). The period is the lag of the
      highest peak of the autocorrelation, divided by that of the window (Boersma 1993, "Accurate short-term
      analysis of the fundamental frequency and the harmonics-to-noise ratio of a sampled sound"), looked for
      twice: the second time only from 3/4 of the first quartile to 3/2 of the third, against errors of an
      octave (De Looze and Hirst 2008, "Detecting changes in key and range for the automatic modelling and coding
      of intonation").
    - `harmonicity_db`: power of the periodic part of the sound beside the rest, from the peak's height (Boersma).
    - `formant_1_hz` to `formant_4_hz`: resonances of the vocal tract, by linear prediction (Markel and Gray
      1976, "Linear Prediction of Speech", autocorrelation method): angles of the narrow poles, of frames with four.
    - `spectral_tilt_db`: level of 1 to 5 kHz beside that of 50 Hz to 1 kHz, the alpha ratio of Eyben and others
      2016, "The Geneva minimalistic acoustic parameter set".
    - `voiced_ratio`: share of the frames that are voiced, of all frames, pauses too.
    - `syllable_rate_hz`: voiced peaks of the energy with dips of 2 dB around them, a second of the recording (de
      Jong and Wempe 2009, "Praat script to detect syllable nuclei and measure speech rate automatically").

    Returns:
        The numbers; all but `voiced_ratio` are NaN where nothing is voiced, the formants also where no frame
        has four of them.

    Raises:
        ValueError: the samples are not mono PCM16 or finite floats.
    """
    sound = unit_samples(samples)
    sound = np.pad(sound, (0, max(0, _FRAME - sound.size)))
    frames = _analyse(np.lib.stride_tricks.sliding_window_view(sound, _FRAME)[::_STEP])
    pitch, height, voiced = _pitch(frames)
    if not voiced.any():
        return dict.fromkeys(FEATURES, np.nan) | {"voiced_ratio": 0.0}
    low, middle, high = np.percentile(pitch[voiced], [16, 50, 84])
    numbers = (
        middle,
        12 * np.log2(high / low) / 2,
        *_formants(sound, np.flatnonzero(voiced)),
        _tilt_db(frames, voiced),
        _harmonicity_db(height[voiced]),
        voiced.mean(),
        _syllables(frames.level, voiced) * SAMPLE_RATE / sound.size,
    )
    return dict(zip(FEATURES, map(float, numbers), strict=True))


def _analyse(frames: Float[np.ndarray, "frames samples"]) -> _Frames:
    window = np.hanning(_FRAME + 2)[1:-1].astype(np.float32)
    # Long enough for a correlation that does not wrap around.
    length = fft.next_fast_len(_FRAME + _LAGS * SAMPLE_RATE // _LAG_RATE + 1, real=True)
    finer = length * _LAG_RATE // SAMPLE_RATE
    spectrum = _power(fft.rfft((frames - frames.mean(axis=1, keepdims=True)) * window, length))
    correlation = fft.irfft(spectrum, finer)[:, :_LAGS]
    of_window = fft.irfft(_power(fft.rfft(window, length)), finer)[:_LAGS]
    level = correlation[:, 0] / of_window[0]
    return _Frames(
        level=level,
        spectrum=spectrum,
        bins_hz=fft.rfftfreq(length, 1 / SAMPLE_RATE),
        correlation=correlation / (np.maximum(level, _QUIETEST**2)[:, None] * of_window),
    )


def _power(spectrum: Complex[np.ndarray, "*shape"]) -> Float[np.ndarray, "*shape"]:
    return spectrum.real**2 + spectrum.imag**2


def _pitch(
    frames: _Frames,
) -> tuple[Float[np.ndarray, "frames"], Float[np.ndarray, "frames"], Bool[np.ndarray, "frames"]]:
    """Frequency and height of each frame's peak, and whether the frame is voiced."""
    sounding = frames.level > max(np.percentile(frames.level, 95) * 10 ** (-_PAUSE_DB / 10), _QUIETEST**2)
    peaks = _peaks(frames.correlation)
    pitch, height = peaks.best(len(sounding), _LOWEST_PITCH_HZ, _HIGHEST_PITCH_HZ)
    voiced = sounding & (height > _VOICED)
    if voiced.any():
        first, third = np.percentile(pitch[voiced], [25, 75])
        lowest, highest = max(_LOWEST_PITCH_HZ, 0.75 * first), min(_HIGHEST_PITCH_HZ, 1.5 * third)
        pitch, height = peaks.best(len(sounding), lowest, highest)
        voiced = sounding & (height > _VOICED)
    return pitch, height, voiced


@dataclass(frozen=True, kw_only=True)
class _Peaks:
    """The peaks of all frames' correlations, one frame's after another's.

    Attributes:
        frame: which frame a peak is of.
        lag: the highest of its lags, those between two samples counted.
        top, period: height and position of the peak, interpolated between lags.
    """

    frame: Int[np.ndarray, "peaks"]
    lag: Int[np.ndarray, "peaks"]
    top: Float[np.ndarray, "peaks"]
    period: Float[np.ndarray, "peaks"]

    def best(
        self, frames: int, lowest_hz: float, highest_hz: float
    ) -> tuple[Float[np.ndarray, "frames"], Float[np.ndarray, "frames"]]:
        """Frequency and height of each frame's best peak within the limits, NaN and 0 where there is none."""
        within = (self.lag >= _LAG_RATE / highest_hz) & (self.lag <= _LAG_RATE / lowest_hz)
        frame, top, period = self.frame[within], self.top[within], self.period[within]
        worth = top - _OCTAVE_COST * np.log2(period)
        firsts = np.flatnonzero(np.diff(frame, prepend=-1))
        of_frame = np.repeat(np.maximum.reduceat(worth, firsts), np.diff(firsts, append=len(frame)))
        best = np.flatnonzero(worth == of_frame)
        pitch, height = np.full(frames, np.nan), np.zeros(frames)
        pitch[frame[best]], height[frame[best]] = _LAG_RATE / period[best], top[best]
        return pitch, height


def _peaks(correlation: Float[np.ndarray, "frames lags"]) -> _Peaks:
    shortest = int(np.ceil(_LAG_RATE / _HIGHEST_PITCH_HZ))
    before, here, after = correlation[:, shortest - 1 : -2], correlation[:, shortest:-1], correlation[:, shortest + 1 :]
    frame, at = np.nonzero((here > before) & (here >= after))
    # A parabola through three lags has its top between them.
    slope = (before[frame, at] - after[frame, at]) / 2
    bend = before[frame, at] - 2 * here[frame, at] + after[frame, at]
    lag = at + shortest
    return _Peaks(frame=frame, lag=lag, top=here[frame, at] - slope**2 / (2 * bend), period=lag + slope / bend)


def _harmonicity_db(height: Float[np.ndarray, "voiced"]) -> float:
    # Where the correction by the window overshoots 1 it is as likely to have been too little elsewhere (Boersma);
    # more than 40 dB are beyond the method.
    periodic = np.minimum(np.minimum(height, 1 / height), 1 - 1e-4)
    return float(np.median(10 * np.log10(periodic / (1 - periodic))))


def _tilt_db(frames: _Frames, voiced: Bool[np.ndarray, "frames"]) -> float:
    low, high = (
        frames.spectrum[voiced][:, (frames.bins_hz >= start) & (frames.bins_hz < end)].sum(axis=1)
        for start, end in (_LOW_BAND_HZ, _HIGH_BAND_HZ)
    )
    return float(np.median(10 * np.log10(high / low)))


def _formants(sound: Float[np.ndarray, "samples"], voiced: np.ndarray) -> Float[np.ndarray, "formants"]:
    """Medians of the formants over the frames of these numbers, each taken from the frame's middle."""
    emphasised = lfilter([1, -_PRE_EMPHASIS], 1, resample_poly(sound, _FORMANT_RATE, SAMPLE_RATE).astype(np.float64))
    middles = np.round((voiced * _STEP + _FRAME / 2) * _FORMANT_RATE / SAMPLE_RATE).astype(int)
    windows = np.lib.stride_tricks.sliding_window_view(emphasised, _FORMANT_FRAME)
    poles = _poles(windows[middles - _FORMANT_FRAME // 2] * np.hamming(_FORMANT_FRAME))
    frequencies = np.angle(poles) * _FORMANT_RATE / (2 * np.pi)
    lowest, highest = _FORMANTS_WITHIN_HZ
    # The nearer a pole lies to the unit circle the narrower is its resonance.
    narrow = np.abs(poles) > np.exp(-np.pi * _WIDEST_FORMANT_HZ / _FORMANT_RATE)
    plausible = narrow & (frequencies > lowest) & (frequencies < highest)
    formants = np.sort(np.where(plausible, frequencies, np.inf), axis=1)[:, :_FORMANTS]
    complete = np.isfinite(formants).all(axis=1)
    return np.median(formants[complete], axis=0) if complete.any() else np.full(_FORMANTS, np.nan)


def _poles(frames: Float[np.ndarray, "frames samples"]) -> Complex[np.ndarray, "frames poles"]:
    """Poles of each frame's all-pole model: the eigenvalues of the predictor's companion matrix."""
    size = frames.shape[1]
    lags = np.stack(
        [np.einsum("fs,fs->f", frames[:, : size - lag], frames[:, lag:]) for lag in range(_POLES + 1)], axis=1
    )
    # A little white noise (-60 dB), without which a pure tone has no single solution.
    lags[:, 0] = lags[:, 0] * (1 + 1e-6) + 1e-12
    order = np.arange(_POLES)
    toeplitz = lags[:, np.abs(order[:, None] - order)]
    companion = np.zeros_like(toeplitz)
    companion[:, order[1:], order[:-1]] = 1
    companion[:, 0] = np.linalg.solve(toeplitz, lags[:, 1:, None])[..., 0]
    return np.linalg.eigvals(companion)


def _syllables(level: Float[np.ndarray, "frames"], voiced: Bool[np.ndarray, "frames"]) -> int:
    envelope = 10 * np.log10(np.maximum(gaussian_filter1d(level, _ENVELOPE_FRAMES), _QUIETEST**2))
    peaks, _ = find_peaks(envelope, prominence=_DIP_DB)
    return int(voiced[peaks].sum())
