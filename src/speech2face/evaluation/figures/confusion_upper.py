"""Confusion matrices of truth, original, F2F and S2F picture, each against the next, as a probe reads them.

Figure 4 of the paper's supplement shows the original against the F2F picture as the upper bound of what a picture from
the voice can keep.
"""

from matplotlib.figure import Figure

from speech2face.evaluation import paper
from speech2face.evaluation.figures import style
from speech2face.evaluation.figures.confusion import draw_bands, paper_band, run_band
from speech2face.evaluation.figures.summary import Summary

PAPER_F2F = {"sex": paper.SEX_F2F, "age_band": paper.AGE_F2F, "ethnicity": paper.ETHNICITY_F2F}


@style.look()
def draw(summary: Summary, *, invented: bool) -> Figure:
    """Matrices of truth and original, original and F2F picture, the same of the paper, F2F and S2F picture.

    Raises:
        ValueError: the summary lacks one of them.
    """
    pictures = "original (rows), F2F picture (columns)"
    return draw_bands(
        [
            run_band(summary, "faces", "truth (rows), original (columns): the probe's own errors"),
            run_band(summary, "f2f", pictures),
            paper_band(PAPER_F2F, pictures),
            run_band(summary, "f2f_s2f", "F2F picture (rows), S2F picture (columns), of one decoder"),
        ],
        invented=invented,
    )
