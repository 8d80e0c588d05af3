"""Outcomes of all clips that were to be fetched: a file per video, beside its clips, kept across runs."""

import hashlib
import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path

from speech2face.base.files import write_json
from speech2face.base.status import Reason, Rejected

_NAME = re.compile(r"[\w-]{1,64}", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The outcome of one clip: fetched, or a reason why not."""

    reason: Reason | None = None
    detail: str = ""
    begins_s: float = 0.0
    """Time in the video at which the fetched file begins, seconds: the key frame before the clip, or earlier."""
    megabytes: float = 0.0
    """Bytes read over the network for it."""

    @classmethod
    def rejected(cls, rejection: Rejected) -> "Outcome":
        """A clip that could not be fetched."""
        return cls(reason=rejection.reason, detail=rejection.detail)


class Ledger:
    """The outcomes of the clips of one video, and the names of their files.

    Videos are in folders by the first two digits of the hash of their names, so that no folder grows large and names
    that differ only in case stay apart on file systems that ignore case.

    Raises:
        ValueError: the file of outcomes cannot be read.
    """

    def __init__(self, folder: Path, video: str) -> None:
        digest = hashlib.sha256(video.encode()).hexdigest()
        self.folder = folder / digest[:2] / (video if _NAME.fullmatch(video) else digest[:32])
        self._path = self.folder / "outcomes.json"
        self._outcomes: dict[str, dict[str, object]] = {}
        if self._path.is_file():
            try:
                self._outcomes = json.loads(self._path.read_text(encoding="utf-8"))
                for outcome in self._outcomes.values():
                    read_outcome(outcome)
            except (ValueError, TypeError, AttributeError) as error:
                raise ValueError(
                    f"{self._path} is not a record of fetched clips ({error}); delete it, and these are fetched again."
                ) from None

    def clip(self, start_s: float, end_s: float) -> Path:
        """The path of a clip, whether or not it exists."""
        return self.folder / f"{_key(start_s, end_s)}.mkv"

    def outcome(self, start_s: float, end_s: float) -> Outcome | None:
        """The outcome of a clip; None if it was not tried, or its file is missing."""
        values = self._outcomes.get(_key(start_s, end_s))
        if values is None:
            return None
        outcome = read_outcome(values)
        return None if outcome.reason is None and not self.clip(start_s, end_s).is_file() else outcome

    def record(self, start_s: float, end_s: float, outcome: Outcome) -> None:
        """Save the outcome of a clip; it is on disk when this returns."""
        self._outcomes[_key(start_s, end_s)] = asdict(outcome)
        write_json(self._path, self._outcomes)


def _key(start_s: float, end_s: float) -> str:
    return f"{start_s:.3f}-{end_s:.3f}"


def read_outcome(values: dict[str, object]) -> Outcome:
    """An outcome from its JSON values."""
    outcome = Outcome(**values)  # type: ignore[arg-type]
    return outcome if outcome.reason is None else Outcome(**(values | {"reason": Reason(outcome.reason)}))  # type: ignore[arg-type]
