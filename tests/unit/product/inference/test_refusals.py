"""What is no voice is refused in one sentence with a reason, whatever it is."""

import shutil

import numpy as np
import pytest
import soundfile

from speech2face.cli import main
from speech2face.product.inference.reading import SoundReader
from speech2face.product.inference.refusals import NotAVoice, Refusal
from tests.unit.data.clips.damage import whole_videos
from tests.unit.data.clips.made_media import SETTINGS

RATE = 16_000


def tones(seconds):
    """A slow tune of a few partials."""
    time = np.arange(round(seconds * RATE)) / RATE
    notes = np.array([220.0, 277.2, 329.6, 440.0])[(time // 0.5).astype(int) % 4]
    return (6000 * sum(np.sin(2 * np.pi * notes * n * time) / n for n in (1, 2, 3, 4))).astype(np.int16)


def noise(seconds, level=3000):
    return (level * np.random.default_rng(0).normal(size=round(seconds * RATE))).clip(-32768, 32767).astype(np.int16)


SOUNDS = {
    Refusal.SILENCE: lambda speech: np.zeros(5 * RATE, np.int16),
    Refusal.NOISE: lambda speech: noise(5),
    Refusal.MUSIC: lambda speech: tones(6),
    Refusal.TOO_SHORT: lambda speech: speech[: RATE // 4],
}


@pytest.mark.parametrize("reason", SOUNDS, ids=str)
def test_sounds_that_are_no_voice(model, speech, tmp_path, reason):
    path = tmp_path / "sound.wav"
    soundfile.write(path, SOUNDS[reason](speech), RATE)
    with pytest.raises(NotAVoice) as refused:
        model.face(path)
    assert refused.value.reason == reason
    assert str(refused.value).count(".") >= 1


def test_a_whisper_is_too_quiet_and_a_voice_in_noise_is_heard(model, speech):
    with pytest.raises(NotAVoice) as refused:
        model.face_of((speech // 4000).astype(np.int16), RATE)
    assert refused.value.reason == Refusal.SILENCE
    loud = noise(20, level=float(np.std(speech)) / 10)[: len(speech)]
    assert model.face_of((speech // 2 + loud).astype(np.int16), RATE).heard.seconds == 6.0


def test_files_that_are_none(model, voice, tmp_path):
    (tmp_path / "empty.wav").touch()
    (tmp_path / "text.mp3").write_text("not a voice")
    (tmp_path / "folder.wav").mkdir()
    cut = voice.read_bytes()[:40]
    (tmp_path / "cut.wav").write_bytes(cut)
    expected = {"empty.wav": "not_media", "text.mp3": "not_media", "folder.wav": "not_media", "none.wav": "missing"}
    expected["x" * 300] = "missing"
    for name, reason in expected.items():
        with pytest.raises(NotAVoice) as refused:
            model.face(tmp_path / name)
        assert refused.value.reason == reason, name
    with pytest.raises(NotAVoice):
        model.face(tmp_path / "cut.wav")
    with pytest.raises(NotAVoice, match="zero byte"):
        model.face("a\0b.wav")


def test_reading_goes_on_after_a_file_that_brought_the_process_down(model, voice, monkeypatch):
    model.face(voice)
    model._reader._process.kill()
    model._reader._process.wait()
    assert model.face(voice).heard.seconds == 6.0


NAMES = [
    "=cmd|calc.wav", "-rf.wav", "a b\tc.wav", "'\";$(touch x).wav", "ü漢字🙂.wav", "\u202eevil.wav", "a..wav",
    "x" * 200 + ".wav",
    "line\nbreak.wav", "%s%n.wav", "http:host.wav", "concat:a|b.wav", "back\\slash.wav",
]  # fmt: skip


def odd_files(folder, voice, count):
    """Files of every kind of oddness: hostile names, damaged containers, empty, silent, noisy, of the wrong type."""
    rng = np.random.default_rng(1)
    folder.mkdir()
    for name in NAMES:
        shutil.copy(voice, folder / name)
    made = len(NAMES)
    videos = list(whole_videos(folder.parent).items())
    data = voice.read_bytes()[: 40 * 1024]
    while made < count:
        kind = made % 8
        path = folder / f"odd_{made}"
        if kind == 0:
            path.write_bytes(rng.bytes(int(rng.integers(0, 5000))))
        elif kind in (1, 2, 3):
            ending, whole = videos[int(rng.integers(len(videos)))]
            harmed = bytearray(whole)
            for _ in range(int(rng.integers(1, 60))):
                harmed[int(rng.integers(len(harmed)))] = int(rng.integers(256))
            path.with_suffix(f".{ending}").write_bytes(harmed[: int(rng.integers(len(harmed) // 2, len(harmed)))])
        elif kind == 4:
            path.with_suffix(".wav").write_bytes(data[: int(rng.integers(len(data)))])
        elif kind == 5:
            soundfile.write(path.with_suffix(".flac"), noise(rng.uniform(0.1, 3)), RATE)
        elif kind == 6:
            soundfile.write(path.with_suffix(".ogg"), np.zeros((round(rng.uniform(0.01, 3) * RATE), 2)), RATE)
        else:
            path.with_suffix(str(rng.choice([".png", ".json", ".mp3", ""]))).write_bytes(b"\x89PNG" + rng.bytes(300))
        made += 1


def test_odd_files_never_crash_the_command(bundle, voice, tmp_path, capsys, soak):
    import csv

    with soak("odd recordings", small=40, full=300) as tally:
        odd_files(tmp_path / "odd", voice, tally.count)
        code = main(["face", str(tmp_path / "odd"), "-o", str(tmp_path / "out"), "--model", str(bundle)])
        assert code == 0
        with (tmp_path / "out" / "answers.csv").open(newline="") as file:
            rows = list(csv.DictReader(file))
        assert len(rows) == tally.count
        for row in rows:
            clear = row["status"] == "ok" or (row["reason"] in set(Refusal) and len(row["message"]) > 20)
            tally.check(clear, row["file"])
        assert sum(row["status"] == "ok" for row in rows) >= len(NAMES)
        # Nothing is a formula to a spreadsheet, and every answer has a folder of its own below the output.
        assert not any(row["file"].startswith(("=", "-", "+", "@")) for row in rows)
        folders = [row["folder"] for row in rows if row["folder"]]
        assert len(set(folders)) == len(folders)
        assert all((tmp_path / "out" / name / "answer.json").is_file() for name in folders)
        assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted([*folders, "answers.csv"])


def test_command_answers_one_file(bundle, voice, tmp_path, capsys):
    assert main(["face", str(voice), "-o", str(tmp_path / "out"), "--model", str(bundle), "--start", "1"]) == 0
    assert (tmp_path / "out" / "sheet.png").is_file()
    assert "bits" in capsys.readouterr().out


def test_command_says_why_the_only_file_is_refused(bundle, tmp_path, capsys):
    (tmp_path / "text.wav").write_text("x")
    assert main(["face", str(tmp_path / "text.wav"), "-o", str(tmp_path / "out"), "--model", str(bundle)]) == 1
    assert "no audio or video file" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    assert main(["face", "x" * 300, "-o", str(tmp_path / "out"), "--model", str(bundle)]) == 1
    assert "There is no such file" in capsys.readouterr().err
    assert main(["face", str(tmp_path / "text.wav"), "-o", "out", "--model", str(tmp_path)]) == 1
    assert "make bundle" in capsys.readouterr().err


def test_a_bundle_cannot_lift_the_limits():
    lifted = SETTINGS.model_copy(update={"timeout_seconds": 1e9, "memory_mb": 10**9, "max_pixels": 10**12})
    with SoundReader(lifted) as reader:
        told = reader._setup
        assert (told["timeout_seconds"], told["memory_mb"], told["max_pixels"]) == (60, 4000, 2**27)
        assert reader._limits.timeout_seconds == 60
    with SoundReader(SETTINGS) as reader:
        assert {**reader._setup, "min_seconds": SETTINGS.min_seconds} == SETTINGS.model_dump(mode="json")
