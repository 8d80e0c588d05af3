"""Fetching clips of videos, one after the other, in this process."""

import contextlib
import shutil
from pathlib import Path
from typing import BinaryIO, cast

from av.container import InputContainer

from speech2face.base.files import atomic_path, part_folder
from speech2face.base.status import Reason, Rejected
from speech2face.config import Downloads
from speech2face.data.clips.containers import open_container
from speech2face.data.downloads.client import Client, Format
from speech2face.data.downloads.cut import Cut, cut
from speech2face.data.downloads.ledger import Outcome
from speech2face.data.downloads.pace import Pace
from speech2face.data.downloads.remote import RemoteFile

_OF_CLIP = {Reason.TOO_SHORT, Reason.DAMAGED}
"""Reasons that concern one clip, not the other clips of its video."""


class Fetcher:
    """Fetches clips. Addresses and index of a video are kept for its next clips.

    Args:
        seed: of the random waits.
    """

    def __init__(self, settings: Downloads, seed: str) -> None:
        self._scratch = Path(settings.folder)
        self._scratch.mkdir(parents=True, exist_ok=True)
        self._pace = Pace(settings, seed)
        self._client = Client(settings, self._pace)
        self._video = _Video(self._client, self._pace, self._scratch, "")

    def fetch(self, url: str, start_s: float, end_s: float, path: Path) -> Outcome:
        """Fetch one clip to `path`.

        Raises:
            OSError: the disk is full or cannot be written; `path` does not exist then.
        """
        self._pace.begin_clip()
        if url != self._video.url:
            self._video.close()
            self._video = _Video(self._client, self._pace, self._scratch, url)
        try:
            piece = self._video.cut(start_s, end_s)
        except Rejected as rejection:
            return Outcome.rejected(rejection)
        # Leftovers of a killed run; other runs, which may be at work, have other clips.
        for part in path.parent.glob(part_folder(path, "*").name):
            shutil.rmtree(part)
        with atomic_path(path) as temporary:
            temporary.write_bytes(piece.data)
        return Outcome(begins_s=piece.begins_s, megabytes=round(self._pace.megabytes, 3))

    def close(self) -> None:
        """Close all connections and temporary files."""
        self._video.close()
        self._client.close()


class _Video:
    """A video from which clips are cut."""

    def __init__(self, client: Client, pace: Pace, scratch: Path, url: str) -> None:
        self.url = url
        self._client, self._pace, self._scratch = client, pace, scratch
        self._formats: list[Format] = []
        self._rejection: Rejected | None = None
        self._served = False
        self._opened = contextlib.ExitStack()
        self._containers: list[InputContainer] = []

    def cut(self, start_s: float, end_s: float) -> Cut:
        """One clip.

        Raises:
            Rejected: it is not available; if this concerns the whole video, its other clips are not tried.
        """
        if self._rejection is not None:
            raise self._rejection
        try:
            return self._cut_again(start_s, end_s) if self._served else self._cut_once(start_s, end_s)
        except MemoryError:
            self.close()
            raise Rejected(Reason.DAMAGED, "It asks for more memory than there is.") from None
        except Rejected as rejection:
            self.close()
            if rejection.reason not in _OF_CLIP:
                self._rejection = rejection
            raise

    def _cut_again(self, start_s: float, end_s: float) -> Cut:
        """A further clip. Addresses that are now refused have expired; new ones are requested."""
        try:
            return self._cut_once(start_s, end_s)
        except Rejected as rejection:
            if rejection.reason not in (Reason.BLOCKED, Reason.GONE):
                raise
        self.close()
        self._formats = []
        return self._cut_once(start_s, end_s)

    def _cut_once(self, start_s: float, end_s: float) -> Cut:
        if not self._formats:
            self._formats = self._client.find(self.url)
        if not self._containers:
            for wanted in self._formats:
                file = RemoteFile(self._client, self._pace, wanted, self._scratch)
                self._opened.callback(file.close)
                self._containers.append(self._opened.enter_context(open_container(cast(BinaryIO, file))))
        piece = cut(self._containers, start_s, end_s, self._pace.check_packet)
        self._served = True
        return piece

    def close(self) -> None:
        """Close connections; they are opened again when needed."""
        self._containers = []
        self._opened.close()
