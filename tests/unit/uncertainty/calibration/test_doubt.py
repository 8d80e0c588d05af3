"""The map of doubt holds as many pixels of other people's pictures as it says."""

import numpy as np
import torch

from speech2face.uncertainty.calibration.doubt import OTHERS, fit_doubt, pixel_spread
from speech2face.uncertainty.calibration.voices import read_voices

SIDE = 8


def decode(embeddings):
    """Pictures that faces give: a fixed mixture, between 0 and 1."""
    mixture = torch.from_numpy(np.random.default_rng(4).normal(size=(12, 3 * SIDE * SIDE)) / 6).float()
    return torch.sigmoid(torch.from_numpy(embeddings).float() @ mixture).view(-1, 3, SIDE, SIDE)


def test_pixels_lie_within_the_doubt_as_often_as_promised(calibrated):
    _, model, calibration, audit = calibrated[1.0]
    people = read_voices(calibration, seconds=6.0)
    faces = [model.face(people.voice(row)) for row in range(120)]
    fitted = fit_doubt(model, faces, people.faces[:120], decode, seed=1)
    assert fitted["doubt.usual"].shape == (SIDE, SIDE)
    others, rng, inside = read_voices(audit, seconds=6.0), np.random.default_rng(2), []
    for row in range(150):
        face = model.face(others.voice(row))
        drawn = np.concatenate([face.mean[None], face.sample(OTHERS, rng)])
        pictures = decode(model.embeddings(drawn).astype(np.float32))
        usual = torch.from_numpy(fitted["doubt.usual"])
        doubt = pixel_spread(pictures[0], pictures[1:], usual) * fitted["doubt.factor"][0]
        true = decode(others.faces[row][None].astype(np.float32))[0]
        inside.append(((true - pictures[0]).abs().mean(dim=0) <= doubt).float().mean())
    assert 0.87 <= np.mean(inside) <= 0.95
