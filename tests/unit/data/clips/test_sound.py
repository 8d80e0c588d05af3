"""Putting sound together from frames: each at its time, whatever changes in between."""

from fractions import Fraction

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speech2face.base.sound import SAMPLE_RATE
from speech2face.data.clips.sound import Sound, repeat_to
from tests.unit.data.clips.made_media import SETTINGS


def frame(value, seconds, *, at=None, rate=SAMPLE_RATE, layout="mono"):
    channels = av.AudioLayout(layout).nb_channels
    samples = np.full((1, round(seconds * rate) * channels), value, np.int16)
    made = av.AudioFrame.from_ndarray(samples, format="s16", layout=layout)
    made.sample_rate, made.time_base = rate, Fraction(1, rate)
    if at is not None:
        made.pts = round(at * rate)
    return made


def test_frames_lie_where_their_times_say():
    sound = Sound(2.0, SETTINGS)
    for value, at in ((1, 5.5), (2, 4.9), (3, 6.9)):
        sound.add(frame(value, 0.3, at=at), 5.0)
    assert len(sound.samples) == 2 * SAMPLE_RATE
    assert [int(sound.samples[round(t * SAMPLE_RATE)]) for t in (0.1, 0.3, 0.6, 0.9, 1.95)] == [2, 0, 1, 0, 3]
    assert sound.seconds == pytest.approx(0.3 + 0.2 + 0.1)


@pytest.mark.parametrize("off", [0.009, -0.009])
def test_small_errors_of_time_leave_no_gap(off):
    sound = Sound(1.0, SETTINGS)
    sound.add(frame(1, 0.3, at=0.0), 0.0)
    sound.add(frame(2, 0.3, at=0.3 + off), 0.0)
    assert sound.samples.tolist() == [1] * 4800 + [2] * 4800


def test_frames_without_a_time_follow_one_another():
    sound = Sound(1.0, SETTINGS)
    for value in (1, 2, 3, 4):
        sound.add(frame(value, 0.3), 0.0)
    assert sound.samples.tolist() == [1] * 4800 + [2] * 4800 + [3] * 4800 + [4] * 1600


def test_the_kind_of_sound_may_change_in_the_middle():
    sound = Sound(1.5, SETTINGS)
    sound.add(frame(1000, 0.5, at=0.0, rate=48000, layout="stereo"), 0.0)
    sound.add(frame(1000, 0.5, at=0.5, rate=8000), 0.0)
    sound.add(frame(1000, 0.5, at=1.0, rate=44100, layout="5.1"), 0.0)
    assert sound.seconds == pytest.approx(1.5, abs=0.01)
    assert np.median(np.abs(sound.samples - 1000.0)) < 50


@given(st.integers(-(2**62), 2**62), st.integers(-(2**62), 2**62))
def test_no_time_is_too_wild(pts, origin):
    sound = Sound(1.0, SETTINGS)
    made = frame(1, 0.1)
    made.pts = pts
    sound.add(made, float(origin))
    assert 0 <= sound.seconds <= 0.1
    assert len(sound.samples) <= SAMPLE_RATE


@given(st.lists(st.tuples(st.floats(-1, 2), st.floats(0.01, 0.5)), max_size=8))
def test_what_was_heard_is_never_more_than_there_is(pieces):
    sound = Sound(1.0, SETTINGS)
    for at, seconds in pieces:
        sound.add(frame(7, seconds, at=at), 0.0)
    assert sound.seconds == pytest.approx((sound.samples == 7).sum() / SAMPLE_RATE)
    assert set(sound.samples.tolist()) <= {0, 7}
    assert sound.samples.tolist()[-1:] in ([], [7])


@given(st.integers(1, 50), st.integers(1, 300))
def test_repeating(length, wanted):
    sound = np.arange(length, dtype=np.int16)
    repeated = repeat_to(sound, wanted)
    assert len(repeated) == wanted
    assert (repeated == sound[np.arange(wanted) % length]).all()


def test_nothing_cannot_be_repeated():
    with pytest.raises(ValueError, match="no sound"):
        repeat_to(np.zeros(0, np.int16), 5)
