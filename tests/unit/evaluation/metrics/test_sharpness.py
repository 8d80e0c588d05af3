"""Sharpness: detail inside the face alone, against the photograph or a still, and a white background."""

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image, ImageFilter

from speech2face.base.images import encode_png
from speech2face.base.shards import array_field, write_shard
from speech2face.data.faces.alignment import crop_landmarks
from speech2face.data.splits.share import INDEX
from speech2face.evaluation.metrics.sharpness import SIDE, measure, sharpness
from speech2face.evaluation.reconstructions.reconstruct import schema
from tests.unit.evaluation.metrics.readable import SETTINGS
from tests.unit.learning.decoder.made_faces import face

LANDMARKS = crop_landmarks(face(1).numpy().astype(float) * 224)


def noise(contrast, seed=0, side=SIDE):
    """Grey noise of a standard deviation around the middle."""
    values = np.random.default_rng(seed).normal(128, contrast, (side, side, 1)).clip(0, 255)
    return np.repeat(values, 3, axis=2).astype(np.uint8)


def test_white_noise_has_twenty_times_its_variance():
    """The weights of the Laplacian are 1, 1, 1, 1 and -4."""
    assert sharpness(noise(20), LANDMARKS) == pytest.approx(20 * 20**2, rel=0.1)


def test_only_the_face_counts():
    picture = noise(20)
    sharp = sharpness(picture, LANDMARKS)
    x, y = (LANDMARKS * SIDE).T
    outside = np.ones((SIDE, SIDE), bool)
    outside[int(y.min()) - 2 : int(y.max()) + 3, int(x.min()) - 2 : int(x.max()) + 3] = False
    picture[outside] = noise(90, seed=1)[outside]
    assert sharpness(picture, LANDMARKS) == pytest.approx(sharp)
    picture[int(LANDMARKS[30, 1] * SIDE), int(LANDMARKS[30, 0] * SIDE)] = 255
    assert sharpness(picture, LANDMARKS) > sharp


def test_the_size_and_place_of_a_picture_hardly_matter():
    large = np.asarray(Image.fromarray(noise(40, side=448)).filter(ImageFilter.GaussianBlur(6)))
    moved = np.zeros((600, 600, 3), np.uint8)
    moved[100:548, 50:498] = large
    landmarks = (LANDMARKS * 448 + [50, 100]) / 600
    assert sharpness(moved, landmarks) == pytest.approx(sharpness(large, LANDMARKS), rel=0.02)


@pytest.fixture
def write(tmp_path):
    """Reconstructions of people with two clips: F2F with half the contrast of the original, S2F on white."""

    def reconstructions(people):
        white = noise(5)
        white[:20] = 255
        rows = []
        for person in range(people):
            for clip in range(2):
                contrast = 10 + 4 * person + clip
                rows.append(
                    {"clip_id": f"{person}_{clip}", "speaker_id": f"p{person}", "original": encode_png(noise(contrast))}
                    | {"f2f": encode_png(noise(contrast / 2)), "s2f": encode_png(white)}
                    | {f"{kind}_landmarks": LANDMARKS.reshape(-1) for kind in ("original", "f2f")}
                    | {"s2f_landmarks": LANDMARKS.reshape(-1) if person else None}
                )
        write_shard(tmp_path / "test.arrow", schema(2), rows)
        return tmp_path / "test.arrow"

    return reconstructions


def test_it_is_the_ratio_to_the_photograph_over_people(write):
    measures = measure(reconstructions=write(5), settings=SETTINGS, seed=0)
    found = measures["f2f.generation.sharpness"]
    assert found.n == 5
    assert found.value == pytest.approx(0.25, abs=0.02)
    assert found.low <= found.value <= found.high
    # Pictures without a face are left out.
    assert measures["s2f.generation.sharpness"].n == 4


def test_a_white_background(write):
    measures = measure(reconstructions=write(3), settings=SETTINGS, seed=0)
    assert measures["s2f.generation.background"].value == pytest.approx(100)
    assert measures["s2f.generation.background_spread"].value == pytest.approx(0, abs=1e-6)
    assert measures["f2f.generation.background"].value == pytest.approx(50, abs=2)
    assert measures["f2f.generation.background_spread"].value > 2


def test_a_neutral_still_stands_for_the_photograph(write, tmp_path):
    """The stills have twice the contrast of a person's mean one."""
    in_frame = face(1).numpy().astype(np.float32) * 224
    index = [
        {"clip_id": f"p{person}", "speaker_id": f"p{person}", "split": "test", "shard": "0", "row": person}
        for person in range(3)
    ]
    write_shard(tmp_path / "portraits" / "index.arrow", INDEX, index)
    fields = [pa.field("crop", pa.binary()), array_field("landmarks", 136, pa.float32())]
    rows = [
        {"crop": encode_png(noise(2 * (10.5 + 4 * person))), "landmarks": in_frame.reshape(-1)} for person in range(3)
    ]
    write_shard(tmp_path / "portraits" / "0.arrow", pa.schema(fields), rows)
    stills = tmp_path / "portraits" / "index.arrow"
    measures = measure(reconstructions=write(3), settings=SETTINGS, seed=0, stills=stills, portraits=stills.parent)
    assert measures["f2f.generation.sharpness"].value == pytest.approx(0.25 / 4, abs=0.01)
