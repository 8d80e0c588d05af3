"""Proportions of a face from its landmarks; paper, figure 5.

The paper names its measures after Merler et al. (*Diversity in Faces*, 2019), who take lengths and widths from Farkas
(*Anthropometry of the Head and Face*, 1994) and indices, which are ratios of them, from Ramanathan and Chellappa
(*Modeling age progression in young faces*, CVPR 2006). It states neither the landmarks nor what lengths are divided by;
`SITES` and `RATIOS` define both here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from jaxtyping import Float

from speech2face.data.faces.landmarks import LEFT_EYE, RIGHT_EYE

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
    """A measure: a ratio of products of distances, independent of the picture's scale and rotation.

    A distance is named by two sites. Between the two sides of one site it is a width, from the right to the left of the
    face; between two sites it is a height, down the face, each site averaged over its sides. The axes are those of the
    face with level eyes.
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


def upright(landmarks: Float[np.ndarray, "faces 68 2"]) -> Float[np.ndarray, "faces 68 2"]:
    """Each face turned so that the centres of its eyes are level, the person's right eye on the left."""
    across = landmarks[:, LEFT_EYE].mean(axis=1) - landmarks[:, RIGHT_EYE].mean(axis=1)
    # If the eyes coincide there is no direction: all points become one, and all ratios NaN.
    right, down = (across / np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-12)).T
    x, y = landmarks[..., 0], landmarks[..., 1]
    turned = x * right[:, None] + y * down[:, None], y * right[:, None] - x * down[:, None]
    return np.stack(turned, axis=-1)


def proportions(landmarks: Float[np.ndarray, "faces 68 2"]) -> Float[np.ndarray, "faces measures"]:
    """The measures of `RATIOS` of each face.

    Args:
        landmarks: x, y in any unit that is the same for both, y down.

    Returns:
        NaN where the denominator is not above 0.
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
