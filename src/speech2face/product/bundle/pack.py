"""The bundle phase: networks, calibration and coverage of a run in, one folder with all that answers need out."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from safetensors.torch import save_file

from speech2face import __version__
from speech2face.base.files import file_sha256, lineage, write_sealed, write_tensors, write_text
from speech2face.base.shards import read_shard
from speech2face.base.weights import load_tensors, read_description
from speech2face.config import Clips, Voices
from speech2face.data.splits.share import TRAIN, read_index
from speech2face.product.bundle.card import model_card
from speech2face.product.bundle.files import (
    CALIBRATION,
    CARD,
    FACE_DECODER,
    FORMAT,
    HEADS,
    VOICE_ENCODER,
    weights_of,
)
from speech2face.uncertainty.calibration.coverage import groups_of


def pack_bundle(
    *,
    source: str,
    limits: Clips,
    voices: Voices,
    index: Path,
    heard: Sequence[Path],
    encoders: Sequence[Path],
    decoder: tuple[Path, Path],
    calibration: tuple[Path, Path],
    heads: Sequence[Path],
    coverage: Path,
    config: Path,
    traits: bool = False,
) -> None:
    """Write a bundle into the folder of `config`, which is written last.

    Args:
        source: where the people came from, as the config has it.
        limits: config section `clips`: limits of what is read from a file.
        voices: config section `voices`: what counts as silence.
        index: index of the splits.
        heard: what was heard of the calibration and of the audit people, whose numbers go into the card; of a
            cross-validated run also of the people of each fold, in folders below.
        encoders: weights and config of the first voice encoder, then of the further ones.
        decoder, calibration: weights and config of each.
        heads: the same, or nothing where the true heads of people are not known.
        coverage: coverage on the audit people (JSON).
        config: config.json to write, in the folder of the bundle.
        traits: whether answers have sets and intervals of traits; see config field `calibration.traits`.
    """
    folder = config.parent
    descriptions = [read_description(path) for path in encoders[1::2]]
    weights = {
        f"{number}.{name}": tensor
        for number, path in enumerate(encoders[::2])
        for name, tensor in load_tensors(path).items()
    }
    _save(weights, folder / VOICE_ENCODER)
    _save(load_tensors(decoder[0]), folder / FACE_DECODER)
    _save(load_tensors(calibration[0]), folder / CALIBRATION)
    if heads:
        _save(load_tensors(heads[0]), folder / HEADS)
    drawn = read_description(decoder[1])
    learned = read_index(index, TRAIN)
    description: dict[str, Any] = {
        "format": FORMAT,
        "versions": {"speech2face": __version__, "torch": str(torch.__version__), "numpy": np.__version__},
        "source": source,
        "world": _origins(learned),
        "licences": sorted({str(licence) for licence in learned["licence"] if licence}),
        "voice_encoder": {
            "preset": descriptions[0]["preset"],
            "arguments": descriptions[0]["arguments"],
            "count": len(descriptions),
        },
        "face_decoder": {name: drawn[name] for name in ("preset", "arguments")},
        "calibration": read_description(calibration[1]),
        "heads": read_description(heads[1]) if heads else None,
        "clips": limits.model_dump(mode="json"),
        "traits": traits,
        "min_loudness_db": voices.min_loudness_db,
        "people": {
            "train": _counts(learned),
            **{
                path.stem: _counts(read_shard(path).to_pandas())
                for path in heard
                # The people of the folds are those of the calibration.
                if path.parent == heard[0].parent
            },
        },
        "coverage": json.loads(coverage.read_text(encoding="utf-8")),
    }
    description["made_from"] = lineage([*heard, *encoders[::2], decoder[0], calibration[0], *heads[:1]])
    # An audit must use people collected with these very encoders.
    home = heard[0].parent
    description["heard"] = {path.relative_to(home).with_suffix("").as_posix(): file_sha256(path) for path in heard}
    write_text(folder / CARD, model_card(description))
    description["sha256"] = {name: file_sha256(folder / name) for name in (*weights_of(description), CARD)}
    write_sealed(config, description)


def _save(tensors: dict[str, torch.Tensor], path: Path) -> None:
    write_tensors(path, {name: tensor.contiguous() for name, tensor in tensors.items()}, save_file)


def _origins(clips: pd.DataFrame) -> str:
    """Where the training people come from, in words."""
    return ", ".join(sorted({str(origin) for origin in clips["origin"] if origin})) or "unknown sources"


def _counts(clips: pd.DataFrame) -> dict[str, Any]:
    """The number of people, and of those in each group by `groups_of`."""
    people = clips.drop_duplicates("speaker_id")
    return {
        "people": len(people),
        **{
            name: {str(value): int(count) for value, count in values.value_counts().sort_index().items()}
            for name, values in groups_of(people).items()
        },
    }
