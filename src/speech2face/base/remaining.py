"""How long a run of many jobs will still take, and what took how long."""

import threading
import time
from collections.abc import Callable, Collection, Hashable, Mapping
from dataclasses import dataclass

# Core-seconds for which the costs that were measured elsewhere count against what is seen here.
_TRUST = 120.0
# A job that runs longer than it should is not finished before it is.
_ALMOST = 0.9


@dataclass(frozen=True, kw_only=True)
class Job:
    """A job of a run.

    Attributes:
        what: which jobs are counted together, `draw`, say.
        cost: core-seconds on the machine that was measured.
        threads: cores that it uses.
    """

    what: str
    cost: float
    threads: int


class Remaining:
    """The estimate of a run's remaining time: the measured costs, at the speed that the run has had so far.

    Args:
        jobs: all jobs of the run by a key of the caller's.
        cores: cores that the run may use.
    """

    def __init__(self, jobs: Mapping[Hashable, Job], cores: int) -> None:
        self._jobs, self._cores = jobs, cores
        self._total = sum(job.cost for job in jobs.values())

    def seconds(self, elapsed: float, finished: Collection[Hashable], running: Mapping[Hashable, float]) -> float:
        """Seconds left after `elapsed` seconds; `running` says for how many seconds each job has run."""
        done = sum(self._jobs[key].cost for key in finished) + sum(
            min(_ALMOST * self._jobs[key].cost, seconds * self._jobs[key].threads)
            for key, seconds in running.items()
            if key in self._jobs
        )
        slowness = (elapsed * self._cores + _TRUST) / (done + _TRUST)
        return max(self._total - done, 0.0) * slowness / self._cores


def duration(seconds: float) -> str:
    """Seconds as a reader takes them: `40 s`, `12 min`."""
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"


def what_took(spent: Mapping[str, float], elapsed: float, most: int = 6) -> str:
    """One sentence on where the time went; `spent` has the seconds of all jobs of a kind together."""
    ordered = sorted(spent.items(), key=lambda item: -item[1])
    parts = [f"{what} {duration(seconds)}" for what, seconds in ordered[:most]]
    if rest := sum(seconds for _, seconds in ordered[most:]):
        parts.append(f"all else {duration(rest)}")
    return f"The run took {duration(elapsed)}. Its jobs, some at the same time: {', '.join(parts) or 'none'}."


class Reporter:
    """Says every `interval` seconds, in a thread of its own, how long a run will still take.

    Args:
        finished, running: the keys of jobs that are finished, and of those at work now.
        say: where the lines go.
    """

    def __init__(
        self,
        jobs: Mapping[Hashable, Job],
        *,
        cores: int,
        finished: Callable[[], Collection[Hashable]],
        running: Callable[[], Collection[Hashable]],
        say: Callable[[str], object],
        interval: float,
    ) -> None:
        self._jobs, self._finished, self._running = jobs, finished, running
        self._remaining, self._say, self._interval = Remaining(jobs, cores), say, interval
        self._begun, self._since = time.monotonic(), dict[Hashable, float]()
        self._ended = threading.Event()
        say(f"About {duration(self._remaining.seconds(0.0, (), {}))} for {len(jobs)} jobs on {cores} cores.")
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        while not self._ended.wait(self._interval):
            try:
                line = self._line()
            except Exception as error:
                # What it reads belongs to the workflow engine, and no run may end for an estimate.
                self._say(f"No more estimates of the time that is left: {error!r}.")
                return
            self._say(line)

    def _line(self) -> str:
        now = time.monotonic()
        self._since = {key: self._since.get(key, now) for key in self._running()}
        running = {key: now - since for key, since in self._since.items()}
        elapsed = now - self._begun
        left = self._remaining.seconds(elapsed, self._finished(), running)
        names = sorted({self._jobs[key].what for key in running if key in self._jobs})
        told = f"about {duration(left)}" if left >= 10 else "less than 10 s"
        return f"{duration(elapsed)} so far, {told} left: {', '.join(names) or 'between jobs'}."

    def end(self, spent: Mapping[str, float]) -> None:
        """No more estimates; say what took how long."""
        self._ended.set()
        self._say(what_took(spent, time.monotonic() - self._begun))
