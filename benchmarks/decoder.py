"""Speed of the appearance model: fitting it to portraits, and decoding one face.

    python benchmarks/decoder.py --portraits 5000 --size 224

The portraits are made up: noise in the shape of a head, landmarks of one face with noise. The obvious way to warp, with
which decoding is compared, evaluates the spline at every pixel. The last line is one JSON object.
"""

import argparse
import json
import os
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor
from torch.nn import functional

from speech2face.base.images import encode_jpeg, encode_png
from speech2face.base.shards import write_shard
from speech2face.config import load_config
from speech2face.data.faces.alignment import CROP_SIZE
from speech2face.data.portraits.schema import schema
from speech2face.learning.decoder.fit import fit_appearance
from speech2face.learning.decoder.warp import boundary_points, spline_displacements

DIMENSION = 128
"""Length of the face embedding of dlib."""
PICTURES = 16
"""Different pictures among the portraits."""
TURNS = 30
CONFIG = Path(__file__).parents[1] / "config" / "config.yaml"


def write_portraits(folder: Path, count: int, landmarks: np.ndarray) -> pd.DataFrame:
    """Write a shard of made-up portraits, and return its index.

    Args:
        landmarks: of a face, in pixels of the crop.
    """
    rng = np.random.default_rng(0)
    down, across = np.mgrid[:CROP_SIZE, :CROP_SIZE] / CROP_SIZE - 0.5
    head = encode_png(np.where((across / 0.35) ** 2 + (down / 0.45) ** 2 < 1, 255, 0).astype(np.uint8))
    noise = rng.integers(0, 255, (PICTURES, CROP_SIZE // 8, CROP_SIZE // 8, 3), np.uint8)
    crops = [encode_jpeg(picture.repeat(8, axis=0).repeat(8, axis=1)) for picture in noise]
    rows = (
        {
            "clip_id": f"{row}",
            "speaker_id": f"{row}",
            "status": "ok",
            "crop": crops[row % PICTURES],
            "alpha": head,
            "quality": rng.uniform(0.5, 1),
            "embedding": rng.normal(size=DIMENSION).astype(np.float32),
            "landmarks": (landmarks + rng.normal(0, 2, landmarks.shape)).astype(np.float32).ravel(),
        }
        for row in range(count)
    )
    write_shard(folder / "00.arrow", schema(DIMENSION), rows)
    return pd.DataFrame({"shard": "00", "row": range(count)})


def warp_each_pixel(image: Tensor, sources: Tensor, targets: Tensor) -> Tensor:
    """`warp`, with the spline evaluated at every pixel."""
    side = image.shape[2]
    along = (torch.arange(side) + 0.5) / side
    y, x = torch.meshgrid(along, along, indexing="ij")
    points, still = torch.stack([x, y], dim=-1).view(-1, 2), boundary_points().float()[None]
    controls, moved = torch.cat([targets, still], 1), functional.pad(sources - targets, (0, 0, 0, still.shape[1]))
    positions = (points + spline_displacements(controls, moved, points)).view(-1, side, side, 2)
    return functional.grid_sample(image, 2 * positions - 1, padding_mode="border", align_corners=False)


def fastest(work: Callable[[], object]) -> float:
    """Milliseconds of the fastest of some turns."""
    turns = []
    for _ in range(TURNS):
        start = time.perf_counter()
        work()
        turns.append(time.perf_counter() - start)
    return 1e3 * min(turns)


def mean_face() -> np.ndarray:
    """Landmarks of a face in pixels of the crop: rings and lines in the numbering of iBUG 300-W."""
    angle = np.linspace(0, np.pi, 17)
    parts = [np.stack([0.5 - 0.26 * np.cos(angle), 0.45 + 0.38 * np.sin(angle)], 1)]
    parts += [np.stack([x + np.linspace(-0.07, 0.07, 5), np.full(5, 0.32)], 1) for x in (0.37, 0.63)]
    parts.append(np.stack([np.full(4, 0.5), np.linspace(0.4, 0.54, 4)], 1))
    parts.append(np.stack([np.linspace(0.45, 0.55, 5), np.full(5, 0.58)], 1))
    rings = [(0.37, 0.385, 0.045, 0.018, 6), (0.63, 0.385, 0.045, 0.018, 6)]
    for x, y, width, height, count in [*rings, (0.5, 0.69, 0.09, 0.04, 12), (0.5, 0.69, 0.07, 0.015, 8)]:
        around = np.arange(count) * 2 * np.pi / count
        parts.append(np.stack([x - width * np.cos(around), y - height * np.sin(around)], 1))
    return np.concatenate(parts) * CROP_SIZE


def main() -> None:
    """Measure and print; the last line is JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--portraits", type=int, default=5000)
    parser.add_argument("--size", type=int, default=224)
    options = parser.parse_args()
    settings = load_config([CONFIG]).decoder.model_copy(update={"size": options.size})
    with tempfile.TemporaryDirectory() as name:
        rows = write_portraits(Path(name), options.portraits, mean_face())
        validation = len(rows) // 10
        parts = {"train": rows[validation:], "validation": rows[:validation]}
        start, work = time.perf_counter(), time.process_time()
        network = fit_appearance(parts, Path(name), settings).network.eval()
        fit = {"wall_s": time.perf_counter() - start, "cpu_s": time.process_time() - work}
    peak_gb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    embedding = network.mean + network.spread * torch.randn(1, DIMENSION)
    with torch.inference_mode():
        drawn = network.parts(embedding)
        decode = fastest(lambda: network(embedding))
        lattice = fastest(lambda: network.parts(embedding).picture) - fastest(
            lambda: network.normalised(network.first(embedding))
        )
        dense = fastest(lambda: warp_each_pixel(drawn.texture, network.mean_landmarks[None], drawn.landmarks))
    result = {
        "name": "decoder",
        "ratio": dense / lattice,
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "portraits": options.portraits,
        "fit": fit,
        "peak_gb": peak_gb,
        "decode_ms": decode,
        "warp_ms": lattice,
        "warp_each_pixel_ms": dense,
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
