"""Sharpness of the pictures beside photographs, and how white their background is.

The paper's F2F pictures have 0.285 of the original photographs' variance of the Laplacian inside the face, by this
measure, and its S2F pictures 0.22 to 0.29 (121 of the samples that its authors published).
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from jaxtyping import Float, UInt8
from scipy.ndimage import laplace
from scipy.spatial import Delaunay

from speech2face.base.columns import gather_arrays, mapped_values
from speech2face.base.images import decode_image
from speech2face.base.intervals import Estimate, mean_of_speakers, statistic_of_speakers
from speech2face.base.random import stream
from speech2face.base.shards import read_shard
from speech2face.config import Metrics
from speech2face.data.faces.alignment import crop_landmarks, face_crop
from speech2face.data.faces.landmarks import LANDMARKS
from speech2face.data.splits.share import TEST, read_index
from speech2face.evaluation.predictions.schema import PICTURES

SIDE = 128
"""Side in pixels of the crops that are compared: detail beyond it depends on the size of the pictures alone."""
_GREY = np.array([0.299, 0.587, 0.114])
LEAST = 1e-3
"""Variance of a picture without any detail, for its logarithm; photographs have 100 and more."""
_CORNER = 8
"""The upper corners that no head reaches: squares of this part of the side."""


def sharpness(picture: UInt8[np.ndarray, "height width 3"], landmarks: Float[np.ndarray, "68 2"]) -> float:
    """The variance of the Laplacian of the grey values inside the face, the convex hull of its landmarks.

    Args:
        picture: aligned and brought to `SIDE` before it is measured.
        landmarks: as fractions of the sides.
    """
    in_pixels = landmarks * picture.shape[1::-1] - 0.5
    crop = face_crop(picture, in_pixels, SIDE)
    rows, columns = np.mgrid[:SIDE, :SIDE]
    hull = Delaunay(crop_landmarks(in_pixels) * SIDE - 0.5)
    inside = hull.find_simplex(np.column_stack([columns.ravel(), rows.ravel()])) >= 0
    return float(laplace(crop @ _GREY).ravel()[inside].var())


def measure(
    *,
    reconstructions: Path,
    settings: Metrics,
    seed: int,
    stills: Path | None = None,
    portraits: Path = Path(),
) -> dict[str, Estimate]:
    """`<kind>.generation.sharpness` of the kinds of pictures, and their `background` and `background_spread`.

    Sharpness is the ratio of `sharpness` of the picture to that of the photograph: a neutral still of the person where
    there are such, or the clip's own. It is the geometric mean over people (of each person's clips likewise): the mean
    of ratios would depend on a few blurred photographs, and the ratio of means on a few sharp ones. The background is
    the mean grey value of both upper corners in percent of white, and the spread its standard deviation there. Pictures
    in which no face was found are left out.

    Args:
        stills: index of the portraits, whose test split are neutral stills of the test speakers.
        portraits: folder of the portraits' shards.
    """
    made = read_shard(reconstructions).to_pandas()
    references = {} if stills is None else _references(stills, portraits)
    rng = stream(seed, "sharpness")
    measures = dict[str, Estimate]()
    for kind in PICTURES:
        shown = made[made[f"{kind}_landmarks"].notna()]
        if shown.empty:
            continue
        rows = [_of_row(row, kind, references) for row in shown.to_dict("records")]
        people = pd.DataFrame(rows).groupby("speaker_id").mean()
        logarithms = people["sharpness"].to_numpy()
        measures[f"{kind}.generation.sharpness"] = statistic_of_speakers(
            lambda weights, x=logarithms: float(np.exp(np.average(x, weights=weights))),  # type: ignore[misc]
            len(people), rng, settings.bootstrap,
        )  # fmt: skip
        for what in ("background", "background_spread"):
            measures[f"{kind}.generation.{what}"] = mean_of_speakers(people[what].to_numpy(), rng, settings.bootstrap)
    return measures


def _of_row(row: Mapping[str, object], kind: str, references: Mapping[str, float]) -> dict[str, object]:
    """Logarithm of the sharpness, and background, of one picture."""
    picture = decode_image(row[kind])  # type: ignore[arg-type]
    own, photograph = _logarithm(picture, row[f"{kind}_landmarks"]), references.get(str(row["speaker_id"]))
    if photograph is None:
        photograph = _logarithm(decode_image(row["original"]), row["original_landmarks"])  # type: ignore[arg-type]
    side = max(1, picture.shape[0] // _CORNER)
    corners = np.concatenate([picture[:side, :side], picture[:side, -side:]]) @ _GREY * (100 / 255)
    return {
        "speaker_id": row["speaker_id"],
        "sharpness": own - photograph,
        "background": corners.mean(),
        "background_spread": corners.std(),
    }


def _logarithm(picture: UInt8[np.ndarray, "height width 3"], landmarks: object) -> float:
    points = np.asarray(landmarks, float).reshape(LANDMARKS, 2)
    return float(np.log(max(sharpness(picture, points), LEAST)))


def _references(stills: Path, portraits: Path) -> dict[str, float]:
    """Logarithm of the sharpness of each test speaker's still."""
    rows = read_index(stills, TEST)
    crops, in_frames = mapped_values(rows, portraits, "crop"), gather_arrays(rows, portraits, "landmarks")
    return {
        speaker: _logarithm(
            decode_image(crops[row]), crop_landmarks(in_frames[row].reshape(LANDMARKS, 2).astype(float))
        )
        for row, speaker in enumerate(rows["speaker_id"])
    }
