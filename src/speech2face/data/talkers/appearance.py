"""A talker's appearance apart from the head's shape: skin, hair, brows, beard, eyes.

Frequencies and colours are rough and invented: plausible variety for synthetic people, not a claim about real
ones. Appearance and voice are independent given sex, age and group.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

Rgb = tuple[float, float, float]
Sex = Literal["female", "male"]
Ethnicity = Literal["african", "asian", "caucasian"]
Beard = Literal["none", "stubble", "moustache", "goatee", "full"]

HAIR_STYLES = (
    "bald",
    "buzz",
    "crop",
    "side_part",
    "swept",
    "curly",
    "afro",
    "bob",
    "long",
    "wavy",
    "fringe",
    "bun",
)

# sRGB from the lightest to the darkest skin.
_SKIN = (
    (0.88, 0.72, 0.64),
    (0.85, 0.67, 0.56),
    (0.80, 0.60, 0.48),
    (0.73, 0.52, 0.39),
    (0.59, 0.40, 0.29),
    (0.44, 0.29, 0.21),
    (0.31, 0.20, 0.15),
)
_SHADE = {"african": (0.70, 0.13), "asian": (0.27, 0.09), "caucasian": (0.13, 0.08)}
_GREY: Rgb = (0.72, 0.71, 0.70)
_HAIR: dict[str, tuple[tuple[float, Rgb], ...]] = {
    "african": ((0.8, (0.06, 0.05, 0.05)), (0.2, (0.14, 0.09, 0.07))),
    "asian": ((0.75, (0.07, 0.06, 0.06)), (0.25, (0.16, 0.10, 0.08))),
    "caucasian": (
        (0.13, (0.09, 0.07, 0.06)),
        (0.34, (0.23, 0.15, 0.11)),
        (0.27, (0.36, 0.25, 0.17)),
        (0.20, (0.68, 0.54, 0.36)),
        (0.06, (0.52, 0.25, 0.13)),
    ),
}
_EYES: dict[str, tuple[tuple[float, Rgb], ...]] = {
    "african": ((0.95, (0.20, 0.11, 0.07)), (0.05, (0.36, 0.24, 0.13))),
    "asian": ((0.95, (0.22, 0.13, 0.08)), (0.05, (0.36, 0.24, 0.14))),
    "caucasian": (
        (0.34, (0.34, 0.21, 0.12)),
        (0.22, (0.42, 0.36, 0.20)),
        (0.14, (0.36, 0.45, 0.33)),
        (0.30, (0.38, 0.52, 0.64)),
    ),
}
_STYLES: dict[Sex, dict[Ethnicity, dict[str, float]]] = {
    "male": {
        "african": {"buzz": 0.45, "crop": 0.2, "afro": 0.17, "curly": 0.1, "bald": 0.08},
        "asian": {"crop": 0.33, "side_part": 0.27, "swept": 0.2, "buzz": 0.12, "bald": 0.03, "bob": 0.05},
        "caucasian": {
            "crop": 0.26,
            "side_part": 0.25,
            "swept": 0.18,
            "buzz": 0.14,
            "curly": 0.08,
            "bald": 0.04,
            "bob": 0.05,
        },
    },
    "female": {
        "african": {"afro": 0.26, "bun": 0.26, "long": 0.12, "wavy": 0.16, "buzz": 0.07, "curly": 0.13},
        "asian": {"long": 0.32, "bob": 0.22, "fringe": 0.22, "bun": 0.14, "wavy": 0.1},
        "caucasian": {"long": 0.25, "wavy": 0.24, "bob": 0.17, "bun": 0.14, "fringe": 0.1, "crop": 0.05, "curly": 0.05},
    },
}


@dataclass(frozen=True, kw_only=True)
class Appearance:
    """Colours are sRGB in 0..1, strengths 0..1."""

    skin_rgb: Rgb
    redness: float
    """Of cheeks, nose and chin."""
    mottling: float
    """Unevenness of the skin's shade."""
    freckles: float
    age_lines: float
    """Depth of wrinkles, and of age spots and bags with them."""
    lips_rgb: Rgb
    hair_style: str
    """One of `HAIR_STYLES`."""
    hair_rgb: Rgb
    grey: float
    """Share of grey hairs on the head (brows and beard have theirs in their colours)."""
    recession: float
    """How far the hairline has moved back."""
    parting: float
    """Where the hair parts or the sweep starts, -1 (right) to 1 (left)."""
    brow_rgb: Rgb
    brow_thickness: float
    brow_arch: float
    eye_rgb: Rgb
    lashes: float
    beard: Beard
    beard_rgb: Rgb
    glasses: bool
    glasses_rgb: Rgb
    seed: int
    """Of details without a field here, such as the positions of freckles and strands."""

    def __post_init__(self) -> None:
        if self.hair_style not in HAIR_STYLES:
            raise ValueError(f"Appearance knows no hair style {self.hair_style!r}; use {', '.join(HAIR_STYLES)}.")


def _mix(a: Rgb, b: Rgb, share: float) -> Rgb:
    return (a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share, a[2] + (b[2] - a[2]) * share)


def _scaled(rgb: Rgb, factor: float) -> Rgb:
    return (min(rgb[0] * factor, 1.0), min(rgb[1] * factor, 1.0), min(rgb[2] * factor, 1.0))


def _choose(rng: np.random.Generator, options: tuple[tuple[float, Rgb], ...]) -> Rgb:
    """One colour of a weighted list, mixed a little with another so that no two are alike."""
    weights = np.array([weight for weight, _ in options])
    first, second = rng.choice(len(options), size=2, p=weights / weights.sum())
    mixed = _mix(options[first][1], options[second][1], float(rng.uniform(0, 0.35)))
    return _scaled(mixed, float(rng.uniform(0.85, 1.15)))


def _skin(shade: float) -> Rgb:
    steps = np.linspace(0, 1, len(_SKIN))
    r, g, b = (float(np.interp(shade, steps, [rgb[i] for rgb in _SKIN])) for i in range(3))
    return (r, g, b)


def _hair_style(rng: np.random.Generator, sex: Sex, age: float, ethnicity: Ethnicity) -> str:
    shares = dict(_STYLES[sex][ethnicity])
    if sex == "male" and age > 35:
        shares["bald"] = shares.get("bald", 0.0) + 0.006 * (age - 35)
    if sex == "female" and age > 50:
        for style in ("long", "wavy", "fringe"):
            shares[style] = shares.get(style, 0.0) * float(np.interp(age, [50, 75], [1.0, 0.3]))
        shares["bob"] = shares.get("bob", 0.0) + 0.15
        shares["crop"] = shares.get("crop", 0.0) + 0.12
    names = sorted(shares)
    weights = np.array([shares[name] for name in names])
    return str(rng.choice(names, p=weights / weights.sum()))


def _beard(rng: np.random.Generator, sex: Sex, ethnicity: Ethnicity) -> Beard:
    if sex == "female":
        return "none"
    kinds: tuple[Beard, ...] = ("none", "stubble", "moustache", "goatee", "full")
    weights = (0.72, 0.12, 0.06, 0.06, 0.04) if ethnicity == "asian" else (0.46, 0.22, 0.07, 0.08, 0.17)
    return kinds[int(rng.choice(len(kinds), p=weights))]


def sample_appearance(rng: np.random.Generator, *, sex: Sex, age: float, ethnicity: Ethnicity) -> Appearance:
    """Draw how a person of this sex, age (18..80 years) and group looks."""
    shade = float(np.clip(rng.normal(*_SHADE[ethnicity]), 0.0, 1.0))
    skin = _scaled(_skin(shade), float(rng.uniform(0.97, 1.03)))
    if ethnicity == "asian":
        skin = (skin[0] * 0.99, skin[1] * 1.01, skin[2] * 0.96)
    hair = _choose(rng, _HAIR[ethnicity])
    onset = float(rng.normal(50, 8))
    grey = float(np.clip((age - onset) / 22, 0.0, 1.0))
    dyed = sex == "female" and rng.uniform() < 0.45
    style = _hair_style(rng, sex, age, ethnicity)
    old = float(np.clip((age - 30) / 45, 0.0, 1.0))
    lips_tint: Rgb = (0.62, 0.30, 0.29) if shade < 0.5 else (0.42, 0.21, 0.20)
    lips = _mix(skin, lips_tint, float(rng.uniform(0.45, 0.7)) * (1 - 0.25 * old))
    lipstick = sex == "female" and rng.uniform() < 0.35
    if lipstick:
        lips = _mix(lips, (float(rng.uniform(0.5, 0.75)), float(rng.uniform(0.1, 0.28)), 0.24), 0.6)
    recession = float(np.clip(rng.normal(0.1 + 0.75 * old, 0.25), 0, 1)) if sex == "male" else 0.15 * old
    if style == "bob":
        recession *= 0.3  # receding hair is rarely worn long
    facial_grey = float(np.clip(grey * 1.1 + 0.05 * old, 0, 1))
    return Appearance(
        skin_rgb=skin,
        redness=float(rng.uniform(0.3, 1.0)),
        mottling=float(np.clip(0.25 + 0.45 * old + rng.normal(0, 0.12), 0, 1)),
        freckles=float(rng.beta(0.6, 3.0)) if shade < 0.3 else float(rng.beta(0.5, 8.0)),
        age_lines=float(np.clip(old**1.2 + rng.normal(0, 0.07), 0, 1)),
        lips_rgb=lips,
        hair_style=style,
        hair_rgb=_mix(hair, _GREY, 0.0 if dyed else 0.55 * grey),
        grey=0.1 * grey if dyed else grey,
        recession=recession,
        parting=float(rng.choice([-1.0, 1.0]) * rng.uniform(0.25, 0.75)),
        brow_rgb=_mix(_scaled(hair, 0.8), _GREY, 0.0 if dyed else 0.5 * facial_grey),
        brow_thickness=float(np.clip(rng.normal(0.62 if sex == "male" else 0.36, 0.14), 0.1, 1.0)),
        brow_arch=float(np.clip(rng.normal(0.35 if sex == "male" else 0.6, 0.2), 0.0, 1.0)),
        eye_rgb=_choose(rng, _EYES[ethnicity]),
        lashes=float(rng.uniform(0.35, 0.6) if sex == "male" else rng.uniform(0.6, 1.0)),
        beard=_beard(rng, sex, ethnicity),
        beard_rgb=_mix(_scaled(hair, 0.9), _GREY, 0.75 * facial_grey),
        glasses=bool(rng.uniform() < 0.12 + 0.15 * old),
        glasses_rgb=_scaled(((0.05, 0.05, 0.06), (0.22, 0.13, 0.08), (0.45, 0.42, 0.40))[int(rng.integers(3))], 1.0),
        seed=int(rng.integers(2**31)),
    )
