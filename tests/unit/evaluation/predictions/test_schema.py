"""The table of predictions: written and read the same, missing predictions included."""

import numpy as np
import pandas as pd

from speech2face.evaluation.predictions.schema import Prediction, read_predictions, write_predictions


def test_what_was_written_is_read(tmp_path):
    rng = np.random.default_rng(0)
    faces, voices = rng.normal(size=(2, 4, 3)).astype(np.float32)
    clips = pd.DataFrame(
        {
            "clip_id": ["a_0", "b_0", "b_1", "a_1"],
            "speaker_id": ["a", "b", "b", "a"],
            "sex": ["male", None, None, "male"],
            "age": [30.0, None, None, 31.0],
            "ethnicity": None,
            "language": "de",
        },
        dtype=object,
    )
    found = np.array([True, False, True, True])
    methods = [
        Prediction.complete("s2f", voices),
        Prediction(name="f2f", embeddings=faces * found[:, None], found=found),
    ]
    write_predictions(tmp_path / "predictions.arrow", clips, faces, methods)
    table = read_predictions(tmp_path / "predictions.arrow")
    assert list(table.methods) == ["s2f", "f2f"]
    assert (table.faces == faces).all()
    assert (table.methods["s2f"].embeddings == voices).all()
    assert table.methods["f2f"].found.tolist() == found.tolist()
    assert (table.methods["f2f"].embeddings[1] == 0).all()
    assert table.speakers.tolist() == [0, 1, 1, 0]
    assert table.clips["sex"].tolist() == ["male", None, None, "male"]
    assert table.clips["ethnicity"].tolist() == [None] * 4
    assert table.true_faces.found.all()
