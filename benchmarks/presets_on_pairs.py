"""All presets of the voice encoder on real voices and faces: each trained from the pairs alone, by the same budget.

    python benchmarks/presets_on_pairs.py --pairs DIR --presets small speaker strong

The people are divided into folds. For each fold a voice encoder is trained by the project's own engine on the other
folds' people, one tenth of whom choose the epoch, and then predicts the fold's faces. Every voice is asked for its own
clip's face among the faces of all clips, by the cosine after the training faces' mean has been taken out on both sides.
Recall at K % is the share of voices whose face is among the first K % of the gallery; intervals are bootstraps over
people. The folder of pairs is described in `pairs.py`.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import torch
from pairs import CONFIG, Pairs, embed_faces, read_pairs

from speech2face.config import Encoder, load_config
from speech2face.encoder.frontends import SAMPLE_RATE
from speech2face.encoder.train import embed_voices, load_voice_encoder, train_encoder
from speech2face.metrics.intervals import share_of_speakers
from speech2face.metrics.retrieval import cosine, hits_at, percent_to_rank
from speech2face.shards import array_field, write_shard
from speech2face.splits.share import CALIBRATION, INDEX, TEST, TRAIN
from speech2face.training.files import Files

PERCENTS = (1, 2, 5, 10)
SAMPLES = 6 * SAMPLE_RATE
BOOTSTRAP = 1000


def write_phases(folder: Path, pairs: Pairs, faces: np.ndarray) -> np.ndarray:
    """The pairs as shards of the clips and faces phases; the sound, [clips, 6 s], repeated where it is shorter."""
    sound = np.stack([np.resize(voice, SAMPLES) for voice in pairs.voices])
    sound = (np.clip(sound, -1, 1) * 32767).astype(np.int16)
    clips = pa.schema([array_field("audio", SAMPLES, pa.int16())])
    write_shard(folder / "clips" / "00.arrow", clips, ({"audio": row} for row in sound))
    embedded = pa.schema([array_field("embedding", faces.shape[1], pa.float32())])
    write_shard(folder / "faces" / "00.arrow", embedded, ({"embedding": row} for row in faces))
    return sound


def write_index(path: Path, speakers: np.ndarray, fold_of_speaker: np.ndarray, fold: int, folds: int) -> None:
    """The index of a fold: its people are the test split, a tenth of the others the calibration split."""
    others = np.flatnonzero(fold_of_speaker != fold)
    calibration = set(others[:: folds * 2].tolist())
    rows = [
        {
            "clip_id": f"{clip:05d}",
            "speaker_id": f"{speaker:05d}",
            "split": TEST if fold_of_speaker[speaker] == fold else CALIBRATION if speaker in calibration else TRAIN,
            "shard": "00",
            "row": clip,
        }
        for clip, speaker in enumerate(speakers)
    ]
    write_shard(path, INDEX, rows)


def cross_validate(settings: Encoder, pairs: Pairs, faces: np.ndarray, folds: int, seed: int) -> np.ndarray:
    """Similarity of each voice's predicted face with every face, [clips, clips]."""
    fold_of_speaker = np.random.default_rng(seed).permutation(pairs.speakers.max() + 1) % folds
    similarity = np.empty((len(faces), len(faces)))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sound = write_phases(folder, pairs, faces)
        for fold in range(folds):
            write_index(folder / "index.arrow", pairs.speakers, fold_of_speaker, fold, folds)
            files = Files(**{kind: folder / kind for kind in ("weights", "config", "history", "checkpoint", "logs")})
            train_encoder(
                index=folder / "index.arrow",
                clips=folder / "clips",
                faces=folder / "faces",
                faces_settings=load_config([CONFIG]).faces,
                decoder=(folder / "none", folder / "none"),
                settings=settings,
                seed=seed,
                files=files,
            )
            model = load_voice_encoder(files.weights, files.config)
            asked = np.flatnonzero(fold_of_speaker[pairs.speakers] == fold)
            predicted = embed_voices(model, sound[asked])
            mean = model.mean.numpy()
            similarity[asked] = cosine(predicted - mean, faces - mean)
    return similarity


def measure(folder: Path, presets: Sequence[str], folds: int, epochs: int, seed: int) -> None:
    """Measure and print a row a preset."""
    pairs = read_pairs(folder)
    faces = embed_faces(pairs.faces)
    config = load_config([CONFIG]).encoder
    training = config.training.model_copy(update={"epochs": epochs, "precision": "auto"})
    ranks = [percent_to_rank(percent, len(faces)) for percent in PERCENTS]
    print(f"{len(faces)} clips of {pairs.speakers.max() + 1} people, {folds} folds by person, {epochs} epochs each")
    print(f"{'recall in % with 95 % intervals':<34}" + "".join(f"{f'@{percent} %':>22}" for percent in PERCENTS))
    for preset in presets:
        started = time.perf_counter()
        settings = config.model_copy(update={"preset": preset, "training": training})
        similarity = cross_validate(settings, pairs, faces, folds, seed)
        rng = np.random.default_rng(seed)
        cells = []
        for rank in ranks:
            hits = np.bincount(pairs.speakers, hits_at(similarity, rank)) / np.bincount(pairs.speakers)
            found = share_of_speakers(hits, rng, BOOTSTRAP)
            cells.append(f"{found.value:.1f} ({found.low:.1f} to {found.high:.1f})")
        spent = f"{preset}, {time.perf_counter() - started:.0f} s"
        print(f"{spent:<34}" + "".join(f"{cell:>22}" for cell in cells), flush=True)
    print(f"{'chance':<34}" + "".join(f"{percent:>22}" for percent in PERCENTS))
    print(json.dumps({"torch": torch.__version__, "threads": torch.get_num_threads()}))


def main() -> int:
    """Parse the command line and measure; what is wrong with the input becomes one sentence and exit code 1."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=Path, required=True, metavar="DIR", help="the folder of pairs")
    parser.add_argument("--presets", nargs="+", default=["small", "speaker", "strong"], help="(small speaker strong)")
    parser.add_argument("--folds", type=int, default=5, help="folds by person (5)")
    parser.add_argument("--epochs", type=int, default=15, help="passes over the training pairs (15)")
    parser.add_argument("--seed", type=int, default=0, help="of folds and training (0)")
    options = parser.parse_args()
    try:
        measure(options.pairs, options.presets, options.folds, options.epochs, options.seed)
    except (ValueError, FileNotFoundError, RuntimeError) as error:
        print(f"presets_on_pairs: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
