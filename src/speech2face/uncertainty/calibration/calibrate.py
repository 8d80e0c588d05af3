"""The calibration phase: calibration people in, everything that is fitted after the networks out."""

from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file

from speech2face.base.files import lineage, write_sealed, write_tensors
from speech2face.config import Calibration
from speech2face.learning.decoder.presets import decode, load_face_decoder
from speech2face.learning.training.optimise import prepare
from speech2face.uncertainty.calibration.collect import USUAL
from speech2face.uncertainty.calibration.doubt import fit_doubt
from speech2face.uncertainty.calibration.fit import fit_calibration
from speech2face.uncertainty.calibration.judgement import FaceDistribution
from speech2face.uncertainty.calibration.model import CalibrationModel
from speech2face.uncertainty.calibration.voices import read_voices


def calibrate(
    *,
    settings: Calibration,
    seed: int,
    heard: Path,
    decoder: tuple[Path, Path],
    weights: Path,
    config: Path,
) -> None:
    """Fit the calibration.

    Args:
        settings: config section `calibration`.
        seed: of all chance.
        heard: table of the calibration people, see `collect_people`.
        decoder: weights and config of the face decoder.
        weights: file of the weights to write.
        config: description of the calibration to write (JSON).

    Raises:
        ValueError: there are too few people for what the settings promise.
    """
    prepare(seed, settings.threads)
    fitted = fit_calibration(heard, settings, seed)
    model = CalibrationModel(fitted.tensors, fitted.description)
    length = model.lengths.index(model.usual)
    people = read_voices(heard, USUAL, model.usual)
    some = slice(0, settings.pixel_people)
    # Out-of-fold predictions are as good as those of people who come later.
    faces = [
        FaceDistribution(mean=mean, covariance=fitted.tensors[f"{length}.face.covariance"])
        for mean in fitted.tensors[f"{length}.face.out_of_fold"][some]
    ]
    network = load_face_decoder(*decoder)
    tensors = fitted.tensors | fit_doubt(
        model, faces, people.faces[some], lambda embeddings: decode(network, torch.from_numpy(embeddings)), seed
    )
    kept = {
        name: np.ascontiguousarray(value, np.float32)
        for name, value in tensors.items()
        if not name.endswith("face.out_of_fold")
    }
    write_tensors(weights, kept, save_file)
    write_sealed(config, {**fitted.description, "made_from": lineage([heard, decoder[0]])})
