"""Failures: clips whose predicted face has another sex, age or group than the speaker; paper, figure 11.

The paper states neither how it picked its failures nor how many there are. Here a rule decides which clips fail; all
failures are counted, and those with the largest margin are shown. The probes of `metrics.attributes` read the predicted
embedding itself, not its picture.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float, Int, Shaped

from speech2face.base.intervals import Estimate, mean_of_speakers, share_of_speakers
from speech2face.base.random import stream
from speech2face.config import Metrics
from speech2face.data.talkers.population import LANGUAGES_OF
from speech2face.evaluation.metrics.attributes import AgeProbe, Probe, Probes, learn_probes
from speech2face.evaluation.metrics.labels import among_speakers
from speech2face.evaluation.predictions.schema import read_predictions

KINDS = ("sex", "age_too_old", "age_too_young", "ethnicity", "language")
"""Kinds of failure in the order in which the figure shows them."""
TOO_FAR_YEARS = 10.0
"""A larger error in years is a failure."""
COMPARED = ("faces", "world.ceiling", "s2f")
"""The methods whose failures are counted. Rates of true faces are errors of the probes; `world.ceiling` predicts from
the true voice parameters."""

_GROUP_OF = {language: group for group, languages in LANGUAGES_OF.items() for language in languages}


@dataclass(frozen=True, kw_only=True)
class Check:
    """One kind of failure, checked in every clip.

    Attributes:
        can_fail: the clips to which the check applies: the labels that it needs are known.
        failed: those of them that fail.
        read: the label or the age that was read from each clip.
        margin: how wrong it is, in years or as the distance between the two labels' scores; larger is worse.
    """

    can_fail: Bool[np.ndarray, "clips"]
    failed: Bool[np.ndarray, "clips"]
    read: Shaped[np.ndarray, "clips"]
    margin: Float[np.ndarray, "clips"]

    def by_speaker(self, speakers: Int[np.ndarray, "clips"]) -> Float[np.ndarray, "counted_speakers"]:
        """The share of failures among each speaker's clips, for the speakers who can fail."""
        return among_speakers(self.failed, self.can_fail, speakers)

    def apart_from(self, other: "Check") -> "Check":
        """The same without the failures that are failures of the other kind as well."""
        return replace(self, failed=self.failed & ~other.failed)

    def worst(self, speakers: Int[np.ndarray, "clips"], most: int) -> list[int]:
        """The clips that fail by the largest margin, one a speaker, at most `most`; the earlier one where two tie."""
        order = np.argsort(-self.margin, kind="stable")
        failed = order[self.failed[order]]
        _, first = np.unique(speakers[failed], return_index=True)
        return failed[np.sort(first)][:most].tolist()


def check_labels(
    probe: Probe,
    embeddings: Float[np.ndarray, "clips d"],
    can_fail: Bool[np.ndarray, "clips"],
    true: Sequence[str | None],
    suggested: Sequence[str | None] | None = None,
) -> Check:
    """Clips for which another label than the true one is read: any, or the clip's `suggested` label."""
    read = np.asarray(probe.predict(embeddings), object)
    wrong = read != np.array(true, object) if suggested is None else read == np.array(suggested, object)
    of = dict[str | None, np.ndarray](probe.scores(embeddings).items())
    # A true label that no training speaker has gets the lowest score: the probe has none for it.
    least: np.ndarray = np.min(list(of.values()), axis=0)
    pairs = enumerate(zip(read, true, strict=True))
    margin = np.array([of[predicted][clip] - of.get(label, least)[clip] for clip, (predicted, label) in pairs])
    return Check(can_fail=can_fail, failed=wrong & can_fail, read=read, margin=margin)


class Readers:
    """The checks of predicted sex, age and ethnicity by the probes of the training speakers.

    An attribute of which the training clips have fewer than two labels is not checked.
    """

    def __init__(self, probes: Probes) -> None:
        self._labels = {name: probe for name, probe in probes.items() if isinstance(probe, Probe)}
        self._age = next((probe for probe in probes.values() if isinstance(probe, AgeProbe)), None)

    def ages(self, embeddings: Float[np.ndarray, "clips d"]) -> Float[np.ndarray, "clips"] | None:
        """The age read from each embedding, in years; None without an age probe."""
        return None if self._age is None else self._age.years(embeddings)

    def checks(self, embeddings: Float[np.ndarray, "clips d"], clips: pd.DataFrame) -> dict[str, Check]:
        """Each kind of failure that can be checked, and whether the age is too far off in either direction.

        Args:
            clips: the labels of the same clips.
        """
        found = {}
        for name, probe in self._labels.items():
            found[name] = check_labels(probe, embeddings, clips[name].notna().to_numpy(), clips[name].tolist())
        if "ethnicity" in self._labels:
            own, suggested = clips["ethnicity"], [_GROUP_OF.get(language) for language in clips["language"]]
            foreign = [
                group is not None and true in LANGUAGES_OF and group != true
                for group, true in zip(suggested, own, strict=True)
            ]
            found["language"] = check_labels(
                self._labels["ethnicity"], embeddings, np.array(foreign), own.tolist(), suggested
            )
        ages = self.ages(embeddings)
        if ages is not None:
            found |= _age_checks(ages, clips["age"].to_numpy(float))
        # Without labels a check applies to no clip.
        return {kind: check for kind, check in found.items() if check.can_fail.any()}


def _age_checks(read: Float[np.ndarray, "clips"], true: Float[np.ndarray, "clips"]) -> dict[str, Check]:
    can_fail, off = ~np.isnan(true), np.nan_to_num(read - true)

    def check(margin: Float[np.ndarray, "clips"]) -> Check:
        return Check(can_fail=can_fail, failed=margin > TOO_FAR_YEARS, read=read, margin=margin)

    return {"age_too_old": check(off), "age_too_young": check(-off), "age_over_10_years": check(np.abs(off))}


def measure(*, predictions: Path, index: Path, faces: Path, settings: Metrics, seed: int) -> dict[str, Estimate]:
    """The rate of each kind of failure, in percent, and the mean error of the age, in years.

    `language` applies to speakers whose language belongs to another group than they do: how often their face is read as
    of that group.
    """
    table = read_predictions(predictions)
    readers = Readers(learn_probes(index, faces, seed))
    rng = stream(seed, "failures")
    ages = table.clips["age"].to_numpy(float)
    known = ~np.isnan(ages)
    measures = {}
    for method in (table.true_faces, *table.methods.values()):
        if method.name not in COMPARED:
            continue
        for kind, check in readers.checks(method.embeddings, table.clips).items():
            scores = check.by_speaker(table.speakers)
            measures[f"{method.name}.failures.{kind}.rate"] = share_of_speakers(scores, rng, settings.bootstrap)
        read = readers.ages(method.embeddings)
        if read is not None and known.any():
            shift = among_speakers(read - ages, known, table.speakers)
            name = f"{method.name}.failures.age_mean_shift_years"
            measures[name] = mean_of_speakers(shift, rng, settings.bootstrap)
    return measures


def find_examples(*, predictions: Path, index: Path, faces: Path, most: int) -> pd.DataFrame:
    """The clips in which predictions from the voice fail by the largest margin, kinds in the order of `KINDS`.

    A failure of `language` is one of `ethnicity` too; it is shown under `language` only.

    Args:
        faces: folder of the faces phase's shards.
        most: the number of clips of each kind at the most, one a speaker.

    Returns:
        Columns `kind`, `clip_id`, `read` (a label or years) and `margin`.
    """
    table = read_predictions(predictions)
    # The probes do not depend on the seed.
    checks = Readers(learn_probes(index, faces, 0)).checks(table.methods["s2f"].embeddings, table.clips)
    if "language" in checks:
        checks["ethnicity"] = checks["ethnicity"].apart_from(checks["language"])
    return pd.DataFrame(
        [
            {"kind": kind, "clip_id": table.clips["clip_id"][clip]}
            | {"read": checks[kind].read[clip], "margin": checks[kind].margin[clip]}
            for kind in KINDS
            if kind in checks
            for clip in checks[kind].worst(table.speakers, most)
        ],
        columns=["kind", "clip_id", "read", "margin"],
    )
