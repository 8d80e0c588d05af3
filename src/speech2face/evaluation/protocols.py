"""Published equal error rates of systems that match voices with faces, by FLAG's rules or near them, with caveats."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class PublishedVerification:
    """What a system's authors or a challenge print, in percent; None where they print nothing.

    Attributes:
        anyone, same_sex: equal error rate with wrong pairs of anyone and of the same sex.
        mean: of both, FLAG's score.
        caveat: of whom, and what makes it comparable or not.
    """

    label: str
    anyone: float | None = None
    same_sex: float | None = None
    mean: float | None = None
    caveat: str


VERIFICATION = (
    PublishedVerification(
        label="FLAG 2027 baseline", anyone=32.5, same_sex=33.0, mean=32.75, caveat="English, heard; MAV-Celeb v4"
    ),
    PublishedVerification(
        label="FLAG 2027 baseline", anyone=38.1, same_sex=44.0, mean=41.05, caveat="Bengali, not heard; MAV-Celeb v4"
    ),
    PublishedVerification(label="FLAG 2027 baseline", mean=36.92, caveat="mean of both languages"),
    PublishedVerification(label="FourFusion (FLAG)", mean=26.70, caveat="development set, each pair alone"),
    PublishedVerification(label="FAME 2026, winner", mean=23.99, caveat="score of that challenge; MAV-Celeb"),
    PublishedVerification(label="PAEFF", anyone=22.9, caveat="VoxCeleb1, unseen and unheard people"),
)
"""FLAG is a challenge of ICASSP 2027, FAME 2026 the one before it. By FourFusion's measurements right pairs from one
video lower the rate by 7 to 11 points."""
