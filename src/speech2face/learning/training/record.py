"""The learning curve of a training run, which is a result, and its log, which is not."""

import json
import threading
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from speech2face.base.files import is_of_disk, naming, write_json, write_text

EVERY = 20
"""Steps between two lines of the log."""


class Log:
    """The values of training steps, as JSON lines and for TensorBoard.

    Args:
        folder: where `steps.jsonl` and `tensorboard/` go; None: no log (processes after the first).
        step: steps up to the checkpoint of a resumed run; later lines are dropped, because their steps are repeated.
    """

    def __init__(self, folder: Path | None, step: int) -> None:
        self._lines = self._board = None
        self._hook = threading.excepthook
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            path = folder / "steps.jsonl"
            kept = [line for line in _lines(path) if json.loads(line)["step"] <= step]
            write_text(path, "".join(f"{line}\n" for line in kept))
            self._lines = path.open("a", encoding="utf-8", buffering=1)
            # Imported here: it takes half a second, and every job that uses a trained encoder imports this module.
            from torch.utils.tensorboard import SummaryWriter

            self._board = SummaryWriter(str(folder / "tensorboard"), purge_step=step + 1)

    def write(self, step: int, values: Mapping[str, float]) -> None:
        """Log the values of a step."""
        if self._lines is not None and self._board is not None:
            with naming(Path(self._lines.name)):
                self._lines.write(json.dumps({"step": step, **values}) + "\n")
                for name, value in values.items():
                    self._board.add_scalar(name, value, step)

    def flush(self) -> None:
        """Bring what was logged to the disk; TensorBoard's thread may still hold some of it."""
        if self._lines is not None and self._board is not None:
            with naming(Path(self._lines.name)):
                self._board.flush()

    def __enter__(self) -> "Log":
        threading.excepthook = self._ignore_disk_errors
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._lines is not None and self._board is not None:
            with naming(Path(self._lines.name)):
                self._lines.close()
                self._board.close()
        # After an error, the thread may still raise the same one.
        if error is None:
            threading.excepthook = self._hook

    def _ignore_disk_errors(self, args: threading.ExceptHookArgs) -> None:
        """TensorBoard writes in a thread; its disk errors are raised in `write` or at exit, and reported once."""
        if args.exc_value is None or not is_of_disk(args.exc_value):
            self._hook(args)


def _lines(path: Path) -> list[str]:
    """The complete lines of a log; a killed process may leave half a line at the end."""
    if not path.exists():
        return []
    text = path.read_text(encoding="utf-8")
    return text[: text.rfind("\n") + 1].splitlines()


def write_history(path: Path, history: list[dict[str, float]]) -> None:
    """Write the learning curve as a list of epochs, for `dvc plots`; without timings, which are not reproducible."""
    write_json(path, history)
