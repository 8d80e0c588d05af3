"""A small invented run: what the figures read, written as the phases write it."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import torch

from speech2face.base.images import encode_jpeg, encode_png
from speech2face.base.intervals import Estimate
from speech2face.base.shards import array_field, write_shard
from speech2face.base.weights import save_model
from speech2face.config import load_config
from speech2face.data.sources.attributes import INVENTED
from speech2face.data.sources.manifest import ABOUT
from speech2face.data.splits.share import INDEX
from speech2face.evaluation.metrics import convergence, craniofacial, failures
from speech2face.evaluation.metrics.labels import ATTRIBUTES
from speech2face.evaluation.predictions.schema import Prediction, write_predictions
from speech2face.evaluation.trials.schema import write_trial
from speech2face.learning.decoder.cole import ColeFaceDecoder
from tests.unit.learning.decoder import made_faces

CONFIG = Path(__file__).parents[4] / "config" / "config.yaml"
DIMENSION = 16
CHOSEN = {
    "gain": 1.7,
    "people": 62,
    "measured": [
        {
            "gain": gain,
            "found": 1.0,
            "rank": 0.2,
            "recall_at_10_percent": {"value": 50 + 5 * gain, "low": 40, "high": 75, "n": 62},
            "sharpness": {"value": 100 * gain, "low": 90 * gain, "high": 110 * gain, "n": 62},
        }
        for gain in (1.0, 1.7, 2.4)
    ],
}
"""What validation speakers say of gains."""


def face(rng: np.random.Generator, size: int) -> np.ndarray:
    """A disc with eyes on a plain ground."""
    rows, columns = np.mgrid[:size, :size] / size - 0.5
    picture = np.full((size, size, 3), rng.integers(60, 200, 3))
    picture[rows**2 + columns**2 < 0.14] = rng.integers(80, 240, 3)
    for side in (-0.15, 0.15):
        picture[(rows + 0.08) ** 2 + (columns - side) ** 2 < 0.003] = 20
    return picture.astype(np.uint8)


def landmarks(rng: np.random.Generator) -> np.ndarray:
    """Those of a made-up face, [136]."""
    return made_faces.face(int(rng.integers(1000))).numpy().reshape(-1)


def _labels(number: int) -> dict[str, object]:
    return {
        "sex": ("female", "male")[number % 2],
        "age": 20.0 + number,
        "ethnicity": ("african", "asian", "caucasian")[number % 3],
        "language": ("en-029", "vi", "en-gb-scotland")[number % 3],
        "nationality": None,
        "origin": INVENTED,
        "licence": None,
    }


@pytest.fixture
def make_reconstructions() -> Callable[..., pd.DataFrame]:
    """Rows of the reconstructions phase: two clips a speaker; without labels, of a folder of own videos."""

    def make(speakers: int, *, labels: bool = True) -> pd.DataFrame:
        rng = np.random.default_rng(7)
        rows = []
        for number in range(speakers):
            name = f"t{number:05d}" if labels else f"VID_2024{number:04d}_somebody in the garden.mp4"
            true = rng.normal(size=DIMENSION).astype(np.float32)
            for clip in range(2 if labels else 1):
                picture = face(rng, 64)
                rows.append(
                    {"clip_id": f"{name}_{clip}", "speaker_id": name, "original": encode_jpeg(picture)}
                    | (_labels(number) if labels else dict.fromkeys(_labels(0)))
                    | {kind: encode_png(picture[::2, ::2]) for kind in ("f2f", "s2f")}
                    | {"f2f_detected": True, "s2f_detected": clip == 0, "face_embedding": true}
                    | {"voice_embedding": true + rng.normal(0, 1, DIMENSION).astype(np.float32)}
                    | {f"{kind}_landmarks": landmarks(rng) for kind in ("original", "f2f", "s2f")}
                )
        return pd.DataFrame(rows)

    return make


@pytest.fixture
def truth() -> pd.DataFrame:
    """The true parameters of the first talkers of the default world."""
    from speech2face.data.talkers.make import truth_row
    from speech2face.data.talkers.population import sample_talker

    world = load_config([CONFIG]).talkers
    return pd.DataFrame([truth_row(sample_talker(number, 1, world)) for number in range(60)])


@pytest.fixture
def clips() -> list[dict[str, object]]:
    """Rows of the clips phase; the last one was rejected and has no frames."""
    rng = np.random.default_rng(8)
    rows: list[dict[str, object]] = [
        {"clip_id": f"t{n:05d}_0", "speaker_id": f"t{n:05d}", "status": "ok"}
        | _labels(n)
        | {"frames": [encode_jpeg(face(rng, 64)) for _ in range(3)], "times": [0.0, 2.0, 4.0]}
        for n in range(20)
    ]
    rejected = {
        "clip_id": "t00099_0",
        "speaker_id": "t00099",
        "status": "rejected",
        "reason": "too_short",
        "detail": "",
    }
    return [*rows, rejected]


@pytest.fixture
def summary() -> dict[str, Estimate]:
    """Measures with the names that the metrics phase gives them."""

    def measure(value: float, room: float) -> Estimate:
        return Estimate(value=value, low=max(0.0, value - room), high=min(100.0, value + room), n=160)

    measures = {}
    for method, factor in {"s2f": 1.0, "s2f_pictures": 0.8, "f2f": 2.0, "world.ceiling": 1.2}.items():
        for k, value in {"1": 6, "5": 24, "10": 41, "1_percent": 12, "2_percent": 19, "10_percent": 48}.items():
            measures[f"{method}.retrieval.cosine.recall_at_{k}"] = measure(value * factor, 5)
            measures[f"{method}.retrieval.l1.recall_at_{k}"] = measure(value * factor - 1, 5)
    for k, value in {"1": 0.6, "5": 3.1, "10": 6.2, "1_percent": 1.2, "2_percent": 2.5, "10_percent": 10}.items():
        measures[f"chance.retrieval.recall_at_{k}"] = measure(value, 0)
    for attribute in ATTRIBUTES:
        for position, method in enumerate(("majority", "s2f_pictures", "s2f", "world.ceiling", "f2f", "faces")):
            measures[f"{method}.attributes.{attribute}.accuracy"] = measure(40 + 10 * position, 4)
    return measures


@pytest.fixture
def histories() -> dict[str, pd.DataFrame]:
    """Learning curves of both models; the encoder's third epoch is the best, and so is its fifth."""
    columns = ["epoch", "train_loss", "validation_loss", "learning_rate"]
    decoder = [[n, 0.3 / n, 0.1 / n, 1e-3] for n in range(1, 5)]
    encoder = [[n + 1, 1 - 0.1 * n, loss, 1e-3] for n, loss in enumerate([0.95, 0.8, 0.7, 0.72, 0.7])]
    decoder_curve, encoder_curve = pd.DataFrame(decoder, columns=columns), pd.DataFrame(encoder, columns=columns)
    terms = {"texture": 0.7 * decoder_curve["train_loss"], "landmarks": 0.2 * decoder_curve["train_loss"]}
    return {
        "decoder": decoder_curve.assign(**terms),
        "encoder": encoder_curve.assign(mean_squared=encoder_curve["train_loss"]),
    }


@pytest.fixture
def face_decoder(tmp_path: Path) -> tuple[Path, Path]:
    """Weights and config of a face decoder that has learned nothing."""
    arguments = {"dimension": DIMENSION, "size": 32, "landmarks": 68}
    files = tmp_path / "decoder.safetensors", tmp_path / "decoder.json"
    torch.manual_seed(0)
    network = ColeFaceDecoder(**arguments)
    # A head that fills the picture.
    network.mean_texture[3] = 1
    save_model(network, *files, {"preset": "cole", "arguments": arguments})
    return files


@pytest.fixture
def given(
    tmp_path: Path,
    make_reconstructions: Callable[..., pd.DataFrame],
    truth: pd.DataFrame,
    clips: list[dict[str, object]],
    summary: dict[str, Estimate],
    histories: dict[str, pd.DataFrame],
    face_decoder: tuple[Path, Path],
) -> dict[str, dict[str, object]]:
    """The run's files on the disk: for each notebook what workflow/rules/figures.smk gives it."""
    from speech2face.data.clips.cut import schema as clips_schema
    from speech2face.data.talkers.make import TRUTH
    from speech2face.evaluation.reconstructions.reconstruct import schema

    made = make_reconstructions(8)
    write_shard(tmp_path / "test.arrow", schema(DIMENSION), made.to_dict("records"))
    write_shard(tmp_path / "00.truth.arrow", TRUTH, truth.iloc[:30].to_dict("records"))
    write_shard(tmp_path / "01.truth.arrow", TRUTH, truth.iloc[30:].to_dict("records"))
    write_shard(tmp_path / "clips.arrow", clips_schema(load_config([CONFIG]).clips), clips)
    (tmp_path / "summary.json").write_text(json.dumps({name: m.as_dict() for name, m in summary.items()}))
    for name, history in histories.items():
        (tmp_path / f"{name}-history.json").write_text(history.to_json(orient="records"))
    write_features(tmp_path, made)
    settings = load_config([CONFIG]).metrics.model_copy(update={"bootstrap": 100})
    measured = {
        "convergence": convergence.measure(variants=tmp_path / "variants", settings=settings, seed=0),
        "craniofacial": craniofacial.measure(reconstructions=tmp_path / "test.arrow", settings=settings, seed=0),
        "failures": failures.measure(
            predictions=tmp_path / "predictions",
            index=tmp_path / "index",
            faces=tmp_path / "faces",
            settings=settings,
            seed=0,
        ),
    }
    for name, family in measured.items():
        (tmp_path / f"{name}.json").write_text(json.dumps({key: m.as_dict() for key, m in family.items()}))
    (tmp_path / "gain.json").write_text(json.dumps(CHOSEN))
    decoder = [str(path) for path in face_decoder]
    reconstructions, measures = str(tmp_path / "test.arrow"), str(tmp_path / "summary.json")
    folders = {name: str(tmp_path / name) for name in ("index", "faces")}
    return {
        "talkers": {
            "truth": [str(tmp_path / f"{shard}.truth.arrow") for shard in ("00", "01")],
            "clips": str(tmp_path / "clips.arrow"),
        },
        "teaser": {
            "reconstructions": reconstructions, "index": str(tmp_path / "index"), "clips": str(tmp_path / "clips")
        },
        "triplets": {"reconstructions": reconstructions},
        "triplet_gallery": {"reconstructions": reconstructions},
        "decoder_parts": {"reconstructions": reconstructions, "decoder": decoder},
        "gain": {"gain": str(tmp_path / "gain.json"), "reconstructions": reconstructions, "decoder": decoder},
        "retrieval": {"measures": [measures]},
        "retrieval_examples": {"reconstructions": reconstructions, "predictions": str(tmp_path / "predictions")},
        "retrieval_gallery": {"reconstructions": reconstructions, "predictions": str(tmp_path / "predictions")},
        "attributes": {"measures": measures},
        "craniofacial": {"measures": str(tmp_path / "craniofacial.json"), "reconstructions": reconstructions},
        "failures": {
            "measures": str(tmp_path / "failures.json"), "predictions": str(tmp_path / "predictions"),
            "reconstructions": reconstructions, **folders,
        },
        "learning_curves": {name: str(tmp_path / f"{name}-history.json") for name in histories},
        "convergence": {
            "measures": str(tmp_path / "convergence.json"), "variants": str(tmp_path / "variants"),
            "histories": [str(tmp_path / "encoder-history.json")] * 2,
            "reconstructions": reconstructions, "decoder": decoder,
        },
    }  # fmt: skip


def write_features(folder: Path, made: pd.DataFrame) -> None:
    """The index, faces and sound of a run with test clips `made`, predictions for them, and a trial of variants."""
    rng = np.random.default_rng(5)
    learned = [
        {"clip_id": f"x{n:05d}_0", "speaker_id": f"x{n:05d}", "split": "train", "shard": "00", "row": n} | _labels(n)
        for n in range(24)
    ]
    tested = made[["clip_id", "speaker_id", *ABOUT]].to_dict("records")
    tested = [row | {"split": "test", "shard": "00", "row": 24 + n} for n, row in enumerate(tested)]
    faces = [*rng.normal(size=(24, DIMENSION)).astype(np.float32), *made["face_embedding"]]
    write_shard(folder / "index", INDEX, [*learned, *tested])
    embedding = pa.schema([array_field("embedding", DIMENSION, pa.float32())])
    write_shard(folder / "faces" / "00.arrow", embedding, [{"embedding": face} for face in faces])
    sound = pa.schema([array_field("audio", 32000, pa.int16())])
    write_shard(
        folder / "clips" / "00.arrow",
        sound,
        [{"audio": rng.integers(-9000, 9000, 32000).astype(np.int16)} for _ in faces],
    )
    voices = np.stack(made["voice_embedding"].to_list())
    names = ("f2f", "world.ceiling", "s2f", "s2f_pictures")
    true = np.stack(made["face_embedding"].to_list())
    write_predictions(folder / "predictions", made, true, [Prediction.complete(name, voices) for name in names])
    rows = made[["clip_id", "speaker_id", "face_embedding", "voice_embedding", *ABOUT]].to_dict("records")
    variants = ({**row, "condition": name} for name in ("run", "no_batch_norm") for row in rows)
    write_trial(folder / "variants", DIMENSION, variants)
