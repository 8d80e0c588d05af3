"""A fitted calibration: from what is heard in a voice to distributions, sets, intervals and scores.

Everything was fitted at some lengths of sound; between two of them what they say is mixed, by the logarithm of the
length.

Only NumPy and safetensors are imported here: the calibration of a bundle must load fast.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from speech2face.uncertainty.calibration.conformal import lower_quantile, nearest, p_value, upper_quantile
from speech2face.uncertainty.calibration.speaker_change import turn_scores

AGE = "age"
TWO_SPEAKERS = 0.005
"""Share of single people whose voice is taken for those of two."""
_USUAL_SECONDS = 6.0
RESAMPLES = 200
"""Bootstrap resamples of the people that the line of the information is fitted to."""


@dataclass(frozen=True, kw_only=True)
class Voice:
    """What is heard in one recording (see `listening.Heard`), and how much of it there was to hear."""

    embedding: Float[np.ndarray, "dimension"]
    disagreement: float
    features: Float[np.ndarray, "features"]
    sound: Float[np.ndarray, "statistics"]
    seconds: float


@dataclass(frozen=True, kw_only=True)
class FaceDistribution:
    """A Gaussian of face embeddings, in the whitened principal components of the calibration people's faces.

    There, faces of which nothing is known have zero mean and unit covariance.
    """

    mean: Float[np.ndarray, "components"]
    covariance: Float[np.ndarray, "components components"]

    def sample(self, count: int, rng: np.random.Generator) -> Float[np.ndarray, "count components"]:
        """Draw faces."""
        factor = np.linalg.cholesky(self.covariance)
        return self.mean + rng.normal(size=(count, len(self.mean))) @ factor.T

    def log_ratio(self, components: Float[np.ndarray, "components"]) -> float:
        """log2 of how much more probable a face is than when nothing is known: the bits that the voice told of it."""
        apart = components - self.mean
        inside = apart @ np.linalg.solve(self.covariance, apart)
        return float((components @ components - inside - np.linalg.slogdet(self.covariance)[1]) / 2 / np.log(2))

    @property
    def divergence(self) -> float:
        """What `log_ratio` is in the mean if this is right: the divergence from knowing nothing, bits."""
        spread = np.trace(self.covariance) - len(self.mean) - np.linalg.slogdet(self.covariance)[1]
        return float((spread + self.mean @ self.mean) / 2 / np.log(2))


@dataclass(frozen=True, kw_only=True)
class Line:
    """An estimate with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Range:
    """A prediction interval."""

    low: float
    high: float
    typical: float


class CalibrationModel:
    """See the module.

    Args:
        tensors: as `fit.fit_calibration` gives them.
        description: its JSON part: `lengths`, `targets`, `sexes`, `coverage`, `bounds`.
    """

    def __init__(self, tensors: Mapping[str, np.ndarray], description: Mapping[str, Any]) -> None:
        self._tensors = {name: np.asarray(value) for name, value in tensors.items()}
        self.lengths: list[float] = list(description["lengths"])
        self.targets: list[str] = list(description["targets"])
        self.sexes: list[str] = list(description["sexes"])
        self.coverage: float = description["coverage"]
        self.outside_limit: float = description["outside"]
        self._bounds: Mapping[str, list[float]] = description["bounds"]
        self._ages_kept: dict[tuple[int, float], tuple[np.ndarray, np.ndarray, np.ndarray]] = {}

    @property
    def usual(self) -> float:
        """The fitted length next to 6 s, which most answers rest on."""
        return min(self.lengths, key=lambda seconds: abs(seconds - _USUAL_SECONDS))

    def tensor(self, name: str) -> np.ndarray:
        """One of the arrays, such as `doubt.factor`."""
        return self._tensors[name]

    def _mix(self, seconds: float) -> list[tuple[int, float]]:
        """The fitted lengths around one, and their weights."""
        place = float(np.interp(np.log(seconds), np.log(self.lengths), np.arange(len(self.lengths))))
        low = min(int(place), len(self.lengths) - 1)
        parts = [(low, 1 - (place - low)), (low + 1, place - low)]
        return [(length, weight) for length, weight in parts if weight > 0]

    def _at(self, length: int, name: str) -> np.ndarray:
        return self._tensors[f"{length}.{name}"]

    def _linear(self, length: int, name: str, features: np.ndarray) -> np.ndarray:
        return features @ self._at(length, f"{name}.weights") + self._at(length, f"{name}.offset")

    def face(self, voice: Voice) -> FaceDistribution:
        """What is known of the face."""
        inputs = _inputs(voice)
        size = self._tensors["face.axes"].shape[0]
        mean, covariance = np.zeros(size), np.zeros((size, size))
        for length, weight in self._mix(voice.seconds):
            mean += weight * self._linear(length, "face", inputs)
            centre, slope = self._at(length, "disagreement")
            wider = np.exp(slope * (np.log(max(voice.disagreement, 1e-9)) - centre)) if slope else 1.0
            covariance += weight * wider * self._at(length, "face.covariance")
        return FaceDistribution(mean=mean, covariance=covariance)

    def embeddings(self, components: Float[np.ndarray, "*n components"]) -> Float[np.ndarray, "*n dimension"]:
        """Face embeddings of whitened principal components."""
        return self._tensors["face.mean"] + components @ self._tensors["face.axes"]

    def components(self, embeddings: Float[np.ndarray, "*n dimension"]) -> Float[np.ndarray, "*n components"]:
        """Whitened principal components of face embeddings."""
        return (embeddings - self._tensors["face.mean"]) @ self._tensors["face.inverse"]

    def information(self, voice: Voice) -> Line:
        """How many bits the voice is expected to tell of the face.

        What the distribution claims, corrected by what such claims were worth for the calibration people.
        """
        claimed = self.face(voice).divergence
        lines = sum(weight * self._at(length, "information") for length, weight in self._mix(voice.seconds))
        values = lines @ np.array([1.0, claimed])
        low, high = np.quantile(values[1:], [0.025, 0.975])
        # Claims that are worth less than nothing are worth nothing.
        value = max(0.0, float(values[0]))
        return Line(value=value, low=min(value, float(low)), high=max(value, float(high)))

    def sex(self, voice: Voice, coverage: float | None = None) -> tuple[str, ...]:
        """The values whose own people sound like this often enough; empty if there is none.

        Its own people are those of that sex who sound about as old: voices of the sexes come nearer to each other with
        age, and a promise to people of all ages would be broken to the old.
        """
        inputs = _inputs(voice)
        p = np.zeros(len(self.sexes))
        for length, weight in self._mix(voice.seconds):
            scores = self._linear(length, "sex", inputs)
            age = self._expected(length, AGE, inputs) if AGE in self.targets else 0.0
            for place, (sex, score) in enumerate(zip(self.sexes, scores, strict=True)):
                ages, own = self._at(length, f"sex.{sex}").T
                # A low score of the own class is what is odd.
                p[place] += weight * p_value(-score, np.sort(-own[nearest(ages, age)]))
        return tuple(sex for sex, value in zip(self.sexes, p, strict=True) if value > 1 - self._share(coverage))

    def range(self, target: str, voice: Voice, coverage: float | None = None) -> Range:
        """The interval of a number: `age` in years, or a craniofacial ratio."""
        inputs, tail = _inputs(voice), (1 - self._share(coverage)) / 2
        found = np.zeros(3)
        for length, weight in self._mix(voice.seconds):
            expected = self._expected(length, target, inputs)
            if target == AGE:
                found += weight * self._ages(length, expected, tail)
            else:
                scale = np.exp(self._linear(length, "scales", inputs)[self.targets.index(target)])
                residuals = self._at(length, f"residuals.{target}")
                ends = lower_quantile(residuals, tail), upper_quantile(residuals, 1 - tail), float(np.median(residuals))
                found += weight * (expected + scale * np.array(ends))
        least, most = self._bounds[target]
        low, high, typical = (float(value) for value in np.clip(found, least, most))
        return Range(low=low, high=high, typical=float(np.clip(typical, low, high)))

    def _ages(self, length: int, expected: float, tail: float) -> np.ndarray:
        """From the first to the last age whose own people sound as old as this often enough, and the expected age.

        So the promise holds at every age. What is expected lies between a person's age and the mean of all, and an
        interval around it would miss the youngest and the oldest most often.
        """
        years, low, high = self._ages_heard(length, tail)
        missed = np.maximum(low - expected, expected - high)
        # Who sounds like nobody gets the age that is next.
        likely = years[missed <= max(0.0, missed.min())]
        return np.array([likely[0], likely[-1], expected])

    def _ages_heard(self, length: int, tail: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Ages in years, and between which expected ages people of each usually lie."""
        key = (length, tail)
        if key not in self._ages_kept:
            ages, expected = self._at(length, "ages").T
            least, most = self._bounds[AGE]
            years = np.unique(np.append(np.arange(least, most), most))
            near = [expected[nearest(ages, year)] for year in years]
            low = np.array([lower_quantile(others, tail) for others in near])
            high = np.array([upper_quantile(others, 1 - tail) for others in near])
            self._ages_kept[key] = years, low, high
        return self._ages_kept[key]

    def _expected(self, length: int, target: str, inputs: np.ndarray) -> float:
        return float(self._linear(length, "targets", inputs)[self.targets.index(target)])

    def outside(self, voice: Voice) -> float:
        """The conformal p-value of the voice being one of those that the model learned from."""
        length, _ = max(self._mix(voice.seconds), key=lambda part: part[1])
        score = oddness(
            np.concatenate([voice.features, voice.sound])[None],
            self._at(length, "outside.mean"),
            self._at(length, "outside.spread"),
            self._at(length, "outside.axes"),
            self._at(length, "outside.rest"),
        )[0]
        return p_value(score, self._at(length, "outside.scores"))

    @property
    def tells_turns(self) -> bool:
        """Whether `one_speaker` was fitted: some calibration people spoke for 6 s."""
        return "turns.axes" in self._tensors

    def one_speaker(self, windows: Float[np.ndarray, "windows features"]) -> float:
        """The conformal p-value of one person having spoken in all windows (see `turns`)."""
        score = turn_scores(windows[None].astype(np.float64), self.tensor("turns.axes"))[0]
        return p_value(score, self.tensor("turns.scores"))

    def _share(self, coverage: float | None) -> float:
        return self.coverage if coverage is None else coverage


def _inputs(voice: Voice) -> np.ndarray:
    return np.concatenate([voice.embedding, voice.features]).astype(np.float64)


def oddness(
    heard: Float[np.ndarray, "voices inputs"],
    mean: Float[np.ndarray, "inputs"],
    spread: Float[np.ndarray, "inputs"],
    axes: Float[np.ndarray, "inputs axes"],
    rest: Float[np.ndarray, "1"],
) -> Float[np.ndarray, "voices"]:
    """How far voices lie from those of the calibration: within their principal axes, and beside them.

    Args:
        axes: of the standardised inputs, each divided by the root of its variance.
        rest: mean square of what the axes leave of a calibration voice.
    """
    standard = (heard - mean) / spread
    within = standard @ axes
    lengths = np.linalg.norm(axes, axis=0)
    beside = (standard**2).sum(axis=1) - ((within / lengths) ** 2).sum(axis=1)
    return (within**2).mean(axis=1) + beside / rest[0]
