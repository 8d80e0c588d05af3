"""Membership inference: whether the voice encoder's error tells the people whom it learned from apart from others.

The attack of Yeom et al. 2018 ("Privacy risk in machine learning"): whose error is small is taken for a member. An
attacker who trains models of his own may do better, so that this is a lower bound.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from jaxtyping import Float

from speech2face.base.columns import gather_arrays, mapped_arrays
from speech2face.base.files import lineage, read_sealed, write_sealed
from speech2face.base.intervals import statistic_of_speakers
from speech2face.base.random import stream
from speech2face.data.splits.share import TEST, TRAIN, read_index
from speech2face.learning.encoder.networks import VoiceEncoder
from speech2face.learning.encoder.train import embed_voices, load_voice_encoder
from speech2face.learning.training.optimise import prepare
from speech2face.product.audit.battery import Finding, Verdict

_TELLS, _UNSURE = 55.0, 60.0
"""Percent of pairs: more than the first is more than chance and rounding; up to the second the test could not tell."""
_RESAMPLES = 1000


def measure_membership(
    *,
    seed: int,
    threads: int,
    indexes: Sequence[Path],
    encoders: Sequence[Path],
    clips: Path,
    faces: Path,
    output: Path,
) -> None:
    """Write how often a training person has a smaller error than a test person (AUC), of all pairs of the two.

    People who validated, and so chose the epoch, or calibrated are left out. Of a cross-validated run, pairs are of one
    fold each.

    Args:
        seed: of the bootstrap.
        threads: number of CPU threads.
        indexes: index of the splits, of each fold.
        encoders: weights and config of the voice encoder of the first fold, then of the second, and so on.
        clips, faces: folder of that phase's shards.
        output: result to write (JSON).

    Raises:
        ValueError: a split has no people.
    """
    prepare(seed, threads)
    errors = [
        errors_of_people(load_voice_encoder(weights, config), read_index(index), clips, faces)
        for index, weights, config in zip(indexes, encoders[::2], encoders[1::2], strict=True)
    ]
    people = sorted({name for fold in errors for name in fold.index})
    tests = {name for fold in errors for name in fold.index[fold["split"] == TEST]}
    comparison = Comparison(errors, people)
    found = statistic_of_speakers(comparison.auc, len(people), stream(seed, "audit", 1), _RESAMPLES)
    write_sealed(
        output,
        {
            "auc": found.as_dict(),
            "members": len({name for fold in errors for name in fold.index[fold["split"] == TRAIN]}),
            "others": len(tests),
            "folds": len(errors),
            "made_from": lineage(encoders[::2]),
        },
    )


def errors_of_people(model: VoiceEncoder, index: pd.DataFrame, clips: Path, faces: Path) -> pd.DataFrame:
    """The split and the mean error of each training and test person's clips, by speaker.

    The error is the one by which training chooses its epoch: squared, in units of the embeddings' spread, after
    scaling all predictions by the best common factor.
    """
    rows = index[index["split"].isin([TRAIN, TEST])].reset_index(drop=True)
    spread, mean = model.spread.cpu().numpy(), model.mean.cpu().numpy()
    told = (embed_voices(model, mapped_arrays(rows, clips, "audio")) - mean) / spread
    true = (gather_arrays(rows, faces, "embedding") - mean) / spread
    factor = max(0.0, float((told * true).sum() / max(float((told**2).sum()), 1e-12)))
    error = ((true - factor * told) ** 2).mean(axis=1)
    return rows.assign(error=error).groupby("speaker_id").agg(split=("split", "first"), error=("error", "mean"))


class Comparison:
    """All pairs of a member and another person, in each fold.

    Args:
        errors: of each fold, as `errors_of_people` gives them.
        people: names of all people, in the order of the weights of `auc`.

    Raises:
        ValueError: a fold has no members or no others.
    """

    def __init__(self, errors: Sequence[pd.DataFrame], people: Sequence[str]) -> None:
        self._folds = []
        place = {name: number for number, name in enumerate(people)}
        for fold in errors:
            member, other = (fold[fold["split"] == split] for split in (TRAIN, TEST))
            if member.empty or other.empty:
                raise ValueError("Membership needs people of the training split and of the test split.")
            apart = other["error"].to_numpy()[None] - member["error"].to_numpy()[:, None]
            wins = (np.sign(apart) + 1) / 2
            self._folds.append(([place[name] for name in member.index], [place[name] for name in other.index], wins))

    def auc(self, weights: Float[np.ndarray, "people"]) -> float:
        """How often the member of a pair has the smaller error, percent, ties half; NaN without pairs."""
        won, pairs = 0.0, 0.0
        for members, others, wins in self._folds:
            won += float(weights[members] @ wins @ weights[others])
            pairs += float(weights[members].sum() * weights[others].sum())
        return 100 * won / pairs if pairs else float("nan")


def check_membership(path: Path) -> Finding:
    """Whether errors tell training people from others; `path` is what `measure_membership` wrote, or missing.

    Raises:
        ValueError: the file is damaged.
    """
    measured = read_sealed(path) if path.is_file() else None
    verdict, says = Verdict.UNKNOWN, "It was not measured: `make audit` does."
    if measured is not None:
        auc = measured["auc"]
        if auc["low"] > _TELLS:
            verdict = Verdict.FAILS
        elif auc["high"] < _UNSURE:
            verdict = Verdict.HOLDS
        says = (
            f"Of a training person and another one, the error is smaller for the training person in "
            f"{auc['value']:.1f} % of pairs ({auc['low']:.1f} to {auc['high']:.1f}; {measured['members']} and "
            f"{measured['others']} people); by chance in 50 %."
        )
    return Finding(
        name="membership",
        question="Do its errors hide whom it learned from?",
        rule=f"The lower end lies at or below {_TELLS:.0f} % of pairs and the upper below {_UNSURE:.0f} (95 %). Not "
        "measured where only the lower does.",
        verdict=verdict,
        says=says,
        numbers=measured or {},
    )
