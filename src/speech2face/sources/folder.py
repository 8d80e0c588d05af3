"""The folder source: a folder of own videos, one clip a file."""

from pathlib import Path

from speech2face.config import Folder
from speech2face.shards import shard_of, write_shard
from speech2face.sources import MANIFEST


def videos_in(folder: Path) -> list[Path]:
    """The files of the folder in the order of their names; hidden ones and folders are left out.

    Raises:
        FileNotFoundError: there is no such folder, or nothing is in it.
    """
    if not folder.is_dir():
        raise FileNotFoundError(f"{folder} is not a folder; name the folder of your videos: VIDEOS=DIR.")
    found = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    if not found:
        raise FileNotFoundError(f"{folder} holds no file; put videos into it, or name another folder: VIDEOS=DIR.")
    return found


def list_folder(*, settings: Folder, shard: int, shards: int, output: Path) -> None:
    """Write the manifest of one shard: the start of each video is a clip, and each file a speaker of its own."""
    rows = [
        {"clip_id": path.name, "video": str(path), "start_s": 0.0, "speaker_id": path.name}
        for path in videos_in(Path(settings.videos))
        if shard_of(path.name, shards) == shard
    ]
    write_shard(output, MANIFEST, rows)
