"""A whole bundle of tiny untrained networks and a calibration of made people."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.numpy import save_file

from speech2face.base.files import write_sealed, write_tensors
from speech2face.base.shards import write_shard
from speech2face.base.weights import save_model
from speech2face.config import load_config
from speech2face.data.splits.share import INDEX
from speech2face.learning.decoder.cole import ColeFaceDecoder
from speech2face.learning.encoder.presets import build_voice_encoder
from speech2face.product.bundle.pack import pack_bundle
from speech2face.uncertainty.calibration.calibrate import calibrate
from speech2face.uncertainty.calibration.coverage import check_coverage
from speech2face.uncertainty.heads.model import HeadRegressor
from tests.conftest import ROOT
from tests.unit.uncertainty.calibration.made_people import DIMENSION, FEATURES, write_people

CONFIG = load_config([ROOT / "config" / "config.yaml"])
ENCODER = {
    "dimension": DIMENSION, "mels": 20, "stride": 2, "channels": FEATURES // 2, "batch_norm": True, "dropout": 0.0
}  # fmt: skip
DECODER = {"dimension": DIMENSION, "size": 32, "landmarks": 68}


def made_heads() -> HeadRegressor:
    """Tetrahedra that a face embedding stretches."""
    rng = np.random.default_rng(0)
    return HeadRegressor(
        mean=np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], np.float32),
        axes=0.1 * rng.normal(size=(2, 4, 3)).astype(np.float32),
        weights=rng.normal(size=(DIMENSION, 2)).astype(np.float32),
        offset=np.zeros(2, np.float32),
        triangles=np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]], np.int32),
        eyes=np.array([False, False, False, True]),
    )


def make_bundle(folder: Path, *, encoders: int = 2, source: str = "talkers", traits: bool = True, **more: Any) -> Path:
    """Write all that a run would and pack it; returns the bundle's folder.

    Args:
        source, traits: see `pack_bundle`.
        more: for `write_people`.
    """
    torch.manual_seed(0)
    weights = []
    for number in range(encoders):
        weights += [folder / f"encoder_{number}.safetensors", folder / f"encoder_{number}.json"]
        description = {"preset": "small", "arguments": ENCODER}
        save_model(build_voice_encoder("small", ENCODER), *weights[-2:], description)
    decoder = [folder / "decoder.safetensors", folder / "decoder.json"]
    network = ColeFaceDecoder(**DECODER)
    # Points of a face lie apart, and move a little.
    network.mean_landmarks.copy_(torch.rand(68, 2) * 0.6 + 0.2)
    network.landmark_spread.fill_(0.02)
    save_model(network, *decoder, {"preset": "cole", "arguments": DECODER})
    heard = [folder / "calibration.arrow", folder / "audit.arrow"]
    for seed, path in enumerate(heard):
        write_people(path, people=200, seed=seed, **more)
    calibration = [folder / "fitted.safetensors", folder / "fitted.json"]
    settings = CONFIG.calibration.model_copy(
        update={"lengths": (1.0, 6.0), "pixel_people": 30, "threads": 1, "outside": 0.001}
    )
    calibrate(settings=settings, seed=1, heard=heard[0], decoder=decoder, weights=calibration[0], config=calibration[1])
    check_coverage(heard=[heard[1]], calibration=calibration, calibrations=(), output=folder / "coverage.json")
    heads = [folder / "heads.safetensors", folder / "heads.json"]
    write_tensors(heads[0], made_heads().tensors(), save_file)
    write_sealed(heads[1], {"error_mm": {}})
    rows = [
        {"clip_id": f"p{n}_0", "speaker_id": f"p{n}", "split": "train", "shard": "00", "row": n}
        | {"sex": "female", "age": 20.0 + n, "language": "de", "origin": "made people", "licence": "none"}
        for n in range(12)
    ]
    write_shard(folder / "index.arrow", INDEX, rows)
    pack_bundle(
        source=source,
        limits=CONFIG.clips,
        voices=CONFIG.voices,
        index=folder / "index.arrow",
        heard=heard,
        encoders=weights,
        decoder=decoder,
        calibration=calibration,
        heads=heads,
        coverage=folder / "coverage.json",
        config=folder / "bundle" / "config.json",
        traits=traits,
    )
    return folder / "bundle"
