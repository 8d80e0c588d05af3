"""The classifier of speakers over face embeddings: it tells them apart, repeats itself, and keeps to its cap."""

import pytest
import torch

from speech2face.data.faces import classifier
from speech2face.data.faces.classifier import SpeakerClassifier, fit_classifier


def people(count: int, clips: int, *, seed: int = 0) -> tuple[torch.Tensor, list[str]]:
    """Embeddings of people around centres that are the same for every seed; off centre and of uneven scale."""
    centres = torch.randn(count, 16, generator=torch.Generator().manual_seed(99))
    noise = torch.randn(count * clips, 16, generator=torch.Generator().manual_seed(seed)) * 0.2
    scale = torch.linspace(0.01, 10, 16)
    return (centres.repeat_interleave(clips, 0) + noise) * scale + 5, [
        f"p{i:03}" for i in range(count) for _ in range(clips)
    ]


def accuracy(model: SpeakerClassifier, embeddings: torch.Tensor, speakers: list[str]) -> float:
    return sum(
        model.speakers[row] == speaker for row, speaker in zip(model(embeddings).argmax(1), speakers, strict=True)
    ) / len(speakers)


def test_people_are_told_apart_in_new_pictures_too():
    model = fit_classifier(*people(40, 3))
    assert len(model.speakers) == 40
    assert accuracy(model, *people(40, 2, seed=1)) > 0.95


def test_it_is_the_regularised_optimum():
    embeddings, speakers = people(5, 4)
    model = fit_classifier(embeddings, speakers, weight_decay=0.01)
    labels = torch.tensor([model.speakers.index(speaker) for speaker in speakers])
    loss = torch.nn.functional.cross_entropy(model(embeddings), labels)
    loss = loss + 0.005 * model.linear.weight.square().sum()
    gradients = torch.autograd.grad(loss, list(model.linear.parameters()))
    assert max(gradient.abs().max() for gradient in gradients) < 1e-3
    assert loss < torch.tensor(5.0).log() / 2


def test_it_repeats_itself_in_any_parts(monkeypatch):
    data = people(10, 3)
    first, second = fit_classifier(*data), fit_classifier(*data)
    assert torch.equal(first.linear.weight, second.linear.weight)
    monkeypatch.setattr(classifier, "_ROWS", 7)
    torch.testing.assert_close(fit_classifier(*data)(data[0]), first(data[0]), atol=0.05, rtol=0.05)


def test_units_of_the_embedding_do_not_matter():
    embeddings, speakers = people(5, 3)
    model, scaled = fit_classifier(embeddings, speakers), fit_classifier(embeddings * 100 - 7, speakers)
    torch.testing.assert_close(scaled(embeddings * 100 - 7), model(embeddings), atol=0.05, rtol=0.05)


def test_strong_weight_decay_makes_it_unsure():
    data = people(10, 3)
    sure, unsure = (fit_classifier(*data, weight_decay=decay)(data[0]).softmax(1).amax(1) for decay in (1e-5, 1.0))
    assert unsure.max() < sure.min()


def test_logits_follow_the_embedding():
    embeddings, speakers = people(5, 3)
    model = fit_classifier(embeddings, speakers)
    moved = embeddings[:1].clone().requires_grad_()
    (gradient,) = torch.autograd.grad(model(moved)[0, 0], moved)
    assert gradient.abs().max() > 0
    assert not torch.equal(model(embeddings[:1]), model(embeddings[:1] + 0.1))


def test_a_cap_keeps_those_with_most_clips_then_by_name():
    embeddings, speakers = people(6, 2)
    extra, _ = people(6, 1, seed=2)
    model = fit_classifier(torch.cat([embeddings, extra[4:5]]), [*speakers, "p004"], classes=3)
    assert model.speakers == ("p004", "p000", "p001")
    assert accuracy(model, embeddings[:4], speakers[:4]) == 1


def test_a_number_that_never_changes_does_no_harm():
    embeddings, speakers = people(5, 3)
    embeddings[:, 0] = 1.0
    model = fit_classifier(embeddings, speakers)
    assert torch.isfinite(model(embeddings)).all()
    assert accuracy(model, embeddings, speakers) == 1


def test_wrong_data_are_named():
    embeddings, speakers = people(2, 2)
    with pytest.raises(ValueError, match="4 face embeddings and 3 names"):
        fit_classifier(embeddings, speakers[:3])
    with pytest.raises(ValueError, match="at least two speakers; there are 1"):
        fit_classifier(embeddings[:2], speakers[:2])
