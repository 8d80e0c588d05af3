"""An answer on the disk is of one recording, whole, and says of which."""

import errno
import json

import numpy as np
import pytest

from speech2face.base.files import file_sha256
from speech2face.base.verify import verify
from speech2face.data.sources.attributes import SEX
from speech2face.product.inference import many, pictures
from speech2face.product.inference.answer import MANIFEST, Answer, Excerpt, Information, Outside
from speech2face.product.inference.refusals import NotAVoice, Refusal


def answer(shade: int, others: int = 8) -> Answer:
    picture = np.full((8, 8, 3), shade, np.uint8)
    return Answer(
        picture=picture,
        others=(picture,) * others,
        doubt=np.full((8, 8), shade / 255),
        doubt_coverage=0.9,
        attributes={},
        ratios={},
        prior_intervals={},
        information=Information(bits=1.0, low=0.5, high=1.5, says_little=False, people=100),
        outside=Outside(flagged=False, p=0.5),
        heard=Excerpt(seconds=6.0, speech_seconds=5.0, start_s=0.0, segments=1),
        embedding=np.full(4, shade, np.float32),
        head=None,
        model="made",
        sound=f"{shade:064d}",
        world="nobody",
        sentences=(f"Shade {shade}.",),
    )


def test_the_manifest_names_sound_model_and_every_file(tmp_path):
    answer(10).save(tmp_path)
    told = json.loads((tmp_path / MANIFEST).read_text())
    assert (told["sound"], told["model"]) == (f"{10:064d}", "made")
    assert told["sha256"] == {path.name: file_sha256(path) for path in tmp_path.iterdir() if path.name != MANIFEST}
    assert len(told["sha256"]) == 11
    verify(tmp_path)
    assert SEX.name in told


def test_an_answer_over_another_leaves_nothing_of_that(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    answer(10).save(tmp_path)
    answer(20, others=2).save(tmp_path)
    verify(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {
        *("answer.json", "doubt.png", "face.png", "notes.txt", "others_1.png", "others_2.png", "sheet.png")
    }


@pytest.mark.parametrize("failing", ["others_3.png", "sheet.png"])
def test_an_answer_that_fails_half_way_leaves_the_one_before(tmp_path, monkeypatch, failing):
    """Before, one person's face lay beside another's numbers."""
    answer(10).save(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    whole = pictures.save_picture

    def save(picture, path, **options):
        if path.name == failing:
            raise OSError(errno.ENOSPC, "full", str(path))
        whole(picture, path, **options)

    monkeypatch.setattr(pictures, "save_picture", save)
    with pytest.raises(OSError) as error:
        answer(20).save(tmp_path)
    assert error.value.filename == str(tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


class Model:
    """Refuses what is called so, and answers the rest."""

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass

    def warm_up(self):
        pass

    def face(self, path, start, everything):
        if "silence" in path.read_text():
            raise NotAVoice(Refusal.SILENCE, "There is only silence.")
        return answer(30)


@pytest.fixture
def answered(monkeypatch):
    monkeypatch.setattr(many, "load_model", lambda bundle, device: Model())
    return many.answer_recordings


def test_a_refused_recording_leaves_no_earlier_face(tmp_path, answered):
    voice, output = tmp_path / "voice.wav", tmp_path / "out"
    for one, folder in ((voice, output), (tmp_path, output / "voice.wav")):
        voice.write_text("a voice")
        answered([one], output=output)
        assert (folder / "face.png").exists()
        voice.write_text("silence")
        with pytest.raises(many.NothingAnswered):
            answered([one], output=output)
        assert not list(folder.glob("*.png")) and not (folder / MANIFEST).exists()


def test_an_output_inside_the_input_is_not_read_however_it_is_named(tmp_path, answered, monkeypatch):
    (tmp_path / "in" / "out").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "in")
    (tmp_path / "in" / "voice.wav").write_text("a voice")
    (tmp_path / "in" / "out" / "face.png").write_text("an earlier answer")
    monkeypatch.chdir(tmp_path)
    for output in (tmp_path / "link" / "out", tmp_path / "in" / ".." / "in" / "out", tmp_path / "in" / "out"):
        answered([tmp_path / "in"], output=output)
        assert (output / many.TABLE).read_text().count("\n") == 2
