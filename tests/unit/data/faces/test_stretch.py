"""Reading a clip again with many frames: as many as were asked for, within the memory that one clip may take."""

import pytest

from speech2face.base.status import Reason, Rejected
from speech2face.config import load_config
from speech2face.data.faces.stretch import StretchReader
from tests.conftest import ROOT
from tests.unit.data.clips.made_media import Pictures, Sounds, write_media

CONFIG = load_config([ROOT / "config" / "config.yaml"])


def row(path, **others):
    return {"archive": None, "video": str(path), "picture": None, "start_s": 0.0, "end_s": None} | others


def test_frames_of_an_hd_clip_fit_into_the_memory_of_one_clip(tmp_path):
    pictures = Pictures(size=(720, 1280), seconds=6.0, fps=25)
    path = write_media(tmp_path / "a.mp4", pictures, Sounds(seconds=6.0))
    with StretchReader(CONFIG.clips, CONFIG.faces.talking) as reader:
        video = reader.read(row(path))
    assert len(video.frames) == len(video.times) == CONFIG.faces.talking.frames
    assert video.times == sorted(video.times) and video.times[-1] > 5.9


def test_only_the_clip_is_read_and_one_reader_reads_many(tmp_path):
    path = write_media(tmp_path / "a.mp4", Pictures(seconds=6.0), Sounds(seconds=6.0))
    talking = CONFIG.faces.talking.model_copy(update={"seconds": 3.0, "frames": 20})
    with StretchReader(CONFIG.clips, talking) as reader:
        whole, part = reader.read(row(path)), reader.read(row(path, start_s=2.0, end_s=3.5))
        with pytest.raises(Rejected) as rejected:
            reader.read(row(tmp_path / "none.mp4"))
    assert rejected.value.reason is Reason.MISSING
    assert len(whole.frames) == 20 and whole.times[-1] <= 3.0 + 0.1
    assert len(part.frames) <= 16 and part.times[-1] <= 1.5 + 0.1
    assert len(part.sound) == pytest.approx(1.5 * 16000, abs=400)
