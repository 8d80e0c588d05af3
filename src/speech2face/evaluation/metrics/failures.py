"""Where the face guessed from a voice is wrong about the speaker: how often, and in which clips; paper, figure 11.

The paper tells neither how it picked its failures nor how many there are. Here a clip fails by a rule, which counts all
failures and picks the ones that are shown: those that are wrong by the largest margin. The probes of
`metrics.attributes` read the guessed embedding itself, not its picture.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float, Int, Shaped

from speech2face.base.intervals import Estimate, mean_of_speakers, share_of_speakers
from speech2face.config import Metrics
from speech2face.data.talkers.population import LANGUAGES_OF
from speech2face.evaluation.metrics.attributes import AgeProbe, Probe, Probes, learn_probes
from speech2face.evaluation.metrics.labels import among_speakers
from speech2face.evaluation.predictions.schema import read_predictions

KINDS = ("sex", "age_too_old", "age_too_young", "ethnicity", "language")
"""Kinds of failure in the order in which the figure shows them."""
TOO_FAR_YEARS = 10.0
"""An age that is read further off than this has failed."""
COMPARED = ("faces", "world.ceiling", "s2f")
"""The answers whose failures are counted: what the probes make of true faces, and the best guess from a voice, tell how
much of a rate is the voice encoder's."""

_GROUP_OF = {language: group for group, languages in LANGUAGES_OF.items() for language in languages}
_STREAM = 47


@dataclass(frozen=True, kw_only=True)
class Check:
    """One kind of failure, looked for in every clip.

    Attributes:
        asked: the clips that can fail so: what has to be known of their speakers is known.
        failed: those of them that do.
        read: what was read of each clip, a label or years.
        margin: how wrong it is, in years or as the distance between the two labels' scores; larger is worse.
    """

    asked: Bool[np.ndarray, "clips"]
    failed: Bool[np.ndarray, "clips"]
    read: Shaped[np.ndarray, "clips"]
    margin: Float[np.ndarray, "clips"]

    def by_speaker(self, speakers: Int[np.ndarray, "clips"]) -> Float[np.ndarray, "asked_speakers"]:
        """The share of failures among each speaker's clips, for the speakers who can fail."""
        return among_speakers(self.failed, self.asked, speakers)

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
    asked: Bool[np.ndarray, "clips"],
    true: Sequence[str | None],
    feared: Sequence[str | None] | None = None,
) -> Check:
    """Where not the true label is read: any other, or `feared`, one for each clip that is asked about."""
    read = np.asarray(probe.predict(embeddings), object)
    wrong = read != np.array(true, object) if feared is None else read == np.array(feared, object)
    of = dict[str | None, np.ndarray](probe.scores(embeddings).items())
    # A true label that no training speaker has is scored as the worst: nothing was read for it.
    least: np.ndarray = np.min(list(of.values()), axis=0)
    pairs = enumerate(zip(read, true, strict=True))
    margin = np.array([of[said][clip] - of.get(label, least)[clip] for clip, (said, label) in pairs])
    return Check(asked=asked, failed=wrong & asked, read=read, margin=margin)


class Readers:
    """Read sex, age and ethnicity from face embeddings, as the probes of the training speakers do.

    What the training clips do not teach, because they have no such label or only one, is not read.
    """

    def __init__(self, probes: Probes) -> None:
        self._labels = {name: probe for name, probe in probes.items() if isinstance(probe, Probe)}
        self._age = next((probe for probe in probes.values() if isinstance(probe, AgeProbe)), None)

    def ages(self, embeddings: Float[np.ndarray, "clips d"]) -> Float[np.ndarray, "clips"] | None:
        """The age read from each embedding, in years; None where no age was learned."""
        return None if self._age is None else self._age.years(embeddings)

    def checks(self, embeddings: Float[np.ndarray, "clips d"], clips: pd.DataFrame) -> dict[str, Check]:
        """Each kind of failure that can be looked for, and whether the age is too far off in either direction.

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
        # Nobody can fail where nothing is known of anybody.
        return {kind: check for kind, check in found.items() if check.asked.any()}


def _age_checks(read: Float[np.ndarray, "clips"], true: Float[np.ndarray, "clips"]) -> dict[str, Check]:
    asked, off = ~np.isnan(true), np.nan_to_num(read - true)

    def check(margin: Float[np.ndarray, "clips"]) -> Check:
        return Check(asked=asked, failed=margin > TOO_FAR_YEARS, read=read, margin=margin)

    return {"age_too_old": check(off), "age_too_young": check(-off), "age_over_10_years": check(np.abs(off))}


def measure(*, predictions: Path, index: Path, faces: Path, settings: Metrics, seed: int) -> dict[str, Estimate]:
    """The rate of each kind of failure, in percent, and how far ages are read off on average, in years.

    `language` is among the speakers only whose language is not one of their group's own: how often their face is read
    as of the group that the language belongs to.
    """
    table = read_predictions(predictions)
    readers = Readers(learn_probes(index, faces, seed))
    rng = np.random.default_rng([seed, _STREAM])
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
    """The clips in which the answer from the voice fails worst: a row each, kinds in the order of `KINDS`.

    A failure of `language` is one of `ethnicity` too; it is shown under `language` only.

    Args:
        faces: folder of the faces phase's shards.
        most: the number of clips of each kind at the most, one a speaker.

    Returns:
        Columns `kind`, `clip_id`, `read` (a label or years) and `margin`.
    """
    table = read_predictions(predictions)
    # The probes fit without chance, whatever the seed.
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
