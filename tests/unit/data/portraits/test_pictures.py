"""Folders of pictures: the layouts of published data sets are read as they are, and the forgotten are left out."""

from pathlib import Path

import pytest

from speech2face.base.shards import read_shard
from speech2face.config import load_config
from speech2face.data.portraits.pictures import fingerprint, list_pictures, pictures_in
from speech2face.data.sources.forgotten import add_forgotten
from tests.conftest import ROOT

BASE = ROOT / "config" / "config.yaml"
TREES = {
    "celeba": (
        {"000001.jpg": "celeba-2880", "000002.jpg": "celeba-2937", "000003.jpg": "celeba-2880"},
        {
            "identity_CelebA.txt": "000001.jpg 2880\n000002.jpg 2937\n000003.jpg 2880\n",
            "list_attr_celeba.txt": "3\nBald Male\n000001.jpg -1 -1\n000002.jpg -1  1\n000003.jpg -1 -1\n",
        },
    ),
    "ffhq": (
        {"00000/00000.png": "00000/00000", "00000/00001.png": "00000/00001", "01000/01000.png": "01000/01000"},
        {},
    ),
    "vggface2": (
        {"n000002/0001_01.jpg": "n000002", "n000002/0002_01.jpg": "n000002", "n000003/0001_01.jpg": "n000003"},
        {},
    ),
    "lfw": ({"Ann_B/Ann_B_0001.jpg": "Ann_B", "Ann_B/Ann_B_0002.jpg": "Ann_B", "Cy_D/Cy_D_0001.jpg": "Cy_D"}, {}),
}
"""Of each published data set, pictures with who is in them, and tables beside their folder."""


def made(name: str, folder: Path):
    """The tree of a data set, and the settings of its overlay for it."""
    pictures, tables = TREES[name]
    for path in pictures:
        (folder / "pictures" / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / "pictures" / path).touch()
    for path, text in tables.items():
        (folder / path).write_text(text)
    (folder / "pictures" / ".hidden.jpg").touch()
    (folder / "pictures" / "readme.txt").touch()
    overlays = [ROOT / "config" / "overlays" / "pairs.yaml", ROOT / "config" / "portraits" / f"{name}.yaml"]
    settings = load_config([BASE, *overlays]).portraits.folder
    return settings.model_copy(update={"pictures": str(folder / "pictures")})


def test_every_overlay_has_a_tree():
    assert {path.stem for path in (ROOT / "config" / "portraits").iterdir()} == set(TREES)


@pytest.mark.parametrize("name", TREES)
def test_pictures_are_of_whom_the_layout_says(name, tmp_path):
    settings = made(name, tmp_path)
    rows = list(pictures_in(settings))
    people = {Path(row["picture"]).relative_to(settings.pictures).as_posix(): row["speaker_id"] for row in rows}
    assert people == TREES[name][0]
    assert len({row["clip_id"] for row in rows}) == len(rows)
    assert all(row["origin"] == settings.origin and row["licence"] == settings.licence for row in rows)


def test_celeba_tells_sexes_as_its_annotators_saw_them(tmp_path):
    assert [row["sex"] for row in pictures_in(made("celeba", tmp_path))] == ["female", "male", "female"]
    (tmp_path / "list_attr_celeba.txt").unlink()
    assert [row["sex"] for row in pictures_in(made("lfw", tmp_path / "other"))] == [None] * 3


def test_every_picture_is_in_one_shard_and_the_forgotten_in_none(tmp_path):
    settings, forgotten = made("lfw", tmp_path), tmp_path / "forgotten.txt"
    add_forgotten(forgotten, "Ann_B")
    list_pictures(settings=settings, shards=2, forgotten=tmp_path / "nobody.txt", folder=tmp_path / "all")
    list_pictures(settings=settings, shards=2, forgotten=forgotten, folder=tmp_path / "others")
    shards = {kind: [read_shard(tmp_path / kind / f"0{n}.arrow") for n in range(2)] for kind in ("all", "others")}
    people = {
        kind: [name for part in parts for name in part["speaker_id"].to_pylist()] for kind, parts in shards.items()
    }
    assert sorted(people["all"]) == ["Ann_B", "Ann_B", "Cy_D"]
    assert people["others"] == ["Cy_D"]


@pytest.mark.parametrize(
    ("table", "text", "message"),
    [
        (
            "identity_CelebA.txt",
            "000001.jpg\n",
            r"identity_CelebA.txt, line 1: 1 words instead of a picture and a person",
        ),
        ("list_attr_celeba.txt", "1\nBald Young\n", "has no column 'Male'"),
    ],
)
def test_a_table_of_another_kind_is_one_clear_line(tmp_path, table, text, message):
    settings = made("celeba", tmp_path)
    (tmp_path / table).write_text(text)
    with pytest.raises(ValueError, match=message):
        list(pictures_in(settings))


def test_what_is_missing_is_named(tmp_path):
    settings = made("celeba", tmp_path)
    (tmp_path / "identity_CelebA.txt").unlink()
    with pytest.raises(FileNotFoundError, match=r"identity_CelebA\.txt, which says who"):
        list(pictures_in(settings))
    with pytest.raises(FileNotFoundError, match=r"set portraits\.folder\.pictures"):
        list(pictures_in(settings.model_copy(update={"pictures": ""})))
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileNotFoundError, match="holds no file that ends in"):
        list(pictures_in(settings.model_copy(update={"pictures": str(tmp_path / "empty")})))


def test_the_fingerprint_changes_with_pictures_and_tables(tmp_path):
    settings = made("celeba", tmp_path)
    seen = [fingerprint(settings)]
    (tmp_path / "pictures" / "000004.jpg").touch()
    seen.append(fingerprint(settings))
    (tmp_path / "identity_CelebA.txt").write_text("000004.jpg 1\n")
    seen.append(fingerprint(settings))
    assert len(set(seen)) == 3
