"""Videos of a manifest: plain files by their path, members of archives by their bytes."""

import io
import tarfile
from pathlib import Path

import pytest

from speech2face.data.sources.videos import VideoStore


@pytest.fixture
def archives(tmp_path: Path) -> list[str]:
    """Two archives with a video of the same name."""
    paths = [str(tmp_path / f"{number}.tar") for number in (0, 1)]
    for path in paths:
        with tarfile.open(path, "w") as archive:
            for name in ("a.mp4", "b.mp4"):
                content = f"{name} of {path}".encode()
                member = tarfile.TarInfo(name)
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
    return paths


def test_a_plain_file_is_given_by_its_path() -> None:
    assert VideoStore().open({"archive": None, "video": "films/a.mp4"}) == Path("films/a.mp4")


def test_members_are_read_from_their_own_archive_in_any_order(archives: list[str]) -> None:
    store = VideoStore()
    for path in (archives[0], archives[1], archives[0]):
        for name in ("b.mp4", "a.mp4"):
            assert store.open({"archive": path, "video": name}).read() == f"{name} of {path}".encode()
    store.close()


def test_a_missing_member_is_named(archives: list[str]) -> None:
    store = VideoStore()
    with pytest.raises(FileNotFoundError, match=r"0\.tar has no file c\.mp4"):
        store.open({"archive": archives[0], "video": "c.mp4"})
    store.close()
