"""Estimates of the remaining time: the measured costs first, then the speed of the run itself, and never an error."""

import time

import pytest

from speech2face.base.remaining import Job, Remaining, Reporter, duration, what_took

JOBS = {name: Job(what=name[0], cost=600.0, threads=1) for name in ("a1", "a2", "b1", "b2")}


def test_at_the_start_the_measured_costs_count_and_later_the_speed_of_the_run():
    remaining = Remaining(JOBS, cores=2)
    assert remaining.seconds(0.0, (), {}) == 1200.0
    # As fast as measured: half of it is done after half of the time.
    assert remaining.seconds(600.0, ("a1", "a2"), {}) == pytest.approx(600.0)
    # Twice as slow.
    assert 1000.0 < remaining.seconds(1200.0, ("a1", "a2"), {}) < 1200.0
    assert remaining.seconds(1200.0, JOBS, {}) == 0.0


def test_a_running_job_counts_for_what_it_has_done_but_is_never_finished():
    remaining = Remaining(JOBS, cores=2)
    assert remaining.seconds(300.0, (), {"a1": 300.0, "a2": 300.0}) == pytest.approx(900.0)
    assert remaining.seconds(9000.0, ("a1", "a2", "b1"), {"b2": 9000.0, "another": 5.0}) > 60.0


def test_durations_are_seconds_or_minutes():
    assert [duration(seconds) for seconds in (3.2, 89, 90, 3600)] == ["3 s", "89 s", "2 min", "60 min"]


def test_what_took_longest_is_named_first_and_the_rest_together():
    told = what_took({"draw": 100.0, "make_talkers": 600.0, "measure": 20.0, "predict": 10.0}, 400.0, most=2)
    assert told == (
        "The run took 7 min. Its jobs, some at the same time: make_talkers 10 min, draw 2 min, all else 30 s."
    )


def reported(finished, running=lambda: ["b1"]) -> list[str]:
    """What is said of a run within some moments."""
    lines: list[str] = []
    reporter = Reporter(JOBS, cores=2, finished=finished, running=running, say=lines.append, interval=0.01)
    deadline = time.monotonic() + 20
    while len(lines) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    reporter.end({"a": 1.0})
    return lines


def test_it_is_said_at_the_start_as_it_goes_and_at_the_end():
    first, second, *_, last = reported(lambda: ["a1", "a2"])
    assert first == "About 20 min for 4 jobs on 2 cores."
    assert second.endswith("left: b.")
    assert last.startswith("The run took 0 s. Its jobs, some at the same time: a 1 s.")


def test_an_error_of_the_engine_ends_the_estimates_and_nothing_else():
    def broken() -> list[str]:
        raise AttributeError("no such attribute")

    lines = reported(broken)
    assert "No more estimates" in lines[1]
    assert lines[-1].startswith("The run took")
    assert len(lines) == 3
