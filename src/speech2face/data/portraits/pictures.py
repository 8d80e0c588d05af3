"""Folders of face pictures as data sets are published: which pictures there are, and who is in them."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from speech2face.base.shards import shard_names, shard_of, write_shard
from speech2face.config.portraits import PictureFolder
from speech2face.data.sources.forgotten import without_forgotten
from speech2face.data.sources.labels import read_sex
from speech2face.data.sources.listing import files_by_name, fingerprint_files
from speech2face.data.sources.manifest import ABOUT_FIELDS, Row

PICTURES = pa.schema(
    [
        pa.field("clip_id", pa.string(), nullable=False, metadata={"meaning": "of the portrait: the picture's name"}),
        pa.field("picture", pa.string(), nullable=False, metadata={"meaning": "file"}),
        pa.field("speaker_id", pa.string(), nullable=False, metadata={"meaning": "who is in the picture"}),
        *ABOUT_FIELDS,
    ]
)
_ENDINGS = {".jpg", ".jpeg", ".png", ".webp"}


def list_pictures(*, settings: PictureFolder, shards: int, forgotten: Path, folder: Path) -> None:
    """Write the list of pictures, shared out over shards; people on the list `forgotten` are left out.

    Args:
        settings: config section `portraits.folder`.
        shards: number of shards.
        forgotten: list of the people who are left out.
        folder: where to write the lists, one a shard.

    Raises:
        FileNotFoundError: the folder is missing or empty, or a table of the data set is missing.
        ValueError: a table of the data set cannot be read.
    """
    rows: list[list[Row]] = [[] for _ in range(shards)]
    for row in without_forgotten(pictures_in(settings), forgotten):
        rows[shard_of(row["clip_id"], shards)].append(row)
    for name, own in zip(shard_names(shards), rows, strict=True):
        write_shard(folder / f"{name}.arrow", PICTURES, own)


def pictures_in(settings: PictureFolder) -> Iterator[Row]:
    """The pictures of the folder as rows of `PICTURES`, in the order of their names; see `list_pictures`."""
    folder = _folder(settings)
    found = files_by_name(folder, _ENDINGS)
    if not found:
        raise FileNotFoundError(f"{folder} holds no file that ends in {', '.join(sorted(_ENDINGS))}.")
    people, sexes = (_celeba_people(folder), _celeba_sexes(folder)) if settings.layout == "celeba" else ({}, {})
    for name, path in found.items():
        if settings.layout == "celeba" and path.name not in people:
            continue
        person = {"files": name, "folders": path.parent.name, "celeba": people.get(path.name, "")}[settings.layout]
        yield {
            "clip_id": name,
            "picture": str(path),
            "speaker_id": person,
            "sex": sexes.get(path.name),
            "origin": settings.origin,
            "licence": settings.licence,
        }


def fingerprint(settings: PictureFolder) -> str:
    """Changes when pictures come or go in the folder or in a folder right below it, or when a table changes."""
    folder = _folder(settings)
    below = sorted(path for path in folder.iterdir() if path.is_dir())
    return fingerprint_files([folder, *below, *(folder.parent / name for name in (_IDENTITIES, _ATTRIBUTES))])


def _folder(settings: PictureFolder) -> Path:
    if not settings.pictures or not Path(settings.pictures).is_dir():
        raise FileNotFoundError(
            f"{settings.pictures or 'The empty name'} is not a folder; set portraits.folder.pictures to the folder of "
            "face pictures."
        )
    return Path(settings.pictures)


_IDENTITIES, _ATTRIBUTES = "identity_CelebA.txt", "list_attr_celeba.txt"
"""Tables of CelebA (Liu, Luo, Wang and Tang 2015), beside the folder of its pictures."""


def _celeba_people(folder: Path) -> dict[str, str]:
    """Who is in each picture: `000001.jpg 2880`."""
    path = folder.parent / _IDENTITIES
    if not path.is_file():
        raise FileNotFoundError(f"There is no {path}, which says who is in CelebA's pictures.")
    people = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        words = line.split()
        if len(words) != 2:
            raise ValueError(f"{path}, line {number}: {len(words)} words instead of a picture and a person.")
        # Others number their people, too.
        people[words[0]] = f"celeba-{words[1]}"
    return people


def _celeba_sexes(folder: Path) -> dict[str, str | None]:
    """The sex as the annotators saw it, from the column `Male`, 1 or -1; none where the table is missing."""
    path = folder.parent / _ATTRIBUTES
    if not path.is_file():
        return {}
    _, names, *lines = path.read_text(encoding="utf-8").splitlines()
    if "Male" not in names.split():
        raise ValueError(f"{path} has no column 'Male' in its second line.")
    column = names.split().index("Male") + 1
    return {
        words[0]: read_sex("male" if words[column] == "1" else "female") for words in map(str.split, lines) if words
    }
