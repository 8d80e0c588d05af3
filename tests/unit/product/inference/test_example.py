"""The example: the voice of the first usable person of the panel, and what the model makes of it."""

import json

import numpy as np
import soundfile

from speech2face.base.shards import write_shard
from speech2face.product.inference.example import answer_example
from speech2face.uncertainty.panel.schema import VOICE, schema
from tests.unit.uncertainty.calibration.made_people import DIMENSION


def test_it_is_the_first_person_with_a_face(bundle, model, speech, tmp_path):
    def person(name, status, sound):
        return {
            "clip_id": name, "speaker_id": name, "status": status, "reason": "", "detail": "", "crop": b"",
            "landmarks": np.zeros(136, np.float32), "face_embedding": np.zeros(DIMENSION, np.float32),
            VOICE: sound.astype(np.int16).tobytes(),
        }  # fmt: skip

    people = [person("c", "ok", speech[::-1]), person("b", "ok", speech), person("a", "rejected", speech[::2])]
    write_shard(tmp_path / "panel.arrow", schema(DIMENSION), people)
    answer_example(panel=tmp_path / "panel.arrow", bundle=bundle, output=tmp_path / "example")
    sound, rate = soundfile.read(tmp_path / "example" / "voice.wav", dtype="int16")
    assert rate == 16_000
    np.testing.assert_array_equal(sound, speech)
    model.face(tmp_path / "example" / "voice.wav").save(tmp_path / "again")
    written, again = (json.loads((tmp_path / name / "answer.json").read_text()) for name in ("example", "again"))
    assert written == again
    assert (tmp_path / "example" / "sheet.png").is_file()
