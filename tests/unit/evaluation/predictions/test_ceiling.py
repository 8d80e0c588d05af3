"""The ceiling: high where the true parameters determine the face, chance where they do not."""

import numpy as np
import pandas as pd
import pytest

from speech2face.evaluation.metrics.retrieval import centred_cosine, hits_at
from speech2face.evaluation.predictions.ceiling import NUMBERS, predict_from_truth


@pytest.mark.parametrize(("coupled", "least", "most"), [(True, 0.8, 1.0), (False, 0.0, 0.3)])
def test_ceiling_follows_the_coupling(coupled, least, most):
    rng = np.random.default_rng(0)
    truth = pd.DataFrame(rng.normal(size=(240, 5)), columns=list(NUMBERS)).assign(
        pitch_hz=lambda t: np.exp(t["pitch_hz"]), language="de", speaker_id=[f"t{i}" for i in range(240)]
    )
    cause = truth[list(NUMBERS)].assign(pitch_hz=np.log(truth["pitch_hz"])).to_numpy()
    faces = (cause if coupled else rng.normal(size=cause.shape)) @ rng.normal(size=(5, 16))
    predicted = predict_from_truth(truth, truth[:200], faces[:200], truth[200:])
    hits = hits_at(centred_cosine(predicted, faces[200:]), 4).mean()
    assert least <= hits <= most
