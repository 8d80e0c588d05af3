"""Values printed by the paper and its supplement, shown beside the measures of a run.

Oh et al., *Speech2Face: Learning the Face Behind a Voice*, CVPR 2019, and the supplement on its project page. The
numbers are of AVSpeech, of other people, other networks and another gallery than any run here: for orientation.
"""

from collections.abc import Mapping

Matrix = Mapping[str, Mapping[str, float]]
"""Shares of each row's clips (0..1) by what was read from the picture: `matrix[row][column]`."""

RECALL: Mapping[tuple[int, str], Mapping[int, float]] = {
    (3, "l2"): {1: 5.86, 2: 10.02, 5: 18.98, 10: 28.92},
    (3, "l1"): {1: 6.22, 2: 9.92, 5: 18.94, 10: 28.70},
    (3, "cosine"): {1: 8.54, 2: 13.64, 5: 24.80, 10: 38.54},
    (6, "l2"): {1: 8.28, 2: 13.66, 5: 24.66, 10: 35.84},
    (6, "l1"): {1: 8.34, 2: 13.70, 5: 24.66, 10: 36.22},
    (6, "cosine"): {1: 10.92, 2: 17.00, 5: 30.60, 10: 45.82},
}
"""Table 3: recall in percent by seconds of audio and metric, at K percent of a gallery of 5,000 clips."""

SIMILARITY: Mapping[int, Mapping[str, tuple[float, float]]] = {
    3: {"cosine_degrees": (48.43, 6.01), "l2": (0.19, 0.03), "l1": (9.81, 1.74)},
    6: {"cosine_degrees": (45.75, 5.09), "l2": (0.18, 0.02), "l1": (9.42, 1.54)},
}
"""Table 2: mean and standard deviation of the distance between embeddings, by seconds of audio. The scale of L2 and L1
is not stated: 0.18 is impossible between vectors of length 1 that are 45.75 degrees apart."""

SEX_S2F: Matrix = {"male": {"male": 0.94, "female": 0.06}, "female": {"male": 0.06, "female": 0.94}}
SEX_F2F: Matrix = {"male": {"male": 0.98, "female": 0.02}, "female": {"male": 0.11, "female": 0.89}}
"""Figure 4a and figure 4 of the supplement: rows what Face++ read from the original, columns from the picture."""

ETHNICITY_S2F: Matrix = {
    "Asian": {"Asian": 0.50, "Black": 0.03, "India": 0.10, "White": 0.38},
    "Black": {"Asian": 0.27, "Black": 0.11, "India": 0.13, "White": 0.49},
    "India": {"Asian": 0.27, "Black": 0.13, "India": 0.13, "White": 0.48},
    "White": {"Asian": 0.30, "Black": 0.04, "India": 0.05, "White": 0.61},
}
ETHNICITY_F2F: Matrix = {
    "Asian": {"Asian": 0.71, "Black": 0.01, "India": 0.03, "White": 0.24},
    "Black": {"Asian": 0.21, "Black": 0.41, "India": 0.12, "White": 0.25},
    "India": {"Asian": 0.20, "Black": 0.12, "India": 0.55, "White": 0.14},
    "White": {"Asian": 0.15, "Black": 0.02, "India": 0.06, "White": 0.76},
}

AGE_BANDS = ("10", "20", "30", "40", "50", "60", "70")


def _ages(**rows: tuple[float, ...]) -> Matrix:
    return {name[1:]: dict(zip(AGE_BANDS, shares, strict=True)) for name, shares in rows.items()}


AGE_S2F: Matrix = _ages(
    _10=(0, 0.38, 0.38, 0.23, 0, 0, 0),
    _20=(0, 0.26, 0.38, 0.24, 0.09, 0.02, 0.01),
    _30=(0, 0.21, 0.32, 0.32, 0.10, 0.03, 0.02),
    _40=(0, 0.09, 0.32, 0.33, 0.18, 0.05, 0.02),
    _50=(0, 0.07, 0.24, 0.27, 0.30, 0.08, 0.05),
    _60=(0, 0.05, 0.12, 0.33, 0.28, 0.16, 0.05),
    _70=(0, 0.08, 0.14, 0.20, 0.14, 0.10, 0.35),
)
AGE_F2F: Matrix = _ages(
    _10=(0, 0.85, 0, 0.15, 0, 0, 0),
    _20=(0.03, 0.58, 0.29, 0.07, 0.03, 0, 0),
    _30=(0, 0.25, 0.42, 0.23, 0.07, 0.02, 0),
    _40=(0, 0.07, 0.27, 0.46, 0.18, 0.01, 0.01),
    _50=(0, 0, 0.08, 0.25, 0.52, 0.12, 0.03),
    _60=(0, 0.01, 0.04, 0.10, 0.34, 0.40, 0.11),
    _70=(0, 0, 0, 0.02, 0.10, 0.27, 0.61),
)

POPULATION: Mapping[str, Mapping[str, int]] = {
    "sex": {"male": 3119, "female": 1867},
    "ethnicity": {"White": 2505, "Asian": 1443, "Black": 603, "India": 435},
    "age_band": {"<10": 97, "20": 1464, "30": 1372, "40": 937, "50": 609, "60": 322, "70": 167, "80": 18},
}
"""Figure 4b: 4,986 test faces by what Face++ read, counted in the files that the figure was made from."""

CRANIOFACIAL: Mapping[str, float] = {
    "upper_lip_height": 0.16,
    "lateral_upper_lip_heights": 0.26,
    "jaw_width": 0.11,
    "nose_height": 0.14,
    "nose_width": 0.35,
    "labio_oral_region": 0.17,
    "mandibular_index": 0.20,
    "intercanthal_index": 0.21,
    "nasal_index": 0.38,
    "vermilion_height_index": 0.29,
    "mouth_face_width_index": 0.20,
    "nose_area": 0.28,
    "philtrum_width": 0.038,
}
"""Figure 5c: Pearson's r between F2F and S2F over 1,000 clips, all with p < 0.001 but the last (p = 0.239), which the
paper leaves out and the files behind it hold. With another landmark detector the same files give 0.07 to 0.14 for the
nasal index."""
