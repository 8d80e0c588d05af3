"""How well real voices find real faces: the head of the `speaker` preset on frozen CAM++ embeddings.

The folder of pairs is described in `pairs.py`. The people are divided into folds; each fold's faces are predicted by a
head that was trained on the other folds' people. Every voice is then asked for its own clip's face among the faces of
all clips, those of other clips of the same person included, by the cosine after the training faces' mean has been
taken out on both sides. Recall at K % is the share of voices whose face is among the first K % of the gallery; chance
is K.

The second line ranks by the cosine within the directions that together hold 90 % of the variance of the head's
answers to the training voices: what no voice tells of a face is noise in a ranking by voice.

Seeds change the division into folds and the chance in training. The head's settings, and the 90 %, are the same for
all folds and seeds. They were not chosen blindly: ridge penalties and shares around them were looked at on 336 pairs
of VoxCeleb, where recall is flat to about a point.
"""

import argparse
import math
import sys
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, Int
from pairs import CONFIG, Pairs, embed_faces, read_pairs
from torch import Tensor
from torch.nn import functional

from speech2face.config import load_config
from speech2face.data.faces.encoders import load_face_encoder
from speech2face.evaluation.metrics.retrieval import cosine, hits_at, percent_to_rank
from speech2face.learning.encoder.campplus import EMBEDDING
from speech2face.learning.encoder.speaker import SpeakerVoiceEncoder

PERCENTS = (1, 2, 5, 10)

# Half of the speaker embedding is left out in each step: with a linear head that is ridge regression with a penalty
# of as many units as there are samples.
DROPOUT = 0.5
EPOCHS = 60
BATCH = 32
LEARNING_RATE = 3e-3
EXPLAINED = 0.9
VOICES_AT_ONCE = 8


@dataclass(frozen=True, kw_only=True)
class Recalls:
    """Recall in percent at each of `PERCENTS`, by all directions of a face embedding and by those that voices tell."""

    plain: Float[np.ndarray, "percents"]
    told: Float[np.ndarray, "percents"]


@torch.inference_mode()
def embed_voices(encoder: SpeakerVoiceEncoder, waves: Float[np.ndarray, "clips samples"]) -> Float[Tensor, "clips 192"]:
    """Embed voices with the trunk."""
    return encoder.listen(torch.from_numpy(waves).to(encoder.mean.device))


def embed(encoder: SpeakerVoiceEncoder, pairs: Pairs, workers: int) -> tuple[Tensor, Tensor]:
    """The trunk's embeddings of all voices and the faces' embeddings, computed side by side in threads.

    Voices of one length are embedded a few at a time.
    """
    lengths = defaultdict(list)
    for clip, voice in enumerate(pairs.voices):
        lengths[len(voice)].append(clip)
    batches = [
        clips[at : at + VOICES_AT_ONCE] for clips in lengths.values() for at in range(0, len(clips), VOICES_AT_ONCE)
    ]
    encoder.eval()
    voices = torch.empty(len(pairs.voices), EMBEDDING, device=encoder.mean.device)
    with ThreadPoolExecutor(workers) as pool:
        faces = pool.submit(embed_faces, pairs.faces)
        sounds = (np.stack([pairs.voices[clip] for clip in batch]) for batch in batches)
        for batch, embedded in zip(batches, pool.map(partial(embed_voices, encoder), sounds), strict=True):
            voices[batch] = embedded
        return voices, torch.from_numpy(faces.result()).to(voices.device)


def fit_head(
    encoder: SpeakerVoiceEncoder,
    voices: Float[Tensor, "clips 192"],
    faces: Float[Tensor, "clips dimension"],
    seed: int,
) -> None:
    """Train the encoder's head anew to predict the faces from the trunk's embeddings: mean squared error, Adam."""
    torch.manual_seed(seed)
    for layer in encoder.regression:
        if isinstance(layer, torch.nn.Linear):
            layer.reset_parameters()
    encoder.standardise(voices)
    encoder.mean.copy_(faces.mean(dim=0))
    encoder.spread.copy_((faces - encoder.mean).square().mean().sqrt())
    encoder.train()
    optimiser = torch.optim.Adam(encoder.regression.parameters(), lr=LEARNING_RATE)
    steps = EPOCHS * math.ceil(len(voices) / BATCH)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    for _ in range(EPOCHS):
        for batch in torch.randperm(len(voices)).to(voices.device).split(BATCH):
            loss = functional.mse_loss(encoder.answer(voices[batch]) / encoder.spread, faces[batch] / encoder.spread)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    encoder.eval()


def cross_validate(
    encoder: SpeakerVoiceEncoder,
    voices: Float[Tensor, "clips 192"],
    faces: Float[Tensor, "clips dimension"],
    speakers: Int[np.ndarray, "clips"],
    folds: int,
    seed: int,
) -> Recalls:
    """Predict each fold's faces from the other folds' people, and rank."""
    fold_of_speaker = np.random.default_rng(seed).permutation(speakers.max() + 1) % folds
    fold_of_clip = fold_of_speaker[speakers]
    plain = np.empty((len(speakers), len(speakers)))
    told = np.empty_like(plain)
    for fold in range(folds):
        held_out = fold_of_clip == fold
        known = torch.from_numpy(~held_out).to(voices.device)
        fit_head(encoder, voices[known], faces[known], seed)
        with torch.inference_mode():
            answers = (encoder.answer(voices) - encoder.mean).cpu().numpy()
            gallery = (faces - encoder.mean).cpu().numpy()
        directions = main_directions(answers[~held_out], EXPLAINED)
        plain[held_out] = cosine(answers[held_out], gallery)
        told[held_out] = cosine(answers[held_out] @ directions, gallery @ directions)
    return Recalls(plain=recalls(plain), told=recalls(told))


def main_directions(answers: Float[np.ndarray, "clips dimension"], share: float) -> Float[np.ndarray, "dimension k"]:
    """The fewest orthogonal directions that hold at least `share` of the variance."""
    _, spreads, directions = np.linalg.svd(answers - answers.mean(axis=0), full_matrices=False)
    held = np.cumsum(spreads**2) / np.sum(spreads**2)
    return directions[: np.searchsorted(held, share) + 1].T


def recalls(similarity: Float[np.ndarray, "clips clips"]) -> Float[np.ndarray, "percents"]:
    """Recall in percent at each of `PERCENTS`."""
    ranks = [percent_to_rank(percent, len(similarity)) for percent in PERCENTS]
    return np.array([100 * hits_at(similarity, rank).mean() for rank in ranks])


def measure(folder: Path, seeds: int, folds: int) -> None:
    """Measure and print."""
    started = time.perf_counter()
    # Many small networks: each thread takes one by itself, and none waits for the others at every layer.
    workers = torch.get_num_threads()
    torch.set_num_threads(1)
    pairs = read_pairs(folder)
    people = pairs.speakers.max() + 1
    if folds > people:
        raise ValueError(f"{folds} folds need at least as many people, and {folder} has {people}.")
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    place = torch.cuda.get_device_name(device) if device.type == "cuda" else f"{workers} CPU threads"
    dimension = load_face_encoder(load_config([CONFIG]).faces).dimension
    encoder = SpeakerVoiceEncoder(dimension=dimension, fine_tune=False, hidden=0, dropout=DROPOUT).to(device)
    encoder.load_pretrained()
    voices, faces = embed(encoder, pairs, workers)
    embedded = time.perf_counter()
    found = [cross_validate(encoder, voices, faces, pairs.speakers, folds, seed) for seed in range(seeds)]
    ended = time.perf_counter()

    print(f"{len(faces)} clips of {people} people, {folds} folds by person, {seeds} seeds, {place}")
    _print_cells("recall in %, mean ± sd of seeds", [f"@{percent} %" for percent in PERCENTS])
    _print_row("all directions of the embedding", [recall.plain for recall in found])
    _print_row("directions that voices tell", [recall.told for recall in found])
    _print_cells("chance", [f"{percent:.1f}" for percent in PERCENTS])
    print(
        f"time: {ended - started:.1f} s (reading and embedding {embedded - started:.1f}, "
        f"{seeds * folds} heads {ended - embedded:.1f})"
    )


def _print_row(name: str, values: list[np.ndarray]) -> None:
    means, spreads = np.mean(values, axis=0), np.std(values, axis=0, ddof=1)
    cells = [f"{mean:.1f} ± {spread:.1f}" for mean, spread in zip(means, spreads, strict=True)]
    _print_cells(name, cells)


def _print_cells(name: str, cells: list[str]) -> None:
    print(f"{name:<34}" + "".join(f"{cell:>13}" for cell in cells))


def main() -> int:
    """Parse the command line and measure; what is wrong with the input becomes one sentence and exit code 1."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=Path, required=True, metavar="DIR", help="the folder of pairs")
    parser.add_argument("--seeds", type=int, default=3, help="divisions into folds, at least 2 (default: 3)")
    parser.add_argument("--folds", type=int, default=5, help="folds by person, at least 2 (default: 5)")
    options = parser.parse_args()
    for name in ("seeds", "folds"):
        if getattr(options, name) < 2:
            parser.error(f"--{name} must be at least 2")
    try:
        measure(options.pairs, options.seeds, options.folds)
    except (ValueError, FileNotFoundError) as error:
        print(f"real_voices: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
