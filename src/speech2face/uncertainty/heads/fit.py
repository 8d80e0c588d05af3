"""The heads phase: panel people in, a linear regression from face embeddings to heads and its errors out.

Only the talkers' world knows the true heads of its people.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float
from safetensors.numpy import save_file

from speech2face.base.files import lineage, write_sealed, write_tensors
from speech2face.base.intervals import mean_of_speakers
from speech2face.base.random import stream
from speech2face.base.weights import load_arrays, read_description
from speech2face.config import Talkers
from speech2face.config.talkers import talker_number
from speech2face.data.talkers.head import HeadModel
from speech2face.data.talkers.mesh import MASKS, Material
from speech2face.data.talkers.population import sample_talker
from speech2face.uncertainty.calibration.collect import USUAL
from speech2face.uncertainty.calibration.model import CalibrationModel
from speech2face.uncertainty.calibration.ridge import Ridge
from speech2face.uncertainty.calibration.voices import CalibrationVoices, read_voices
from speech2face.uncertainty.heads.model import HeadRegressor

# They leave a root mean square error of 0.4 mm, an eighth of the error from the true face's embedding.
_AXES = 60
# More people change the axes little, and each mesh has some thousand points.
_MOST_PEOPLE = 1500
_SHOWN = (Material.SKIN, Material.MOUTH, Material.EYE)
_MM_PER_DM = 100.0
# The face, on the average head: before the ears, from the chin to the hair; decimetres from the eyes' midpoint.
_BACK, _LOWEST, _HIGHEST = -0.75, -1.2, 0.75
_RESAMPLES = 1000


def fit_heads(
    *,
    world: Talkers,
    seed: int,
    heard: tuple[Path, Path],
    calibration: tuple[Path, Path],
    head_model: Path,
    weights: Path,
    config: Path,
) -> None:
    """Fit heads to the calibration people of the panel, and measure those of the audit people.

    Args:
        world: config section `talkers`.
        seed: of the world.
        heard: table of the calibration people, then that of the audit people.
        calibration: weights and config of the calibration.
        head_model: the file that all talkers share.
        weights: file of the weights to write.
        config: errors of the heads to write, in millimetres (JSON).
    """
    model = HeadModel.load(head_model.parent)
    calibrated = CalibrationModel(load_arrays(calibration[0]), read_description(calibration[1]))
    known, others = (read_voices(path, USUAL, calibrated.usual) for path in heard)
    sexes = known.about["sex"].to_numpy()[:_MOST_PEOPLE]
    shapes, truth = (_shapes(model, who, world, seed) for who in (known.about[:_MOST_PEOPLE], others.about))
    heads = _fit(model, known, shapes)
    write_tensors(weights, heads.tensors(), save_file)
    voices = np.stack([calibrated.face(voice).mean for voice in others.voices])
    of_sex = {sex: shapes[sexes == sex].mean(axis=0) for sex in set(sexes)}
    predicted = {
        "voice": heads.points(calibrated.embeddings(voices)),
        "face": heads.points(others.faces),
        "mean head": np.broadcast_to(heads.mean, truth.shape),
        "mean head of the sex": np.stack([of_sex[sex] for sex in others.about["sex"]]),
    }
    errors = _errors(predicted, truth, _face(model), stream(seed, "heads"))
    write_sealed(config, {**errors, "made_from": lineage([*heard, calibration[0]])})


def _shapes(model: HeadModel, about: pd.DataFrame, world: Talkers, seed: int) -> Float[np.ndarray, "people points 3"]:
    """The true heads of panel people, the eyes' midpoint at the origin, decimetres."""
    talkers = [sample_talker(talker_number(name), seed, world) for name in about["speaker_id"]]
    return np.stack([model.head(talker.shape).vertices for talker in talkers])


def _fit(model: HeadModel, people: CalibrationVoices, shapes: np.ndarray) -> HeadRegressor:
    points = shapes.reshape(len(shapes), -1).astype(np.float64)
    mean = points.mean(axis=0)
    left, spread, axes = np.linalg.svd(points - mean, full_matrices=False)
    count = min(_AXES, len(shapes) - 1)
    linear = Ridge(people.faces[: len(shapes)]).fit(left[:, :count] * spread[:count])
    return HeadRegressor(
        mean=mean.reshape(-1, 3).astype(np.float32),
        axes=axes[:count].reshape(count, -1, 3).astype(np.float32),
        weights=linear.weights.astype(np.float32),
        offset=linear.offset.astype(np.float32),
        triangles=model.triangles[np.isin(model.materials, _SHOWN)].astype(np.int32),
        eyes=np.isin(np.arange(len(model.base)), model.triangles[model.materials == Material.EYE]),
    )


def _face(model: HeadModel) -> Bool[np.ndarray, "points"]:
    skin = np.isin(np.arange(len(model.base)), model.triangles[model.materials == Material.SKIN])
    _, y, z = model.canonical.T
    hidden = (model.masks[:, [MASKS.index("ears"), MASKS.index("inside-mouth")]] > 0.5).any(axis=1)
    return skin & (z > _BACK) & (y > _LOWEST) & (y < _HIGHEST) & ~hidden


def _errors(
    predicted: dict[str, Float[np.ndarray, "people points 3"]],
    truth: Float[np.ndarray, "people points 3"],
    face: Bool[np.ndarray, "points"],
    rng: np.random.Generator,
) -> dict[str, object]:
    """Root mean square distances to the true faces, millimetres, in the mean over people."""
    apart = {
        name: _MM_PER_DM * np.sqrt(((points - truth)[:, face] ** 2).sum(axis=2).mean(axis=1))
        for name, points in predicted.items()
    }
    errors = {name: mean_of_speakers(values, rng, _RESAMPLES).as_dict() for name, values in apart.items()}
    return {"people": len(truth), "points": int(face.sum()), "error_mm": errors}
