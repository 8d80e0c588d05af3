"""A voice gets a whole answer: the same again, on any carrier, and from where it speaks."""

import json
from concurrent.futures import ThreadPoolExecutor

import av
import numpy as np
import pytest
import soundfile
import soxr
import torch
from PIL import Image

import speech2face
from speech2face.base.weights import ModelError
from speech2face.data.sources.attributes import INVENTED
from speech2face.evaluation.metrics.proportions import RATIOS
from speech2face.product.app import show
from speech2face.product.inference.model import load_model
from speech2face.product.inference.refusals import NotAVoice

RATE = 16_000


def test_an_answer_is_whole(model, voice):
    answer = model.face(voice)
    assert answer.picture.shape == (32, 32, 3)
    assert answer.picture.dtype == np.uint8
    assert len(answer.others) == 8
    assert all((other != answer.picture).any() for other in answer.others)
    assert answer.doubt.shape == (32, 32)
    assert 0 <= answer.doubt.min() < answer.doubt.max() <= 1
    assert set(answer.sex.values) <= {"female", "male"}
    assert answer.age.low <= answer.age.typical <= answer.age.high
    assert answer.age.unit == "years"
    assert set(answer.ratios) == {ratio.name for ratio in RATIOS}
    assert answer.information.low <= answer.information.bits <= answer.information.high
    assert answer.heard.segments == 1
    assert answer.heard.seconds == 6.0
    assert 4 < answer.heard.speech_seconds <= 6.0
    assert answer.embedding.shape == (12,)
    assert answer.world == "made people"
    assert any("made people" in sentence for sentence in answer.sentences)
    assert not answer.outside.flagged


def test_doubt_comes_first(model, voice, monkeypatch):
    assert not model.face(voice).information.says_little
    monkeypatch.setitem(model.config["calibration"], "little_bits", 99.0)
    answer = model.face(voice)
    assert answer.information.says_little
    assert "such a voice tells little" in answer.sentences[0]


def test_a_flagged_voice_gets_no_trait_no_ratio_and_no_bits_and_is_told_why(model, voice, monkeypatch, tmp_path):
    monkeypatch.setattr(model.calibration, "outside_limit", 1.0)
    odd = model.face(voice)
    assert odd.outside.flagged
    assert (odd.attributes, odd.ratios, odd.information, odd.sex, odd.age) == ({}, {}, None, None, None)
    why, *_ = odd.sentences
    assert why.startswith("This voice is unlike those of people of made people")
    assert "no trait, no measure of the face and no bits" in why
    assert not any(word in " ".join(odd.sentences) for word in ("Sex", "Age", "says something", "narrows"))
    odd.save(tmp_path)
    told = json.loads((tmp_path / "answer.json").read_text())
    assert (told["sex"], told["age"], told["ratios"], told["information"]) == (None, None, {}, None)
    page = show.trust(odd) + show.details(odd, show.files_of(odd))
    assert "None: the voice is unlike those of people of made people" in page
    assert "0 bits" not in page and "Most plausible" not in page


def test_shifts_that_a_voice_does_not_show_are_named_as_a_risk(model, voice, monkeypatch):
    broken = {"value": 0.3, "low": 0.2, "high": 0.4, "n": 100, "width": 1.0}
    shifts = {"language": {"age": broken, "outside": {"value": 0.03}}}
    monkeypatch.setitem(model.config["coverage"], "shifts", shifts)
    assert "another language (some for 30% only)" in model.face(voice).sentences[-2]


def test_every_sentence_about_people_says_that_they_are_invented(model, voice, monkeypatch):
    monkeypatch.setattr(model, "world", INVENTED)
    bits, *regions, ratios, _, learned = model.face(voice).sentences
    for sentence in (bits, *regions, ratios, learned):
        assert "invented talkers" in sentence
        assert "people" not in sentence


def test_ethnicity_is_never_in_it(model, voice):
    answer = model.face(voice)
    for text in (json.dumps(answer.as_json()), *answer.sentences):
        assert not any(word in text.lower() for word in ("ethnic", "race", "african", "asian", "caucasian"))


def test_the_same_voice_is_answered_with_the_same_bytes(bundle, model, voice, tmp_path):
    model.face(voice).save(tmp_path / "one")
    with load_model(bundle) as again:
        again.face(voice).save(tmp_path / "two")
    names = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert names == sorted(
        ["answer.json", "doubt.png", "face.png", "head.glb", "sheet.png", *(f"others_{n}.png" for n in range(1, 9))]
    )
    for name in names:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes(), name


def test_pictures_say_what_they_are(model, voice, tmp_path):
    model.face(voice).save(tmp_path)
    for path in tmp_path.glob("*.png"):
        if path != voice:
            with Image.open(path) as picture:
                assert "Not a likeness" in picture.info["Description"]
                assert model.id in picture.info["Software"]
                assert "trainedAlgorithmicMedia" in picture.info["XML:com.adobe.xmp"]
    assert json.loads((tmp_path / "answer.json").read_text())["model"] == model.id


@pytest.mark.parametrize("rate", [8000, 44100, 192000])
@pytest.mark.parametrize("channels", [1, 2, 8])
def test_any_rate_and_number_of_channels(model, speech, tmp_path, rate, channels):
    path = tmp_path / "voice.wav"
    sound = soxr.resample(speech[: 7 * RATE], RATE, rate)
    soundfile.write(path, np.repeat(sound[:, None], channels, axis=1), rate)
    heard = model.face(path).heard
    assert heard.seconds == pytest.approx(6.0, abs=0.01)
    assert heard.start_s == 0.0


def test_sound_in_memory_is_heard_as_the_file_is(model, speech, voice):
    of_file = model.face(voice)
    assert np.allclose(model.face_of(speech, RATE).embedding, of_file.embedding, atol=1e-3)
    stereo = np.stack([speech, speech], axis=1)
    assert np.allclose(model.face_of(stereo, RATE).embedding, of_file.embedding, atol=1e-3)
    assert np.allclose(model.face_of(speech / 32768, RATE).embedding, of_file.embedding, atol=1e-3)
    for wrong in ((speech, 4000), (np.array([np.nan] * RATE), RATE), (speech.astype(np.int64), RATE)):
        with pytest.raises(ValueError):
            model.face_of(*wrong)


def test_a_voice_is_heard_from_where_it_begins(model, speech, tmp_path):
    path = tmp_path / "late.wav"
    soundfile.write(path, np.concatenate([np.zeros(9 * RATE, np.int16), speech]), RATE)
    late = model.face(path)
    assert 8.5 <= late.heard.start_s <= 9.2
    assert late.heard.seconds == 6.0
    asked = model.face(path, start=12.0)
    assert 12.0 <= asked.heard.start_s <= 12.5
    assert (asked.embedding != late.embedding).any()
    with pytest.raises(NotAVoice, match="no sound from that moment on") as refused:
        model.face(path, start=60.0)
    assert refused.value.reason == "too_short"
    with pytest.raises(ValueError, match="start is -1"):
        model.face(path, start=-1.0)


def test_everything_is_fused(model, voice):
    whole = model.face(voice, everything=True)
    assert whole.heard.segments == 3
    assert whole.heard.seconds == 18.0
    first = model.face(voice)
    assert (whole.embedding != first.embedding).any()


def test_a_video_is_heard(model, speech, tmp_path):
    path = tmp_path / "voice.mkv"
    with av.open(str(path), "w") as container:
        video = container.add_stream("mpeg4", rate=10)
        video.width, video.height, video.pix_fmt = 64, 64, "yuv420p"
        audio = container.add_stream("libopus", rate=48000, layout="mono")
        for _ in range(20):
            container.mux(video.encode(av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8))))
        container.mux(video.encode())
        sound = soxr.resample(speech[: 7 * RATE], RATE, 48000)
        frame = av.AudioFrame.from_ndarray(sound[None], format="s16", layout="mono")
        frame.sample_rate = 48000
        container.mux(audio.encode(frame))
        container.mux(audio.encode())
    assert model.face(path).heard.speech_seconds > 4


def test_threads_take_turns(model, voice, speech):
    expected = model.face(voice).embedding
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: model.face(voice), range(8)))
    assert all((answer.embedding == expected).all() for answer in answers)


def test_an_answer_leaves_the_number_of_threads_as_it_was(model, voice):
    usual = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        model.face(voice)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(usual)


def test_importing_the_package_is_cheap():
    import subprocess
    import sys

    code = "import speech2face, sys; assert 'torch' not in sys.modules and 'numpy' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
    assert speech2face.load_model is load_model
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = speech2face.nothing


@pytest.mark.parametrize("name", ["voice_encoder.safetensors", "calibration.safetensors", "config.json"])
@pytest.mark.parametrize("harm", ["missing", "changed"])
def test_a_bundle_that_is_not_whole_is_one_clear_error(bundle, tmp_path, name, harm):
    import shutil

    copy = tmp_path / "bundle"
    shutil.copytree(bundle, copy)
    path = copy / name
    if harm == "missing":
        path.unlink()
    else:
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
    if (name, harm) == ("config.json", "changed"):
        # Whatever that bit was, the bundle is another, or none.
        try:
            with load_model(copy) as loaded:
                assert loaded.id != bundle.name
        except ModelError:
            pass
    else:
        with pytest.raises(ModelError, match=name.replace(".", r"\.")):
            load_model(copy)
