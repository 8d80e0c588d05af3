"""The command `speech2face face`: answers to some recordings, or to folders of them, on the disk."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from speech2face.base.estimates import Interval, PredictionSet
from speech2face.base.files import write_text
from speech2face.base.options import Option
from speech2face.base.progress import progress
from speech2face.data.sources.attributes import Attribute, Kind, calibrated
from speech2face.product.inference.answer import Answer, remove_answer
from speech2face.product.inference.model import Model, load_model
from speech2face.product.inference.refusals import NotAVoice

TABLE = "answers.csv"


def _attribute_columns(attribute: Attribute) -> tuple[str, ...]:
    """The columns of an attribute: one of a set, two of an interval."""
    name = attribute.name
    return (name,) if attribute.kind is Kind.CLASS else (f"{name}_low", f"{name}_high")


_COLUMNS = (
    *("file", "folder", "status", "reason", "message", "bits", "says_little", "outside", "p"),
    *(column for attribute in calibrated() for column in _attribute_columns(attribute)),
    *("heard_s", "start_s"),
)
_LONGEST_NAME = 80


@dataclass(frozen=True, kw_only=True)
class Recording:
    """A file to answer, and its name in the table: as it was given, or relative to the folder that was given."""

    path: Path
    name: str


class NothingAnswered(RuntimeError):
    """None of the recordings could be answered; the message says why."""


def answer_recordings(
    voices: Annotated[Sequence[Path], Option(metavar="VOICE")],
    *,
    output: Annotated[Path, Option(short="-o")],
    start: float = 0.0,
    everything: Annotated[bool, Option(name="all")] = False,
    bundle: Annotated[Path | None, Option(name="model")] = None,
    device: Literal["cpu", "cuda"] = "cpu",
) -> None:
    """Write an answer into a folder of its own for each recording, and a table of all of them.

    A single recording is answered in `output` itself, without a table.

    Args:
        voices: an audio or video file, or a folder of them.
        output: folder for the answer, or for one folder for each file.
        start: seconds into the recording.
        everything: use the whole recording, not the first 6 s of speech.
        bundle: folder of the bundle; results/bundle if it exists, else the model that comes with the package.
        device: where the networks run.

    Raises:
        ModelError: the bundle cannot be loaded.
        NothingAnswered: no recording could be answered.
        ValueError: there is no recording in a folder.
    """
    recordings = list(_recordings(voices, output))
    if not recordings:
        raise ValueError(f"There is no file in {', '.join(map(str, voices))}: name recordings, or a folder of them.")
    with load_model(bundle, device) as model:
        model.warm_up()
        if len(voices) == 1 and not _is_folder(voices[0]):
            _answer_one(model, recordings[0], output, start, everything)
        else:
            _answer_many(model, recordings, output, start, everything)


def _recordings(voices: Sequence[Path], output: Path) -> Iterator[Recording]:
    """The given files, and those in the given folders, without hidden files and earlier answers."""
    real = output.resolve()
    for voice in voices:
        if _is_folder(voice):
            for path in sorted(voice.rglob("*")):
                # By real paths: the output may be named in another way than the input.
                if path.is_file() and not path.name.startswith(".") and real not in path.resolve().parents:
                    yield Recording(path=path, name=str(path.relative_to(voice)))
        else:
            yield Recording(path=voice, name=str(voice))


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        # No file can have such a name; it is refused when it is read.
        return False


def _answer_one(model: Model, recording: Recording, output: Path, start: float, everything: bool) -> None:
    try:
        answer = model.face(recording.path, start, everything)
    except NotAVoice as refusal:
        remove_answer(output)
        raise NothingAnswered(f"{printable(recording.name)}: {refusal} ({refusal.reason})") from None
    answer.save(output)
    print("\n".join(answer.sentences))
    print(printable(str(output / "sheet.png")))


def _answer_many(model: Model, recordings: Sequence[Recording], output: Path, start: float, everything: bool) -> None:
    rows: list[dict[str, object]] = []
    folders: set[str] = set()
    for recording in progress(recordings, what="voices", unit="file"):
        row: dict[str, object] = {"file": printable(recording.name)}
        name = _folder_name(recording.name, folders)
        try:
            answer = model.face(recording.path, start, everything)
        except NotAVoice as refusal:
            remove_answer(output / name)
            rows.append(row | {"status": "refused", "reason": refusal.reason.value, "message": str(refusal)})
            continue
        answer.save(output / name)
        rows.append(row | {"folder": name, "status": "ok"} | _columns(answer))
    write_text(output / TABLE, _as_csv(rows))
    answered = sum(row["status"] == "ok" for row in rows)
    table = printable(str(output / TABLE))
    if not answered:
        raise NothingAnswered(f"None of {len(rows)} recordings could be answered; {table} says why.")
    print(f"{answered} of {len(rows)} recordings answered; all in {table}")


def _columns(answer: Answer) -> dict[str, object]:
    columns: dict[str, object] = {
        "bits": f"{answer.information.bits:.3f}" if answer.information else "",
        "says_little": answer.information.says_little if answer.information else "",
        "outside": answer.outside.flagged,
        "p": f"{answer.outside.p:.4f}",
        "heard_s": f"{answer.heard.seconds:.2f}",
        "start_s": f"{answer.heard.start_s:.2f}",
    }
    for attribute in calibrated():
        match answer.attributes.get(attribute.name):
            case PredictionSet() as region:
                words = [" or ".join(region.values)]
            case Interval() as region:
                words = [f"{region.low:.1f}", f"{region.high:.1f}"]
            case None:
                continue
        columns |= zip(_attribute_columns(attribute), words, strict=True)
    return columns


def _as_csv(rows: Sequence[dict[str, object]]) -> str:
    text = io.StringIO()
    table = csv.DictWriter(text, _COLUMNS, restval="", lineterminator="\n")
    table.writeheader()
    # A spreadsheet would run a name that begins like a formula.
    table.writerows(row | {"file": re.sub(r"^([=+\-@\t\r])", r"'\1", str(row["file"]))} for row in rows)
    return text.getvalue()


def printable(name: str) -> str:
    """A file's name without control characters, which a terminal or a table would interpret."""
    shown = name.encode(errors="surrogateescape").decode(errors="replace")
    return "".join("\ufffd" if unicodedata.category(letter).startswith("C") else letter for letter in shown)


def _folder_name(name: str, taken: set[str]) -> str:
    """A folder name for the answer to a file, of characters that every file system allows, and not among `taken`."""
    plain = re.sub(r"[^\w.-]+", "_", printable(name)).strip("._")[:_LONGEST_NAME] or "voice"
    chosen, number = plain, 1
    while chosen.casefold() in taken:
        number += 1
        chosen = f"{plain}-{number}"
    taken.add(chosen.casefold())
    return chosen
