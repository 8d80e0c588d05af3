"""The figure of longer recordings."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from speech2face.base.images import decode_image
from speech2face.base.intervals import Estimate
from speech2face.evaluation.figures import lengths, style
from speech2face.evaluation.figures.decoded import decode_pictures
from tests.unit.evaluation.figures.drawing import fits
from tests.unit.evaluation.figures.trial_charts import charts, constant, pictures, run_notebook, trial_rows, words

Make = Callable[..., pd.DataFrame]
SECONDS = ("1", "3", "6", "10.5")


@pytest.fixture
def measures() -> dict[str, Estimate]:
    found = {"chance.lengths.recall_at_10_percent": constant(12, 0), "mean_face.lengths.angle_degrees": constant(19, 1)}
    for position, seconds in enumerate(("1", "3", "6", "10_5")):
        for what, value in {"recall_at_10_percent": 40 + 5 * position, "angle_degrees": 17 - position}.items():
            found[f"s2f.lengths.{seconds}.{what}"] = constant(value, 3)
            if seconds != "6":
                found[f"s2f.lengths.{seconds}.against_6.{what}"] = constant(value / 10, 0.5)
    return found


def test_each_length_has_a_picture_and_a_point(
    make_reconstructions: Make, face_decoder: tuple[Path, Path], measures: dict[str, Estimate]
) -> None:
    made = make_reconstructions(8)
    trial = trial_rows(made, SECONDS)
    figure = lengths.draw(measures, trial, made, decoder=face_decoder, count=3)
    assert len(pictures(figure)) == 3 * (1 + len(SECONDS))
    assert {"true face", "1 s", "10.5 s", style.INVENTED} <= set(words(figure))
    last = trial[(trial["condition"] == "10.5") & (trial["clip_id"] == "t00007_0")]["voice_embedding"].iloc[0]
    (expected,) = decode_pictures([last], face_decoder)
    np.testing.assert_allclose(pictures(figure)[-1], decode_image(expected), atol=1)
    recall, change, angle, turn = charts(figure)
    assert recall.lines[0].get_xydata().tolist() == [[1, 40], [3, 45], [6, 50], [10.5, 55]]
    assert change.lines[0].get_xydata().tolist() == [[1, 4], [3, 4.5], [10.5, 5.5]]
    assert angle.containers[0].lines[2][0].get_segments()[0][:, 1].tolist() == [14, 20]
    assert turn.lines[0].get_ydata().tolist() == [1.7, 1.6, 1.4]
    assert "8 speakers" in recall.get_xlabel()


def test_the_papers_figures_are_stars(
    make_reconstructions: Make, face_decoder: tuple[Path, Path], measures: dict[str, Estimate]
) -> None:
    made = make_reconstructions(4)
    figure = lengths.draw(measures, trial_rows(made, SECONDS), made, decoder=face_decoder, count=2)
    stars = [line.get_xydata().tolist() for axes in charts(figure) for line in axes.lines if line.get_marker() == "*"]
    assert stars[0] == [[3, 38.54], [6, 45.82]]
    assert stars[1] == [[3, pytest.approx(-7.28)]]
    assert stars[2] == [[3, 48.43], [6, 45.75]]
    assert stars[3] == [[3, pytest.approx(2.68)]]


@pytest.mark.parametrize(("speakers", "labels"), [(1, True), (3, True), (2, False)])
def test_nothing_reaches_over_the_edge(
    make_reconstructions: Make,
    face_decoder: tuple[Path, Path],
    measures: dict[str, Estimate],
    speakers: int,
    labels: bool,
) -> None:
    made = make_reconstructions(speakers, labels=labels)
    figure = lengths.draw(measures, trial_rows(made, SECONDS), made, decoder=face_decoder, count=6)
    assert fits(figure)
    assert (style.INVENTED in words(figure)) is labels


def test_without_the_papers_length_there_are_no_changes_from_it(
    make_reconstructions: Make, face_decoder: tuple[Path, Path], measures: dict[str, Estimate]
) -> None:
    made = make_reconstructions(4)
    left = {name: m for name, m in measures.items() if ".6." not in name and "against" not in name}
    figure = lengths.draw(left, trial_rows(made, ("1", "3", "10.5")), made, decoder=face_decoder, count=2)
    assert [axes.get_title() for axes in charts(figure)] == ["Recall at 10 %", "Angle to the true face"]


def test_what_is_missing_is_named(
    make_reconstructions: Make, face_decoder: tuple[Path, Path], measures: dict[str, Estimate]
) -> None:
    made = make_reconstructions(3)
    trial = trial_rows(made, SECONDS)
    with pytest.raises(ValueError, match="no test clip"):
        lengths.draw(measures, trial.iloc[:0], made, decoder=face_decoder, count=3)
    with pytest.raises(ValueError, match=r"metrics\.percentages"):
        lengths.draw({}, trial, made, decoder=face_decoder, count=3)
    with pytest.raises(ValueError, match="t00002_0"):
        short = trial[(trial["clip_id"] != "t00002_0") | (trial["condition"] != "3")]
        lengths.draw(measures, short, made, decoder=face_decoder, count=3)


def test_the_notebook_draws_it(
    make_reconstructions: Make, face_decoder: tuple[Path, Path], measures: dict[str, Estimate], tmp_path: Path
) -> None:
    made = make_reconstructions(4)
    run_notebook(
        "lengths", "lengths", tmp_path, summary=measures, trial=trial_rows(made, SECONDS), reconstructions=made,
        decoder=face_decoder,
    )  # fmt: skip
    assert (tmp_path / "lengths.pdf").read_bytes().startswith(b"%PDF")
