"""The strong voice encoder: the sum of its two parts, in the units of the faces."""

import torch

from speech2face.learning.encoder.campplus_weights import load_campplus
from speech2face.learning.encoder.frontends import SAMPLE_RATE
from speech2face.learning.encoder.strong import StrongVoiceEncoder


def test_it_predicts_the_sum_of_both_parts_in_the_units_of_the_faces():
    torch.manual_seed(0)
    model = StrongVoiceEncoder(dimension=8, fine_tune=False, hidden=0, mels=20, channels=16, dropout=0.3)
    faces = torch.randn(20, 8) * 3 + 7
    voices = torch.randn(4, SAMPLE_RATE) * 0.1
    model.initialise(faces, iter([voices]))
    model.eval()
    with torch.no_grad():
        parts = model.speaker.predict_standardised(voices), model.small.predict_standardised(voices)
        torch.testing.assert_close(model(voices), (parts[0] + parts[1]) * model.spread + model.mean)
    assert all(part.abs().max() > 1e-3 for part in parts)
    torch.testing.assert_close(model.mean, faces.mean(dim=0))
    # Its trunk has the released weights, and stays frozen in training.
    released = load_campplus().state_dict()
    assert all(torch.equal(value, released[name]) for name, value in model.speaker.speaker_network.state_dict().items())
    assert not any(parameter.requires_grad for parameter in model.speaker.speaker_network.parameters())
