"""Stills: on white, with a mask of head and hair alone, and nobody else's light."""

import pytest

from speech2face.config import load_config
from speech2face.data.talkers.head import HeadModel
from speech2face.data.talkers.population import sample_talker
from speech2face.data.talkers.render import Renderer
from speech2face.data.talkers.stills import draw_still
from tests.conftest import ROOT

SIZE = 128


@pytest.fixture(scope="module")
def stills(tmp_path_factory):
    model, renderer = HeadModel.load(tmp_path_factory.mktemp("head")), Renderer(size=SIZE)
    world = load_config([ROOT / "config" / "config.yaml"]).talkers
    talkers = [sample_talker(number, 2019, world) for number in range(6)]
    return [draw_still(renderer, model.head(talker.shape), talker.appearance) for talker in talkers]


def test_what_the_mask_leaves_out_is_white(stills):
    for still in stills:
        assert still.picture[still.mask == 0].min() == 255


def test_the_mask_holds_the_face_and_neither_corners_nor_shoulders(stills):
    for still in stills:
        assert still.mask[SIZE // 3 : 2 * SIZE // 3, 2 * SIZE // 5 : 3 * SIZE // 5].min() == 255
        assert still.mask[: SIZE // 8, [0, -1]].max() == 0
        assert still.mask[-1, [SIZE // 20, -SIZE // 20]].max() == 0
        assert 0.2 < still.mask.mean() / 255 < 0.6


def test_heads_differ_and_outlines_are_soft(stills):
    assert len({still.mask.tobytes() for still in stills}) == len(stills)
    between = [((still.mask > 0) & (still.mask < 255)).mean() for still in stills]
    assert all(0 < share < 0.1 for share in between)
