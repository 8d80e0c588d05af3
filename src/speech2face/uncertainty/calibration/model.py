"""A fitted calibration: from the features of a voice to distributions, sets, intervals and scores.

Everything is fitted at some lengths of sound; between two of them the results are mixed, by the logarithm of the
length.

Only NumPy and safetensors are imported here: the calibration of a bundle must load fast.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from speech2face.base.estimates import Estimate, Interval, PredictionRegion, PredictionSet
from speech2face.data.sources.attributes import Attribute, Kind, calibrated
from speech2face.uncertainty.calibration.conformal import lower_quantile, nearest, p_value, upper_quantile
from speech2face.uncertainty.calibration.information import log2_ratios
from speech2face.uncertainty.calibration.judgement import FaceDistribution, Judgement, VoiceFeatures
from speech2face.uncertainty.calibration.outside import oddness
from speech2face.uncertainty.calibration.speaker_change import speaker_change_scores

TWO_SPEAKERS = 0.005
"""Share of single people whose voice is taken for those of two."""
_USUAL_SECONDS = 6.0


@dataclass(frozen=True, kw_only=True)
class _Part:
    """What the fit at one length predicts of a voice, and its weight among the lengths."""

    length: int
    weight: float
    numbers: Mapping[str, float]
    """The expected value of each target."""
    log_errors: Mapping[str, float]
    """The logarithm of the absolute error to expect of it."""


class CalibrationModel:
    """See the module.

    Args:
        tensors: as `fit.fit_calibration` gives them.
        description: its JSON part: `lengths`, `targets`, `coverage`, `bounds`, `nothing` (the intervals without any
            voice), and the classes of each attribute that has such.
    """

    def __init__(self, tensors: Mapping[str, np.ndarray], description: Mapping[str, Any]) -> None:
        self._tensors = {name: np.asarray(value) for name, value in tensors.items()}
        self.lengths: list[float] = list(description["lengths"])
        self.people: int = description["people"]
        self.targets: list[str] = list(description["targets"])
        """The numbers that are predicted: attributes, then craniofacial ratios."""
        self.classes: dict[str, list[str]] = {
            attribute.name: list(description.get(attribute.key, ())) for attribute in calibrated(Kind.CLASS)
        }
        """The classes of each attribute; none where it was not fitted."""
        self.coverage: float = description["coverage"]
        self.outside_limit: float = description["outside"]
        self.prior_intervals: Mapping[str, list[float]] = description["nothing"]
        """The interval of each number without any voice."""
        self._bounds: Mapping[str, list[float]] = description["bounds"]
        self._kept: dict[tuple[str, int, float], tuple[np.ndarray, np.ndarray, np.ndarray]] = {}

    @property
    def usual(self) -> float:
        """The fitted length next to 6 s, which most answers rest on."""
        return min(self.lengths, key=lambda seconds: abs(seconds - _USUAL_SECONDS))

    def prior_width(self, name: str) -> float:
        """How much is left open without any voice: the width of the interval, or the number of classes."""
        if self.classes.get(name):
            return float(len(self.classes[name]))
        low, high = self.prior_intervals[name]
        return high - low

    def tensor(self, name: str) -> np.ndarray:
        """One of the arrays, such as `doubt.factor`."""
        return self._tensors[name]

    def judge(self, features: VoiceFeatures, coverage: float | None = None) -> Judgement:
        """Everything that the calibration says of one voice.

        Args:
            coverage: that of sets and intervals, 0..1; by default the one that was calibrated for.
        """
        share = self.coverage if coverage is None else coverage
        face, parts = self.face(features), self._parts(features)
        attributes: dict[str, PredictionRegion] = {}
        for attribute in calibrated():
            if self.classes.get(attribute.name):
                attributes[attribute.name] = self._set(attribute, features, parts, share)
            elif attribute.name in self.targets:
                attributes[attribute.name] = self._interval(attribute.name, parts, share, attribute)
        ratios = [name for name in self.targets if name not in attributes]
        return Judgement(
            face=face,
            information=self._information(face, parts),
            outside_p=self._outside(features, parts),
            attributes=attributes,
            ratios={name: self._interval(name, parts, share) for name in ratios},
        )

    def face(self, features: VoiceFeatures) -> FaceDistribution:
        """What is known of the face; `judge` gives it too."""
        inputs = features.inputs
        size = self._tensors["face.axes"].shape[0]
        mean, covariance = np.zeros(size), np.zeros((size, size))
        for length, weight in self._mix(features.seconds):
            mean += weight * self._linear(length, "face", inputs)
            centre, slope = self._at(length, "disagreement")
            wider = np.exp(slope * (np.log(max(features.disagreement, 1e-9)) - centre)) if slope else 1.0
            covariance += weight * wider * self._at(length, "face.covariance")
        return FaceDistribution(mean=mean, covariance=covariance)

    def embeddings(self, components: Float[np.ndarray, "*n components"]) -> Float[np.ndarray, "*n dimension"]:
        """Face embeddings of whitened principal components."""
        return self._tensors["face.mean"] + components @ self._tensors["face.axes"]

    def components(self, embeddings: Float[np.ndarray, "*n dimension"]) -> Float[np.ndarray, "*n components"]:
        """Whitened principal components of face embeddings."""
        return (embeddings - self._tensors["face.mean"]) @ self._tensors["face.inverse"]

    @property
    def detects_speaker_change(self) -> bool:
        """Whether `one_speaker` was fitted: some calibration people spoke for 6 s."""
        return "turns.axes" in self._tensors

    def one_speaker(self, windows: Float[np.ndarray, "windows features"]) -> float:
        """The conformal p-value of one person speaking in all windows (see `speaker_change`)."""
        score = speaker_change_scores(windows[None].astype(np.float64), self.tensor("turns.axes"))[0]
        return p_value(score, self.tensor("turns.scores"))

    def log2_ratios(
        self, voices: Sequence[VoiceFeatures], embeddings: Float[np.ndarray, "faces dimension"]
    ) -> Float[np.ndarray, "voices faces"]:
        """Of each voice and face, how much more probable it makes the face among these; see `information`."""
        faces = self.components(embeddings)
        ratios = np.zeros((len(voices), len(faces)))
        nearest_length = np.array([max(self._mix(voice.seconds), key=lambda part: part[1])[0] for voice in voices])
        for length in set(nearest_length.tolist()):
            rows = np.flatnonzero(nearest_length == length).tolist()
            means = np.stack([self.face(voices[row]).mean for row in rows])
            covariance, sharpness = self._at(length, "face.covariance"), float(self._at(length, "sharpness")[0])
            ratios[rows] = log2_ratios(means, faces, covariance, sharpness)
        return ratios

    def _mix(self, seconds: float) -> list[tuple[int, float]]:
        """The fitted lengths around one, and their weights."""
        position = float(np.interp(np.log(seconds), np.log(self.lengths), np.arange(len(self.lengths))))
        low = min(int(position), len(self.lengths) - 1)
        mixed = [(low, 1 - (position - low)), (low + 1, position - low)]
        return [(length, weight) for length, weight in mixed if weight > 0]

    def _parts(self, features: VoiceFeatures) -> list[_Part]:
        inputs = features.inputs

        def predicted(length: int, name: str) -> dict[str, float]:
            return dict(zip(self.targets, self._linear(length, name, inputs), strict=True)) if self.targets else {}

        return [
            _Part(
                length=length,
                weight=weight,
                numbers=predicted(length, "targets"),
                log_errors=predicted(length, "scales"),
            )
            for length, weight in self._mix(features.seconds)
        ]

    def _at(self, length: int, name: str) -> np.ndarray:
        return self._tensors[f"{length}.{name}"]

    def _linear(self, length: int, name: str, inputs: np.ndarray) -> np.ndarray:
        return inputs @ self._at(length, f"{name}.weights") + self._at(length, f"{name}.offset")

    def _information(self, face: FaceDistribution, parts: Sequence[_Part]) -> Estimate:
        """The bits that voices of such divergence told of the calibration people; at most log2 of their number."""
        lines = sum(part.weight * self._at(part.length, "information") for part in parts)
        values = lines @ np.array([1.0, face.divergence])
        low, high = np.quantile(values[1:], [0.025, 0.975])
        # A line runs on where no calibration person is: below no bit, and above what so many people can tell.
        value = float(np.clip(values[0], 0.0, np.log2(self.people)))
        return Estimate(value=value, low=min(value, float(low)), high=max(value, float(high)), n=self.people)

    def _set(
        self, attribute: Attribute, features: VoiceFeatures, parts: Sequence[_Part], coverage: float
    ) -> PredictionSet:
        """The classes whose own people sound like this often enough; empty if there is none.

        The own people of a class are those of whom about the same number is predicted, if the attribute is `given` one.
        """
        classes = self.classes[attribute.name]
        p = np.zeros(len(classes))
        for part in parts:
            scores = self._linear(part.length, attribute.name, features.inputs)
            expected = float(part.numbers.get(attribute.given or "", 0.0))
            for index, (value, score) in enumerate(zip(classes, scores, strict=True)):
                numbers, own = self._at(part.length, f"{attribute.name}.{value}").T
                # A low score of the own class is what is odd.
                p[index] += part.weight * p_value(-score, np.sort(-own[nearest(numbers, expected)]))
        values = tuple(value for value, likely in zip(classes, p, strict=True) if likely > 1 - coverage)
        return PredictionSet(values=values, coverage=coverage)

    def _interval(
        self, name: str, parts: Sequence[_Part], coverage: float, attribute: Attribute | None = None
    ) -> Interval:
        """The interval of a number: of a craniofacial ratio if no attribute is given."""
        tail = (1 - coverage) / 2
        found = np.zeros(3)
        for part in parts:
            expected = float(part.numbers[name])
            if attribute is not None and attribute.step is not None:
                found += part.weight * self._likely_numbers(attribute, part.length, expected, tail)
            else:
                scale = np.exp(part.log_errors[name])
                residuals = self._at(part.length, f"residuals.{name}")
                ends = lower_quantile(residuals, tail), upper_quantile(residuals, 1 - tail), float(np.median(residuals))
                found += part.weight * (expected + scale * np.array(ends))
        least, most = self._bounds[name]
        low, high, typical = (float(value) for value in np.clip(found, least, most))
        return Interval(
            low=low,
            high=high,
            unit=attribute.unit if attribute else "ratio",
            coverage=coverage,
            typical=float(np.clip(typical, low, high)),
        )

    def _likely_numbers(self, attribute: Attribute, length: int, expected: float, tail: float) -> np.ndarray:
        """From the first to the last number whose own people get this prediction often enough, and the prediction.

        So the coverage holds at every number, see `Attribute.step`.
        """
        numbers, low, high = self._usual_predictions(attribute, length, tail)
        missed = np.maximum(low - expected, expected - high)
        # A voice that is like those of no number gets the number that misses it least.
        likely = numbers[missed <= max(0.0, missed.min())]
        return np.array([likely[0], likely[-1], expected])

    def _usual_predictions(
        self, attribute: Attribute, length: int, tail: float
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Numbers, a step apart, and between which predictions people of each usually lie."""
        key = (attribute.name, length, tail)
        if key not in self._kept:
            truth, predicted = self._at(length, attribute.key).T
            least, most = self._bounds[attribute.name]
            numbers = np.unique(np.append(np.arange(least, most, attribute.step), most))
            near = [predicted[nearest(truth, number)] for number in numbers]
            low = np.array([lower_quantile(others, tail) for others in near])
            high = np.array([upper_quantile(others, 1 - tail) for others in near])
            self._kept[key] = numbers, low, high
        return self._kept[key]

    def _outside(self, features: VoiceFeatures, parts: Sequence[_Part]) -> float:
        length = max(parts, key=lambda part: part.weight).length
        statistics = {name: self._at(length, f"outside.{name}") for name in ("mean", "spread", "axes")}
        score = oddness(np.concatenate([features.features, features.sound])[None], **statistics)[0]
        return p_value(score, self._at(length, "outside.scores"))
