"""Retrieval of real faces by real voices: preset `speaker` against chance.

The format of the folder of pairs is in `pairs.py`. The people are divided into folds; each fold's faces are predicted
by a regression on the people of the other folds, who choose its penalty. Every predicted face then ranks the faces of
all clips, including other clips of the same person, by cosine similarity after the mean training face has been
subtracted from both. Recall at K % is the share of voices whose own clip's face is among the first K % of the gallery;
chance is K.

The second line ranks by the cosine within the principal directions that hold 90 % of the variance of the predictions
from the training voices: the remaining directions of a face embedding are noise in this ranking.

Seeds change the folds. The 90 % are the same for all folds and seeds; they were chosen on 336 pairs of VoxCeleb, where
recall around them is flat to about a point.

The last line is one JSON object; its `ratio` is the second line's recall at 10 % over chance.
"""

import argparse
import json
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

from speech2face.config import load_config
from speech2face.data.faces.encoders import load_face_encoder
from speech2face.evaluation.metrics.retrieval import cosine, hits_at, percent_to_rank
from speech2face.learning.encoder.ridge import fit_face_ridge
from speech2face.learning.encoder.speaker import INPUTS, SpeakerVoiceEncoder

PERCENTS = (1, 2, 5, 10)

EXPLAINED = 0.9
VOICE_BATCH = 8


@dataclass(frozen=True, kw_only=True)
class Recalls:
    """Recall in percent at each of `PERCENTS`, by all directions of a face embedding and by the principal ones."""

    full: Float[np.ndarray, "percents"]
    principal: Float[np.ndarray, "percents"]


@torch.inference_mode()
def embed_voices(encoder: SpeakerVoiceEncoder, waves: Float[np.ndarray, "clips samples"]) -> Float[Tensor, "clips n"]:
    """What preset `speaker` predicts faces from."""
    return encoder.measure_inputs(torch.from_numpy(waves).to(encoder.mean.device))


def embed(encoder: SpeakerVoiceEncoder, pairs: Pairs, workers: int) -> tuple[np.ndarray, np.ndarray]:
    """Inputs of all voices and embeddings of all faces, in parallel threads; voices in batches of equal length."""
    lengths = defaultdict(list)
    for clip, voice in enumerate(pairs.voices):
        lengths[len(voice)].append(clip)
    batches = [clips[at : at + VOICE_BATCH] for clips in lengths.values() for at in range(0, len(clips), VOICE_BATCH)]
    encoder.eval()
    voices = np.empty((len(pairs.voices), INPUTS))
    with ThreadPoolExecutor(workers) as pool:
        faces = pool.submit(embed_faces, pairs.faces)
        sounds = (np.stack([pairs.voices[clip] for clip in batch]) for batch in batches)
        for batch, embedded in zip(batches, pool.map(partial(embed_voices, encoder), sounds), strict=True):
            voices[batch] = embedded.cpu().numpy()
        return voices, faces.result().astype(np.float64)


def cross_validate(
    voices: Float[np.ndarray, "clips inputs"],
    faces: Float[np.ndarray, "clips dimension"],
    speakers: Int[np.ndarray, "clips"],
    folds: int,
    seed: int,
) -> Recalls:
    """Predict each fold's faces by a regression on the other folds' people, and rank."""
    penalties = load_config([CONFIG]).encoder.speaker.penalties
    fold_of_speaker = np.random.default_rng(seed).permutation(speakers.max() + 1) % folds
    fold_of_clip = fold_of_speaker[speakers]
    full = np.empty((len(speakers), len(speakers)))
    principal = np.empty_like(full)
    for fold in range(folds):
        held_out = fold_of_clip == fold
        training = ~held_out
        ridge = fit_face_ridge(voices[training], faces[training], list(map(str, speakers[training])), penalties)
        predicted, gallery = ridge(voices) - ridge.mean, faces - ridge.mean
        directions = principal_directions(predicted[training], EXPLAINED)
        full[held_out] = cosine(predicted[held_out], gallery)
        principal[held_out] = cosine(predicted[held_out] @ directions, gallery @ directions)
    return Recalls(full=recalls(full), principal=recalls(principal))


def principal_directions(
    predicted: Float[np.ndarray, "clips dimension"], share: float
) -> Float[np.ndarray, "dimension k"]:
    """The fewest principal directions that hold at least `share` of the variance."""
    _, spreads, directions = np.linalg.svd(predicted - predicted.mean(axis=0), full_matrices=False)
    explained = np.cumsum(spreads**2) / np.sum(spreads**2)
    return directions[: np.searchsorted(explained, share) + 1].T


def recalls(similarity: Float[np.ndarray, "clips clips"]) -> Float[np.ndarray, "percents"]:
    """Recall in percent at each of `PERCENTS`."""
    ranks = [percent_to_rank(percent, len(similarity)) for percent in PERCENTS]
    return np.array([100 * hits_at(similarity, rank).mean() for rank in ranks])


def measure(folder: Path, seeds: int, folds: int) -> None:
    """Measure and print."""
    started = time.perf_counter()
    # Small networks: one thread each is faster than all threads for every layer.
    workers = torch.get_num_threads()
    torch.set_num_threads(1)
    pairs = read_pairs(folder)
    people = pairs.speakers.max() + 1
    if folds > people:
        raise ValueError(f"{folds} folds need at least as many people, and {folder} has {people}.")
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    hardware = torch.cuda.get_device_name(device) if device.type == "cuda" else f"{workers} CPU threads"
    dimension = load_face_encoder(load_config([CONFIG]).faces).dimension
    encoder = SpeakerVoiceEncoder(dimension=dimension).to(device)
    encoder.load_pretrained()
    voices, faces = embed(encoder, pairs, workers)
    embedded = time.perf_counter()
    found = [cross_validate(voices, faces, pairs.speakers, folds, seed) for seed in range(seeds)]
    ended = time.perf_counter()

    print(f"{len(faces)} clips of {people} people, {folds} folds by person, {seeds} seeds, {hardware}")
    _print_cells("recall in %, mean ± sd of seeds", [f"@{percent} %" for percent in PERCENTS])
    _print_row("all directions of the embedding", [recall.full for recall in found])
    _print_row("principal directions of predictions", [recall.principal for recall in found])
    _print_cells("chance", [f"{percent:.1f}" for percent in PERCENTS])
    print(
        f"time: {ended - started:.1f} s (reading and embedding {embedded - started:.1f}, "
        f"{seeds * folds} regressions {ended - embedded:.1f})"
    )
    full, principal = (
        dict(zip(PERCENTS, np.mean(values, axis=0).round(2).tolist(), strict=True))
        for values in ([recall.full for recall in found], [recall.principal for recall in found])
    )
    ratio = round(principal[10] / 10, 2)
    print(json.dumps({"name": "real_voices", "ratio": ratio, "full": full, "principal": principal}))


def _print_row(name: str, values: list[np.ndarray]) -> None:
    means, spreads = np.mean(values, axis=0), np.std(values, axis=0, ddof=1)
    cells = [f"{mean:.1f} ± {spread:.1f}" for mean, spread in zip(means, spreads, strict=True)]
    _print_cells(name, cells)


def _print_cells(name: str, cells: list[str]) -> None:
    print(f"{name:<34}" + "".join(f"{cell:>13}" for cell in cells))


def main() -> int:
    """Parse the command line and measure; wrong input becomes one line on stderr and exit code 1."""
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
