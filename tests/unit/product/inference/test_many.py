"""Many recordings at once: which files of a folder are read, and a table that says why each was refused."""

import csv
from pathlib import Path

import pytest

from speech2face.product.inference import many
from speech2face.product.inference.refusals import NotAVoice, Refusal


class NoVoices:
    """Stands in for a model that refuses everything."""

    def __init__(self) -> None:
        self.paths: list[Path] = []

    def __enter__(self) -> "NoVoices":
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def warm_up(self) -> None:
        pass

    def face(self, path: Path, start: float, everything: bool) -> None:
        self.paths.append(path)
        raise NotAVoice(Refusal.SILENCE, f"There is only silence, {start} {everything}.")


@pytest.fixture
def refuse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Give files or folders below `tmp_path` to a model that refuses them; returns it and the error."""

    def run(*voices: str) -> tuple[NoVoices, str]:
        model = NoVoices()
        monkeypatch.setattr(many, "load_model", lambda bundle, device: model)
        with pytest.raises(many.NothingAnswered) as error:
            many.answer_recordings(
                voices=[tmp_path / voice for voice in voices],
                output=tmp_path / "in" / "out",
                bundle=tmp_path,
                start=1.5,
                everything=True,
                device="cpu",
            )
        return model, str(error.value)

    return run


def test_a_folder_is_read_in_order_without_hidden_files_and_earlier_output(refuse, tmp_path: Path) -> None:
    for name in ("b.wav", "a/c.wav", ".hidden.wav", "out/sheet.png", "=1+1.wav"):
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / name).touch()
    model, error = refuse("in")
    assert [path.relative_to(tmp_path / "in").as_posix() for path in model.paths] == ["=1+1.wav", "a/c.wav", "b.wav"]
    assert "None of 3 recordings" in error
    with (tmp_path / "in" / "out" / many.TABLE).open(newline="") as file:
        rows = list(csv.DictReader(file))
    # What would be a formula to a spreadsheet is text.
    assert [row["file"] for row in rows] == ["'=1+1.wav", "a/c.wav", "b.wav"]
    assert {(row["status"], row["reason"], row["message"], row["folder"]) for row in rows} == {
        ("refused", "silence", "There is only silence, 1.5 True.", "")
    }


def test_one_file_that_is_refused_leaves_nothing(refuse, tmp_path: Path) -> None:
    _, error = refuse("one.wav")
    assert "one.wav: There is only silence" in error
    assert "silence)" in error
    assert not (tmp_path / "in").exists()


def test_names_are_printed_without_control_characters() -> None:
    assert many.printable("a\x1b[31m\n\u202eb.wav") == "a\ufffd[31m\ufffd\ufffdb.wav"
    assert many.printable("\udcff.wav").endswith(".wav")
    assert many.printable("Käse 語.wav") == "Käse 語.wav"
