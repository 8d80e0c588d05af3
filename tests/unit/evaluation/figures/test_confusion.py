"""Confusion matrices as they are drawn, beside the paper's."""

from pathlib import Path

import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from speech2face.base.intervals import Estimate
from speech2face.evaluation.figures import confusion, confusion_upper, style
from speech2face.evaluation.figures.confusion import PAPER_S2F, in_order, paper_band, run_band, title_of
from tests.unit.evaluation.figures.drawing import execute, fits, write_measures

LABELS = {
    "sex": ("female", "male"),
    "age_band": ("under_10", "20", "30", "40", "50", "60", "70", "80"),
    "ethnicity": ("african", "asian", "caucasian"),
}
Measures = dict[str, Estimate]


def measure(value: float, n: int = 124) -> Estimate:
    return Estimate(value=value, low=max(value - 5, 0), high=min(value + 5, 100), n=n)


@pytest.fixture
def matrices() -> Measures:
    """Matrices of which those of age lose to the commonest label; the column of a row's own label holds 70 %."""
    measures = {}
    for what in ("faces", "f2f", "s2f_pictures", "f2f_s2f"):
        for attribute, labels in LABELS.items():
            prefix = f"{what}.confusion.{attribute}"
            for position, row in enumerate(labels):
                for column in labels:
                    share = 70.0 if row == column else 30 / (len(labels) - 1)
                    measures[f"{prefix}.{row}.{column}"] = measure(share, n=10 + position)
            measures[f"{prefix}.agreement"] = measure(24.0 if attribute == "age_band" else 98.4)
            measures[f"{prefix}.majority"] = measure(25.0)
            measures[f"{prefix}.balanced_agreement"] = measure(70.0)
            measures[f"{prefix}.balanced_majority"] = measure(100 / len(labels))
    return measures


def titled(figure: Figure, attribute: str, position: int) -> tuple[Axes, Axes]:
    """The cells and the agreement of an attribute in a band."""
    at = 2 * (3 * position + list(LABELS).index(attribute))
    return figure.axes[at], figure.axes[at + 1]


def written(axes: Axes) -> list[str]:
    return [text.get_text() for text in axes.texts]


def test_cells_stand_in_their_rows_and_columns(matrices: Measures) -> None:
    matrices["s2f_pictures.confusion.sex.female.male"] = measure(11.0, n=10)
    cells, agreement = titled(confusion.draw(matrices, invented=True), "sex", 0)
    assert [label.get_text() for label in cells.get_yticklabels()] == ["Female (10)", "Male (11)"]
    positions = {text.get_text(): text.get_position() for text in cells.texts}
    assert positions["11"] == (1.5, 0.5)
    assert positions["30"] == (0.5, 1.5)
    assert cells.yaxis_inverted()
    assert written(agreement) == ["98.4 (93–100)", "25.0 (20–30)", "70.0 (65–75)"]


def test_agreement_that_loses_to_the_commonest_label_is_marked(matrices: Measures) -> None:
    figure = confusion.draw(matrices, invented=True)
    first = {}
    for position in (0, 1):
        for attribute in LABELS:
            _, agreement = titled(figure, attribute, position)
            first[position, attribute] = to_hex(agreement.patches[0].get_facecolor()).upper() == style.VERMILLION
    lost = {position for position, is_lost in first.items() if is_lost}
    # The paper's pictures lose on age and on ethnicity.
    assert lost == {(0, "age_band"), (1, "age_band"), (1, "ethnicity")}


# In percent, computed by hand from figure 4a with the counts of figure 4b.
COMPUTED = {
    "sex": {"s2f": 94.0, "f2f": 94.6, "majority": 62.6, "s2f_balanced": 94.0},
    "age_band": {"s2f": 28.6, "majority": 29.5},
    "ethnicity": {"s2f": 47.6, "f2f": 68.5, "majority": 50.2, "s2f_balanced": 33.8},
}


def test_the_papers_agreement_follows_from_its_matrices_and_counts() -> None:
    upper = paper_band(confusion_upper.PAPER_F2F, "").matrices
    for attribute, matrix in paper_band(PAPER_S2F, "").matrices.items():
        printed = COMPUTED[attribute]
        assert matrix.agreements["agreement"].value == pytest.approx(printed["s2f"], abs=0.06)
        assert matrix.agreements["majority"].value == pytest.approx(printed["majority"], abs=0.06)
        if "s2f_balanced" in printed:
            assert matrix.agreements["balanced_agreement"].value == pytest.approx(printed["s2f_balanced"], abs=0.06)
        if "f2f" in printed:
            assert upper[attribute].agreements["agreement"].value == pytest.approx(printed["f2f"], abs=0.06)
    assert upper["age_band"].cells.loc["70", "60"] == 27


def test_ages_stand_from_young_to_old() -> None:
    assert in_order({"80", "under_10", "20", "10"}) == ["under_10", "10", "20", "80"]
    assert [title_of("age_band", name) for name in ("under_10", "20", "80")] == ["<10", "20s", "80+"]
    assert title_of("ethnicity", "south_asian") == "South asian"


def test_a_band_holds_what_was_measured(matrices: Measures) -> None:
    only = {name: m for name, m in matrices.items() if ".age_band." not in name}
    assert list(run_band(only, "f2f", "").matrices) == ["sex", "ethnicity"]
    assert len(confusion.draw(only, invented=True).axes) == 2 * 2 * 2
    with pytest.raises(ValueError, match=r"no s2f_pictures\.confusion"):
        confusion.draw({name: m for name, m in matrices.items() if not name.startswith("s2f_pictures")}, invented=True)
    with pytest.raises(ValueError, match=r"no f2f_s2f\.confusion"):
        confusion_upper.draw({name: m for name, m in matrices.items() if not name.startswith("f2f_s2f")}, invented=True)


def test_nothing_reaches_over_the_edge(matrices: Measures) -> None:
    for figure in (confusion.draw(matrices, invented=True), confusion_upper.draw(matrices, invented=True)):
        assert style.INVENTED in [text.get_text() for text in figure.texts]
        assert fits(figure)
    plain = confusion.draw(matrices, invented=False)
    assert style.INVENTED not in [text.get_text() for text in plain.texts]


@pytest.mark.parametrize("name", ["confusion", "confusion_upper"])
def test_the_notebook_draws_the_figure(name: str, matrices: Measures, tmp_path: Path) -> None:
    execute(name, {"measures": write_measures(tmp_path / "confusion.json", matrices)}, tmp_path)
