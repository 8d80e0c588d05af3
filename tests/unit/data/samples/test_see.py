"""The authors' pictures: read by name, with the face that is found, and null where a picture is missing or damaged."""

import numpy as np
import soundfile
from PIL import Image

from speech2face.base.shards import read_shard
from speech2face.data.samples import see
from speech2face.data.samples.see import see_published
from speech2face.data.sources.listing import list_source
from speech2face.data.sources.samples import FACES, PICTURES, VOICES
from tests.unit.data.clips.made_media import SETTINGS as CLIPS
from tests.unit.data.faces.test_find import SETTINGS as FACES_SETTINGS
from tests.unit.data.sources.trees import settings_of


class OneFace:
    """Stands in for the finder: a face in a bright picture, none in a dark one."""

    dimension = 4

    def __init__(self, settings: object) -> None:
        pass

    def see(self, pictures: list[np.ndarray]) -> list[see.SeenFace | None]:
        return [
            see.SeenFace(embedding=np.full(4, picture.mean(), np.float32), landmarks=np.full((68, 2), 0.5, np.float32))
            if picture.mean() > 100
            else None
            for picture in pictures
        ]


def test_rows_are_those_of_the_list_and_hold_what_was_seen(tmp_path, monkeypatch):
    monkeypatch.setattr(see, "FaceFinder", OneFace)
    part = tmp_path / "checkout" / "figures" / "avspeech_res"
    names = ["aaaaaaaaaaa_0.0-3.0", "bbbbbbbbbbb_0.0-3.0"]
    for name in names:
        for kind, brightness in zip((FACES, *PICTURES.values()), (90, 150, 160, 20, 180), strict=True):
            (part / kind).mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (32, 32), (brightness,) * 3).save(part / kind / f"{name}.jpg")
        (part / VOICES).mkdir(exist_ok=True)
        soundfile.write(part / VOICES / f"{name}.wav", np.zeros(32_000, np.int16), 16_000)
    (part / "Face_f2f" / f"{names[1]}.jpg").unlink()
    (part / "Face_exg1.4" / f"{names[1]}.jpg").write_bytes(b"no picture")
    settings = settings_of("samples", {"folder": str(tmp_path / "checkout")})
    values = settings.model_dump(mode="json")
    list_source(source="samples", settings=values, shards=1, forgotten=tmp_path / "nobody", folder=tmp_path)
    see_published(
        manifest=tmp_path / "00.arrow",
        output=tmp_path / "seen.arrow",
        settings=settings,
        faces_settings=FACES_SETTINGS,
        clips_settings=CLIPS,
    )
    first, second = read_shard(tmp_path / "seen.arrow").to_pylist()
    assert [first["clip_id"], second["clip_id"]] == [f"avspeech_res/{name}" for name in names]
    assert np.round(first["authors_f2f_embedding"][0]) == 150
    assert np.round(first["authors_s2f_14_embedding"][0]) == 180
    # A picture without a face is kept, and has no embedding.
    assert first["authors_s2f_07"].startswith(b"\xff\xd8")
    assert first["authors_s2f_07_embedding"] is None
    assert second["authors_f2f"] is None
    assert second["authors_s2f_14_embedding"] is None
    assert np.round(second["authors_s2f_0_embedding"][0]) == 160
