"""What is stated with its uncertainty: estimates, prediction intervals and prediction sets.

Nothing is imported here: answering one voice must start fast.
"""

from dataclasses import asdict, dataclass


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A figure with its 95 % interval and the number of people behind it; shares of speakers are in percent."""

    value: float
    low: float
    high: float
    n: int

    @classmethod
    def exact(cls, value: float, n: int) -> "Estimate":
        """A figure that is not estimated, a level of chance say: its interval is the value itself."""
        return cls(value=value, low=value, high=value, n=n)

    def as_dict(self) -> dict[str, float | int]:
        """For JSON, such as the summary file."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class Interval:
    """A prediction interval of a number."""

    low: float
    high: float
    unit: str
    """Such as `years`; `ratio` for what has no unit."""
    coverage: float
    """Share of people whose own number is in their interval, 0..1, on average."""
    typical: float
    """The most plausible number, in the interval."""

    @property
    def width(self) -> float:
        """How much the interval leaves open, in the unit."""
        return self.high - self.low

    def covers(self, truth: float) -> bool:
        """Whether a person's own number is in the interval."""
        return self.low <= truth <= self.high


@dataclass(frozen=True, kw_only=True)
class PredictionSet:
    """A prediction set of classes: those that a voice does not rule out."""

    values: tuple[str, ...]
    """Sorted. Empty where the voice is unlike the voices of every class: then it cannot be told."""
    coverage: float
    """Share of people whose own class is in their set, 0..1, on average and for every class."""

    @property
    def width(self) -> float:
        """How much the set leaves open: its number of classes."""
        return float(len(self.values))

    def covers(self, truth: str) -> bool:
        """Whether a person's own class is in the set."""
        return truth in self.values


PredictionRegion = Interval | PredictionSet
