"""Small trees of files, laid out as each data set is, for the sources to list. The files are empty."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from speech2face.config import Section, load_config
from speech2face.data.sources.samples import FACES, PICTURES, VOICES
from tests.conftest import ROOT

BASE = load_config([ROOT / "config" / "config.yaml"])


def settings_of(source: str, values: dict[str, Any]) -> Any:
    """The section of a source, with some values replaced."""
    section: Section = getattr(BASE, source.replace("-", "_"))
    return type(section).model_validate(section.model_dump() | values)


def touch(folder: Path, names: Iterable[str]) -> None:
    """Empty files, made in the order of the names."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def folder_tree(folder: Path) -> dict[str, Any]:
    touch(folder, ["b.mp4", "a.mov", ".hidden.mp4", "below/c.mp4"])
    return {"videos": str(folder)}


def table_tree(folder: Path) -> dict[str, Any]:
    """Own videos with a table beside them: two clips of one, one of another, and one that is not there."""
    touch(folder / "videos", ["b.mp4", "a.mov", "below/c.mp4"])
    table = folder / "clips.csv"
    table.write_text(
        "clip,speaker,start,end,face_x,face_y,sex,age,ethnicity,language,nationality,licence\n"
        "b.mp4,Ann,1.5,4,0.25,0.5,F,41,White,en,UK,CC0\n"
        "b.mp4,Bob,12,,,,m,,-,,,\n"
        "below/c.mp4,,,,,,,,,,,\n"
        "gone.mp4,Ann,,,,,f,41,white,en,UK,\n"
    )
    return {"videos": str(folder / "videos"), "table": str(table)}


def pairs_tree(folder: Path) -> dict[str, Any]:
    touch(folder / "voice", ["p1/b.flac", "p1/a.wav", "p2/c.m4a", "p2/voice_only.wav", "p1/._a.wav", "p1/notes.txt"])
    touch(folder / "face", ["p1/a.jpg", "p1/b.PNG", "p2/c.jpeg", "p3/face_only.jpg"])
    return {"folder": str(folder)}


VOX1_META = (
    "VoxCeleb1 ID\tVGGFace1 ID\tGender\tNationality\tSet\n"
    "id10001\tAn_Example\tm\tIreland\tdev\n"
    "id10002\tAn.Other_Jr.\tf\tNew Zealand\tdev\n"
    "id19999\tNobody_Here\tf\tUSA\ttest\n"
)
# With the blanks that the published file has before every comma.
VOX2_META = "VoxCeleb2 ID ,VGGFace2 ID ,Gender ,Set \nid00012 ,n000012 ,m ,dev \nid00017 ,n000017 ,f ,test \n"


def voxceleb2_tree(folder: Path) -> dict[str, Any]:
    """Face tracks with sound beside them; of a test speaker there is no sound beside them and no metadata."""
    touch(
        folder,
        [
            "dev/mp4/id00012/bbbbbbbbbbb/00002.mp4",
            "dev/mp4/id00012/bbbbbbbbbbb/00001.mp4",
            "dev/mp4/id00012/-aaaaaaaaaa/00011.mp4",
            "dev/mp4/id00012/bbbbbbbbbbb/._00001.mp4",
            "dev/mp4/id00012/bbbbbbbbbbb/00001.txt",
            "dev/mp4/lost+found/bbbbbbbbbbb/00001.mp4",
            "dev/aac/id00012/bbbbbbbbbbb/00001.m4a",
            "dev/aac/id00012/bbbbbbbbbbb/00003.m4a",
            "test/mp4/id00099/ccccccccccc/00001.mp4",
        ],
    )
    (folder / "vox2_meta.csv").write_text(VOX2_META)
    (folder / "utt2age.train").write_text("id00012/bbbbbbbbbbb/00001 70\nid00012/-aaaaaaaaaa/00011 71\n")
    return {"folder": str(folder), "ages": ["utt2age.train"]}


def voxceleb1_tree(folder: Path) -> dict[str, Any]:
    """Sound, and pictures by name."""
    touch(
        folder,
        [
            *(f"wav/id10001/vvvvvvvvvvv/0000{number}.wav" for number in (3, 1, 2)),
            "wav/id10002/wwwwwwwwwww/00001.wav",
            "wav/id10003/xxxxxxxxxxx/00001.wav",
            *(f"unzippedFaces/An_Example/1.6/vvvvvvvvvvv/00000{number}0.jpg" for number in (5, 1, 3, 4, 2, 0)),
        ],
    )
    (folder / "vox1_meta.csv").write_text(VOX1_META)
    return {"folder": str(folder)}


def crema_d_tree(folder: Path) -> dict[str, Any]:
    names = ["1001_DFA_ANG_XX", "1001_IEO_HAP_HI", "1002_DFA_ANG_XX", "1047_DFA_ANG_XX", "1073_DFA_ANG_XX"]
    touch(folder, [f"VideoFlash/{name}.flv" for name in reversed(names)])
    touch(folder, [f"AudioWAV/{name}.wav" for name in names])
    (folder / "SentenceFilenames.csv").write_text(
        '"Stimulus_Number","Filename"\n1,"1001_DFA_ANG_XX"\n2,"1002_WSI_DIS_XX"\n'
    )
    (folder / "VideoDemographics.csv").write_text(
        '"ActorID","Age","Sex","Race","Ethnicity"\n'
        '1001,51,"Male","Caucasian","Not Hispanic"\n'
        '1047,22,"Female","Unknown","Hispanic"\n'
        '1073,24,"Female","African American","Hispanic"\n'
        '1019,29,"Male","Asian","Not Hispanic"\n'
    )
    return {"folder": str(folder)}


def grid_tree(folder: Path) -> dict[str, Any]:
    touch(folder, ["s10/swwp2s.mpg", "s1/bbaf2n.mpg", "s1/pwij3p.mpg", "s4/video/mpg_6000/lbax4n.mpg"])
    touch(folder, ["s1/video/mpg_6000/bbaf2n.mpg", "alignments/s1/bbaf2n.align", "s1_50kHz/bbaf2n.wav", "s35/x.mpg"])
    return {"folder": str(folder)}


def samples_tree(folder: Path) -> dict[str, Any]:
    """Two stretches of one video, and a recording whose true face is missing; the stretches as VoxCeleb's, too."""
    names = ["---ZOY1kzAc_9.0-14.0", "---ZOY1kzAc_231.2-234.4"]
    for part in ("avspeech_res", "voxceleb"):
        touch(
            folder / "figures" / part,
            [f"{kind}/{name}.jpg" for name in names for kind in (FACES, *PICTURES.values())],
        )
        touch(folder / "figures" / part, [f"{VOICES}/{name}.wav" for name in names])
    touch(folder / "figures" / "avspeech_res", [f"{VOICES}/aaaaaaaaaaa_0.0-3.0.wav"])
    return {"folder": str(folder)}


def segments_tree(folder: Path) -> dict[str, Any]:
    """The list of AVSpeech, which has no heading."""
    (folder / "avspeech_train.csv").write_text("dQw4w9WgXcQ,12.5,18.0,0.4,0.3\n9bZkp7q19f0,90.0,94.966,0.5,0.5\n")
    return {"table": str(folder / "avspeech_train.csv")}


TREES: dict[str, tuple[str, Callable[[Path], dict[str, Any]]]] = {
    "folder": ("folder", folder_tree),
    "folder with a table": ("folder", table_tree),
    "pairs": ("pairs", pairs_tree),
    "VoxCeleb 2": ("voxceleb", voxceleb2_tree),
    "VoxCeleb 1": ("voxceleb", voxceleb1_tree),
    "CREMA-D": ("crema-d", crema_d_tree),
    "GRID": ("grid", grid_tree),
    "samples": ("samples", samples_tree),
}
"""For each layout: the source that reads it, and what writes a small one and gives the settings for it."""

MAKERS = dict(reversed(TREES.values())) | {"segments": segments_tree}
"""One tree for each source of real clips."""
