"""Active speaker: the face whose lips open and close with the loudness of the sound.

Only fast changes are compared, and only with small lags: people who read similar sentences start and stop together,
but do not share syllables. With slow changes included, real talkers side by side could not be distinguished.
"""

from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Float, Int16
from scipy.ndimage import gaussian_filter1d
from scipy.signal import butter, sosfiltfilt

from speech2face.base.images import decode_image
from speech2face.base.sound import SAMPLE_RATE
from speech2face.base.status import Reason, Rejected
from speech2face.config import Faces
from speech2face.data.clips.worker import Reading
from speech2face.data.faces.detection import Detection
from speech2face.data.faces.follow import FollowedFace, follow
from speech2face.data.faces.landmarks import LandmarkFinder
from speech2face.data.faces.quality import lip_opening

# Interval between detections in seconds; faces are tracked in between.
_SEARCH_S = 0.4
# Changes slower than this, in seconds, are removed: about a syllable.
_SLOW_S = 0.1
# Changes faster than this are noise of the landmarks, or single periods of the voice.
_QUICK_LIPS_S = 0.03
_QUICK_SOUND_S = 0.02
# Band of vowels, Hz: below is hum; above are sibilants, with nearly closed lips.
_BAND_HZ = (300, 3500)
# Loudness further below the maximum than this, in dB, is clipped as silence.
_RANGE_DB = 30.0
# Largest lag of sound and picture, in seconds; as large lags are rare, agreement is weighted by a normal curve with
# the given standard deviation.
_LAGS_S = np.arange(-5, 6) * 0.04
_USUAL_LAG_S = 0.1
# Lips that move by less than this share of the largest movement are at rest.
_REST = 0.3
# Fewest frames to compare.
_FEWEST = 10
_HOP = SAMPLE_RATE // 100
_BAND = butter(2, _BAND_HZ, "bandpass", fs=SAMPLE_RATE, output="sos")


def find_talker(
    video: Reading,
    detect: Callable[[Sequence[np.ndarray]], list[list[Detection]]],
    landmarks: LandmarkFinder,
    settings: Faces,
) -> FollowedFace:
    """Find the face that talks among the faces of a clip that are about equally large.

    Raises:
        Rejected: no face can be followed, none agrees with the sound, or two agree about equally well.
    """
    searched = _spaced(video.times, _SEARCH_S)
    found = {number: detect([decode_image(video.frames[number])])[0] for number in searched}
    faces = follow(found, video.times)
    faces = [face for face in faces if face.size >= settings.ambiguous_ratio * max(face.size for face in faces)]
    if not faces:
        raise Rejected(Reason.SEVERAL_FACES, f"{Reason.SEVERAL_FACES.meaning} None can be followed through the clip.")
    scores = agreements(_openings(video, faces, landmarks), faces, video)
    best, second = (*sorted(scores, reverse=True), 0.0)[:2]
    if best < settings.talking.agreement or best - second < settings.talking.margin:
        seen = ", ".join(f"{score:.2f}" for score in scores)
        raise Rejected(
            Reason.SEVERAL_FACES, f"{Reason.SEVERAL_FACES.meaning} Their lips agree with the sound by {seen}."
        )
    return faces[int(np.argmax(scores))]


def agreements(
    openings: Sequence[Float[np.ndarray, "_"]], faces: Sequence[FollowedFace], video: Reading
) -> list[float]:
    """Agreement of the lips of each face with the sound: 1 at best, about 0 if unrelated.

    Args:
        openings: of the lips of each face, as shares of its size, from its first frame to its last.
    """
    if len(video.sound) < _HOP:
        return [0.0] * len(faces)
    loudness = _loudness(video.sound)
    scores, movements = [], []
    for opening, face in zip(openings, faces, strict=True):
        with_sound = face.times <= len(video.sound) / SAMPLE_RATE
        at, opening = face.times[with_sound], opening[with_sound]
        if len(at) < _FEWEST:
            scores.append(0.0)
            movements.append(0.0)
            continue
        rate = 1 / float(np.median(np.diff(at)))
        lips = _quick(gaussian_filter1d(opening, _QUICK_LIPS_S * rate), rate)
        scores.append(max(_agreement(lips, at, loudness, rate, lag) for lag in _LAGS_S.tolist()))
        movements.append(float(lips.std()))
    liveliest = max(movements)
    return [score if movement >= _REST * liveliest else 0.0 for score, movement in zip(scores, movements, strict=True)]


def _agreement(
    lips: Float[np.ndarray, "frames"],
    times: Float[np.ndarray, "frames"],
    loudness: Float[np.ndarray, "hops"],
    rate: float,
    lag: float,
) -> float:
    """The correlation if the sound is `lag` seconds late, weighted by the lag."""
    middles = (np.arange(len(loudness)) + 0.5) * _HOP / SAMPLE_RATE
    loud = _quick(np.interp(times + lag, middles, loudness), rate)
    spread = float(lips.std() * loud.std())
    if spread == 0.0:
        return 0.0
    correlation = float(((lips - lips.mean()) * (loud - loud.mean())).mean()) / spread
    return max(0.0, correlation) * float(np.exp(-((lag / _USUAL_LAG_S) ** 2) / 2))


def _quick(signal: Float[np.ndarray, "frames"], rate: float) -> Float[np.ndarray, "frames"]:
    return signal - gaussian_filter1d(signal, _SLOW_S * rate)


def _loudness(sound: Int16[np.ndarray, "samples"]) -> Float[np.ndarray, "hops"]:
    """Loudness of the vowels in dB, every 10 ms."""
    pieces = sosfiltfilt(_BAND, sound, padtype=None)[: len(sound) // _HOP * _HOP].reshape(-1, _HOP)
    power = gaussian_filter1d((pieces**2).mean(axis=1), _QUICK_SOUND_S * SAMPLE_RATE / _HOP)
    level = 10 * np.log10(power + 1.0)
    return np.maximum(level, np.percentile(level, 95) - _RANGE_DB)


def _openings(video: Reading, faces: Sequence[FollowedFace], landmarks: LandmarkFinder) -> list[Float[np.ndarray, "_"]]:
    openings: list[list[float]] = [[] for _ in faces]
    for number, data in enumerate(video.frames):
        seen = [index for index, face in enumerate(faces) if face.first <= number <= face.last]
        picture = decode_image(data) if seen else None
        for index in seen:
            assert picture is not None
            points = faces[index].points[number - faces[index].first]
            openings[index].append(lip_opening(landmarks.fine_landmarks(picture, points)))
    return [np.array(opening) for opening in openings]


def _spaced(times: Sequence[float], seconds: float) -> list[int]:
    """Numbers of the first frame, the last, and frames at about this interval in between."""
    chosen = [0]
    for number, time in enumerate(times):
        if time - times[chosen[-1]] >= seconds:
            chosen.append(number)
    return sorted({*chosen, len(times) - 1})
