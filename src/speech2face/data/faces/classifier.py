"""A classifier of people over face embeddings, as knowledge distillation needs it.

Speech2Face (Oh et al. 2019, section 3.2) distils from the last layer of VGG-Face, which classifies 2,622 people.
The embedding of dlib comes without such a layer; this fits one, a linear softmax, to the training speakers.
"""

from collections import Counter
from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

VGG_FACE_CLASSES = 2622
"""Number of people that the last layer of VGG-Face classifies."""
_ROWS = 8192


class SpeakerClassifier(nn.Module):
    """Face embedding to the logits of known speakers: one linear layer over the standardised embedding.

    Args:
        dimension: length of the embedding.
        speakers: their ids, in the order of the logits.
    """

    mean: Tensor
    spread: Tensor

    def __init__(self, *, dimension: int, speakers: Sequence[str]) -> None:
        super().__init__()
        self.speakers = tuple(speakers)
        self.linear = nn.Linear(dimension, len(self.speakers))
        nn.init.zeros_(self.linear.weight)
        nn.init.zeros_(self.linear.bias)
        self.register_buffer("mean", torch.zeros(dimension))
        self.register_buffer("spread", torch.ones(dimension))

    def forward(self, embedding: Float[Tensor, "batch dimension"]) -> Float[Tensor, "batch speakers"]:
        """Logits, not yet a softmax."""
        return self.linear((embedding - self.mean) / self.spread)


def fit_classifier(
    embeddings: Float[Tensor, "clips dimension"],
    speakers: Sequence[str],
    *,
    classes: int = VGG_FACE_CLASSES,
    weight_decay: float = 1e-4,
    iterations: int = 100,
) -> SpeakerClassifier:
    """Fit the classifier to the training split by L-BFGS; deterministic.

    Args:
        embeddings: face embeddings, one a clip; the fit runs on their device.
        speakers: who is in each clip.
        classes: most speakers to classify: those with most clips, ordered by name if equal.
        weight_decay: strength of the L2 penalty on the weights, beside the mean cross-entropy of a clip.
        iterations: most steps of L-BFGS.

    Raises:
        ValueError: the lengths differ, or there are fewer than two speakers.
    """
    if len(embeddings) != len(speakers):
        raise ValueError(f"There are {len(embeddings)} face embeddings and {len(speakers)} names of speakers.")
    counts = Counter(speakers)
    chosen = sorted(counts, key=lambda speaker: (-counts[speaker], speaker))[:classes]
    if len(chosen) < 2:
        raise ValueError(f"A classifier needs at least two speakers; there are {len(chosen)}.")
    number = {speaker: index for index, speaker in enumerate(chosen)}
    rows = [row for row, speaker in enumerate(speakers) if speaker in number]
    device = embeddings.device
    known = embeddings[torch.tensor(rows, device=device)].float()
    labels = torch.tensor([number[speakers[row]] for row in rows], device=device)

    model = SpeakerClassifier(dimension=known.shape[1], speakers=chosen).to(device)
    model.mean.copy_(known.mean(dim=0))
    # A constant unit carries no information; the lower bound avoids a division by zero.
    model.spread.copy_(known.std(dim=0).clamp_min(1e-6))
    optimiser = torch.optim.LBFGS(model.parameters(), max_iter=iterations, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimiser.zero_grad()
        penalty = 0.5 * weight_decay * model.linear.weight.square().sum()
        penalty.backward()
        total = penalty.detach()
        # In parts: all clips times all speakers at once would be gigabytes for a large world.
        for part, label in zip(known.split(_ROWS), labels.split(_ROWS), strict=True):
            loss = functional.cross_entropy(model(part), label, reduction="sum") / len(known)
            loss.backward()
            total = total + loss.detach()
        return total

    optimiser.step(closure)
    return model.eval()
