"""Following faces: who is who from one frame to the next, and where they are in between."""

import numpy as np
import pytest

from speech2face.data.faces.detection import Detection
from speech2face.data.faces.follow import follow

TIMES = [0.1 * number for number in range(21)]
SEARCHED = range(0, 21, 4)


def face(x, y=100.0, size=60.0):
    points = np.array([[0.3, 0.4], [0.7, 0.4], [0.5, 0.6], [0.35, 0.8], [0.65, 0.8]]) * size + [x, y]
    return Detection(box=(x, y, x + size, y + size), score=0.99, points=points)


def test_two_people_are_told_apart_whichever_is_found_first():
    left = {number: face(100 + number) for number in SEARCHED}
    right = {number: face(300 - number) for number in SEARCHED}
    found = {number: [left[number], right[number]][:: 1 if number % 8 else -1] for number in SEARCHED}
    faces = follow(found, TIMES)
    assert sorted(round(one.centres[0, 0]) for one in faces) == [130, 330]
    for one in faces:
        assert (one.first, one.last) == (0, 20)
        assert one.size == pytest.approx(60)
        moves = np.diff(one.centres[:, 0])
        np.testing.assert_allclose(moves, np.sign(moves[0]))
        np.testing.assert_allclose(one.points[:, 2] - one.centres, np.broadcast_to([0, 6], (21, 2)), atol=1e-6)


def test_the_nearer_of_two_faces_goes_on_and_the_other_is_new():
    found = {0: [face(100)], 4: [face(125), face(95)], 8: [face(125), face(95)]}
    assert [(one.first, round(one.centres[-1, 0])) for one in follow(found, TIMES)] == [(0, 125), (4, 155)]


def test_a_face_that_is_missed_once_is_carried_over_and_not_across_a_cut():
    once = {0: [face(100)], 4: [face(110)], 8: [], 12: [face(130)], 16: [face(140)], 20: [face(150)]}
    (one,) = follow(once, TIMES)
    assert one.centre_at(0.8) == pytest.approx([150.0, 130.0])
    long = {number: [face(100)] if number not in (4, 8) else [] for number in SEARCHED}
    assert [one.first for one in follow(long, TIMES)] == [12]


def test_faces_that_leap_or_grow_at_once_are_others():
    for other in (face(140), face(100, y=140), face(85, y=85, size=95)):
        found = {number: [face(100) if number < 12 else other] for number in SEARCHED}
        assert [(one.first, one.last) for one in follow(found, TIMES)] == [(0, 8), (12, 20)]


def test_a_face_that_is_seldom_found_does_not_count():
    assert follow({number: [face(100)] if number == 8 else [] for number in SEARCHED}, TIMES) == []
    assert follow({}, TIMES) == []


def test_nobody_is_where_the_face_was_not_seen():
    (one,) = follow({number: [face(100)] if number >= 8 else [] for number in SEARCHED}, TIMES)
    assert one.centre_at(0.7) is None and one.centre_at(2.1) is None
    assert one.centre_at(0.8) == pytest.approx([130.0, 130.0])
