"""Craniofacial measures: whether the pictures decoded from a face and from a voice agree in shape; paper, figure 5.

The paper names its measures after Merler et al. (*Diversity in Faces*, 2019), who take lengths and widths from Farkas
(*Anthropometry of the Head and Face*, 1994) and indices, which are ratios of them, from Ramanathan and Chellappa
(*Modeling age progression in young faces*, CVPR 2006). It tells neither the landmarks nor what lengths are divided by;
`SITES` and `RATIOS` say what is done here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pandas as pd
from jaxtyping import Float, Int

from speech2face.base.intervals import FEWEST_SPEAKERS, LEVEL, Estimate, statistic_of_speakers
from speech2face.base.shards import read_shard
from speech2face.config import Metrics
from speech2face.data.faces.landmarks import LANDMARKS, LEFT_EYE, RIGHT_EYE

SITES: Mapping[str, tuple[str, tuple[int, ...]]] = MappingProxyType(
    {
        "n": ("nasion, the root of the nose", (27,)),
        "sn": ("subnasale, where the nose meets the upper lip", (33,)),
        "al": ("alare, the side of the nose", (31, 35)),
        "sbal": ("subalare, the foot of the side of the nose", (31, 35)),
        "ls": ("labiale superius, the middle of the upper lip's edge", (51,)),
        "ls'": ("the upper lip's edge below subalare", (49, 53)),
        "cph": ("crista philtri, the peaks of the upper lip's edge", (50, 52)),
        "sto": ("stomion, the middle between the lips", (62, 66)),
        "li": ("labiale inferius, the middle of the lower lip's edge", (57,)),
        "ch": ("cheilion, the corner of the mouth", (48, 54)),
        "gn": ("gnathion, the lowest point of the chin", (8,)),
        "go": ("gonion, the corner of the jaw", (4, 12)),
        "zy": ("zygion, the side of the face at the cheek bones", (1, 15)),
        "en": ("endocanthion, the inner corner of the eye", (39, 42)),
        "ex": ("exocanthion, the outer corner of the eye", (36, 45)),
    }
)
"""Farkas's points and the landmarks (iBUG 300-W) that stand for them; two-sided ones the person's right side first."""


@dataclass(frozen=True, kw_only=True)
class Ratio:
    """A measure: a product of distances over another, so that neither the picture's scale nor its turn counts.

    A distance is named by two sites. Of one site with itself it is a width, across the face from right to left; of two
    it is a height, down the face, in the middle of their sides. Across and down are those of the level eyes.
    """

    name: str
    title: str
    above: tuple[str, ...]
    below: tuple[str, ...] = ("ex-ex",)

    @property
    def formula(self) -> str:
        """The ratio in words of `SITES`."""
        above, below = (" × ".join(part) for part in (self.above, self.below))
        return f"{above} / ({below})" if len(self.below) > 1 else f"{above} / {below}"


RATIOS = (
    Ratio(name="upper_lip_height", title="upper lip height", above=("sn-sto",)),
    Ratio(name="lateral_upper_lip_heights", title="lateral upper lip heights", above=("sbal-ls'",)),
    Ratio(name="jaw_width", title="jaw width", above=("go-go",)),
    Ratio(name="nose_height", title="nose height", above=("n-sn",)),
    Ratio(name="nose_width", title="nose width", above=("al-al",)),
    Ratio(name="labio_oral_region", title="labio-oral region", above=("ch-ch",)),
    Ratio(name="mandibular_index", title="mandibular index", above=("sto-gn",), below=("go-go",)),
    Ratio(name="intercanthal_index", title="intercanthal index", above=("en-en",)),
    Ratio(name="nasal_index", title="nasal index", above=("al-al",), below=("n-sn",)),
    Ratio(name="vermilion_height_index", title="vermilion height index", above=("ls-sto",), below=("sto-li",)),
    Ratio(name="mouth_face_width_index", title="mouth-face width index", above=("ch-ch",), below=("zy-zy",)),
    Ratio(name="nose_area", title="nose area", above=("n-sn", "al-al"), below=("ex-ex", "ex-ex")),
    Ratio(name="philtrum_width", title="philtrum width", above=("cph-cph",)),
)
"""The paper's measures, in its order.

Lengths are divided by the width between the outer corners of the eyes: it is wide, so that a pixel more or less counts
little, speech does not move it as it moves the chin, and no other length shares its landmarks. The nose's area is that
of the box around it; as a triangle it would be half of that, with the same correlation.
"""

MEAN = "mean"
"""What stands for a measure's name where the mean over all of them is meant."""
COMPARISONS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {"s2f": ("f2f", "s2f"), "faces_s2f": ("original", "s2f"), "faces_f2f": ("original", "f2f")}
)
"""Which two pictures of a clip are compared under which name.

The first is the paper's. The second is the question behind it, which the first cannot answer: there both pictures come
from one decoder. The third is what the decoder keeps.
"""
PERMUTATIONS = 19_999
"""Enough for 13 times the smallest p, 1 in 20,000, to lie below the paper's level of 0.001."""

_BLOCK = 200


@dataclass(frozen=True, kw_only=True)
class Pairs:
    """The measures of two pictures of each clip, and a number for each clip's speaker, from 0."""

    first: Float[np.ndarray, "clips measures"]
    second: Float[np.ndarray, "clips measures"]
    speakers: Int[np.ndarray, "clips"]

    @property
    def people(self) -> int:
        """The number of speakers."""
        return len(np.unique(self.speakers))


def measure(*, reconstructions: Path, settings: Metrics, seed: int) -> dict[str, Estimate]:
    """`<comparison>.craniofacial.<measure>.correlation`, `.p` and `.p_corrected` of `COMPARISONS` and `RATIOS`.

    The correlation is Pearson's r over clips, with the bootstrap over speakers; `mean` is the mean over the measures.
    `p` is two-sided, of a permutation test that deals the second pictures out among the speakers; `p_corrected` is
    Holm's, over the measures of one comparison. `random.craniofacial.<measure>.correlation` are the mean and the middle
    95 % of r of F2F with S2F pictures so dealt out. A speaker counts who has a clip with a face in both pictures;
    measures that do not vary are left out, and a comparison of fewer than three speakers altogether.
    """
    made = read_shard(reconstructions).to_pandas()
    figures: dict[str, Estimate] = {}
    for number, (name, (one, other)) in enumerate(COMPARISONS.items()):
        pairs = pair(made, one, other)
        if pairs.people < FEWEST_SPEAKERS:
            continue
        rng = np.random.default_rng([seed, 53, number])
        shuffled = shuffled_correlations(pairs, rng, PERMUTATIONS)
        found = correlation(pairs.first, pairs.second, np.ones(len(pairs.speakers)))
        varied = np.flatnonzero(~np.isnan(found)).tolist()
        if not varied:
            continue
        p = p_values(found[varied], shuffled[:, varied])
        groups = {RATIOS[place].name: [place] for place in varied} | {MEAN: varied}
        for what, places in groups.items():
            figures[f"{name}.craniofacial.{what}.correlation"] = _mean_correlation(
                pairs, places, rng, settings.bootstrap
            )
            if name == "s2f":
                figures[f"random.craniofacial.{what}.correlation"] = _middle(shuffled[:, places], pairs.people)
        for place, alone, corrected in zip(varied, p.tolist(), holm(p).tolist(), strict=True):
            prefix = f"{name}.craniofacial.{RATIOS[place].name}"
            figures[f"{prefix}.p"] = Estimate.exact(alone, pairs.people)
            figures[f"{prefix}.p_corrected"] = Estimate.exact(corrected, pairs.people)
    return figures


def _middle(shuffled: Float[np.ndarray, "times measures"], people: int) -> Estimate:
    """Mean and middle 95 % of the mean of the shuffled correlations."""
    values = shuffled.mean(axis=1)
    low, high = np.quantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Estimate(value=float(values.mean()), low=float(low), high=float(high), n=people)


def _mean_correlation(pairs: Pairs, places: list[int], rng: np.random.Generator, resamples: int) -> Estimate:
    first, second = pairs.first[:, places], pairs.second[:, places]
    return statistic_of_speakers(
        lambda weights: float(correlation(first, second, weights[pairs.speakers]).mean()), pairs.people, rng, resamples
    )


def upright(landmarks: Float[np.ndarray, "faces 68 2"]) -> Float[np.ndarray, "faces 68 2"]:
    """Each face turned so that the centres of its eyes are level, the person's right eye on the left."""
    across = landmarks[:, LEFT_EYE].mean(axis=1) - landmarks[:, RIGHT_EYE].mean(axis=1)
    # Eyes that coincide tell no direction: all points then become one, and no ratio comes out.
    right, down = (across / np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-12)).T
    x, y = landmarks[..., 0], landmarks[..., 1]
    turned = x * right[:, None] + y * down[:, None], y * right[:, None] - x * down[:, None]
    return np.stack(turned, axis=-1)


def proportions(landmarks: Float[np.ndarray, "faces 68 2"]) -> Float[np.ndarray, "faces measures"]:
    """The measures of `RATIOS` of each face.

    Args:
        landmarks: x, y in any unit that is the same for both, y down.

    Returns:
        NaN where a ratio cannot be: what it divides by is not above 0.
    """
    points = upright(landmarks)
    columns = np.full((len(RATIOS), len(points)), np.nan)
    for column, ratio in zip(columns, RATIOS, strict=True):
        above, below = (
            np.prod([_distance(points, name) for name in part], axis=0) for part in (ratio.above, ratio.below)
        )
        np.divide(above, below, out=column, where=below > 0)
    return columns.T


def _distance(points: Float[np.ndarray, "faces 68 2"], name: str) -> Float[np.ndarray, "faces"]:
    site, other = name.split("-")
    landmarks = list(SITES[site][1])
    if site == other:
        right, left = landmarks
        return points[:, left, 0] - points[:, right, 0]
    return points[:, list(SITES[other][1]), 1].mean(axis=1) - points[:, landmarks, 1].mean(axis=1)


def pair(made: pd.DataFrame, one: str, other: str) -> Pairs:
    """The measures of the pictures `one` and `other` of those clips where both can be measured.

    Args:
        made: rows of the reconstructions phase.
        one, other: pictures as its columns name them.
    """
    first, second = _measured(made[f"{one}_landmarks"]), _measured(made[f"{other}_landmarks"])
    both = ~np.isnan(first + second).any(axis=1)
    speakers = pd.factorize(made["speaker_id"][both], sort=True)[0]
    return Pairs(first=first[both], second=second[both], speakers=speakers)


def _measured(column: pd.Series) -> np.ndarray:
    seen = column.notna().to_numpy()
    values = np.full((len(column), len(RATIOS)), np.nan)
    if seen.any():
        values[seen] = proportions(np.stack(column[seen].to_list()).astype(np.float64).reshape(-1, LANDMARKS, 2))
    return values


def correlation(
    first: Float[np.ndarray, "clips measures"],
    second: Float[np.ndarray, "*times clips measures"],
    weights: Float[np.ndarray, "clips"],
) -> Float[np.ndarray, "*times measures"]:
    """Pearson's r of each measure, clips weighted; NaN where one of the two does not vary."""
    weights = weights / weights.sum()
    one, other = first - weights @ first, second - (weights @ second)[..., None, :]
    spread = np.sqrt((weights @ one**2) * (weights @ other**2))
    r = np.full(spread.shape, np.nan)
    # What varies less than this is constant but for rounding.
    np.divide(weights @ (one * other), spread, out=r, where=spread > 1e-12)
    return r


def shuffled_correlations(pairs: Pairs, rng: np.random.Generator, times: int) -> Float[np.ndarray, "times measures"]:
    """Pearson's r after the second pictures are dealt out among the speakers at random, `times` times anew.

    A speaker gets all pictures of another one (or, by chance, the own), in their order but from any of them on, so that
    clips of one speaker, which are alike, stay together. Where the other has fewer they begin again; where more, some
    are left.
    """
    rows_of = [np.flatnonzero(pairs.speakers == speaker) for speaker in range(pairs.people)]
    counts = np.array([len(rows) for rows in rows_of])
    # Which of its speaker's clips each clip is, and the speakers' rows made equally long.
    nth = np.zeros(len(pairs.speakers), int)
    for rows in rows_of:
        nth[rows] = np.arange(len(rows))
    table = np.stack([np.resize(rows, counts.max()) for rows in rows_of])
    weights = np.ones(len(nth))
    found = []
    for done in range(0, times, _BLOCK):
        people = np.tile(np.arange(pairs.people), (min(_BLOCK, times - done), 1))
        dealt = rng.permuted(people, axis=1)
        start = (rng.uniform(size=dealt.shape) * counts[dealt]).astype(int)
        dealt, start = dealt[:, pairs.speakers], start[:, pairs.speakers]
        found.append(correlation(pairs.first, pairs.second[table[dealt, (start + nth) % counts[dealt]]], weights))
    # Pictures that came out all alike correlate with nothing.
    return np.nan_to_num(np.concatenate(found))


def p_values(
    found: Float[np.ndarray, "measures"], shuffled: Float[np.ndarray, "times measures"]
) -> Float[np.ndarray, "measures"]:
    """Two-sided p of each r: how often the shuffled one is as far from 0, the true order counted as one of them.

    That one keeps p above 0, as the test needs to hold its level (Phipson and Smyth 2010).
    """
    as_far = np.abs(shuffled) >= np.abs(found) - 1e-12
    return (1 + as_far.sum(axis=0)) / (1 + len(shuffled))


def holm(p: Float[np.ndarray, "tests"]) -> Float[np.ndarray, "tests"]:
    """The values of p, corrected so that the chance of any false alarm among the tests keeps the level (Holm 1979)."""
    order = np.argsort(p, kind="stable")
    raised = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    corrected = np.empty(len(p))
    corrected[order] = np.minimum(raised, 1)
    return corrected
