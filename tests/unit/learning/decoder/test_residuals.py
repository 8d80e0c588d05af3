"""What embeddings leave open: the modes have the covariance of what a regression cannot predict."""

import torch

from speech2face.learning.decoder.residuals import residual_modes
from speech2face.learning.decoder.ridge import FaceBatch, Ridge

PEOPLE, TARGETS = 400, 12


def test_modes_are_the_strongest_residuals_with_their_spread():
    generator = torch.Generator().manual_seed(0)
    embedding = torch.randn(PEOPLE, 5, generator=generator)
    embedding -= embedding.mean(dim=0)
    # Hair, that the embedding does not tell, and a little of everything else.
    hair = torch.zeros(TARGETS)
    hair[3], hair[7] = 0.6, 0.8
    targets = embedding @ torch.randn(5, TARGETS, generator=generator)
    targets += 3.0 * torch.randn(PEOPLE, 1, generator=generator) * hair
    targets += 0.1 * torch.randn(PEOPLE, TARGETS, generator=generator)
    halves = (slice(200), slice(200, None))
    faces = [FaceBatch(embedding=embedding[half], targets=targets[half], weight=torch.ones(200)) for half in halves]
    modes = residual_modes(Ridge.of(faces), 1.0, faces, 2)
    torch.testing.assert_close(modes[0].norm(), torch.tensor(3.0), atol=0.3, rtol=0)
    assert abs(modes[0] @ hair) > 0.999 * modes[0].norm()
    assert modes[1].norm() < 0.2


def test_a_face_without_weight_leaves_nothing():
    generator = torch.Generator().manual_seed(0)
    embedding, targets = torch.randn(20, 3, generator=generator), torch.randn(20, TARGETS, generator=generator)
    weight = torch.ones(20)
    weight[0] = 0
    embedding -= (weight @ embedding) / weight.sum()
    odd = targets.clone()
    odd[0] = 1000
    of_both = []
    for drawn in (targets, odd):
        faces = [FaceBatch(embedding=embedding, targets=drawn, weight=weight)]
        of_both.append(residual_modes(Ridge.of(faces), 1.0, faces, 3).abs())
    torch.testing.assert_close(*of_both, atol=1e-4, rtol=1e-4)
