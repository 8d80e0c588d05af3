"""The figure of consistency."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from speech2face.base.images import decode_image
from speech2face.base.intervals import Estimate
from speech2face.evaluation.figures import consistency, style
from speech2face.evaluation.figures.decoded import decode_pictures
from tests.unit.evaluation.figures.drawing import fits
from tests.unit.evaluation.figures.trial_charts import (
    charts,
    constant,
    intervals,
    pictures,
    run_notebook,
    trial_rows,
    words,
)

Make = Callable[..., pd.DataFrame]
MOMENTS = ("0", "2", "4")


@pytest.fixture
def measures() -> dict[str, Estimate]:
    found = {"s2f.consistency.moments.within_clip": constant(0.15, 0.02)}
    for position, unit in enumerate(("s2f.consistency.moments", "s2f.consistency.clips", "faces.consistency.clips")):
        for value, name in ((0.2, "across_clips"), (0.8, "same_sex"), (1.0, "speakers")):
            found[f"{unit}.{name}"] = constant(value + 0.01 * position, 0.03)
        if position:
            found[f"{unit}.nearest_is_same_speaker"] = constant(30.0 * position, 5)
    found["chance.consistency.nearest_is_same_speaker"] = constant(6.7, 0)
    return found


def test_each_clip_and_moment_has_a_picture(
    make_reconstructions: Make, face_decoder: tuple[Path, Path], measures: dict[str, Estimate]
) -> None:
    made = make_reconstructions(8)
    trial = trial_rows(made, MOMENTS)
    figure = consistency.draw(measures, trial, made, decoder=face_decoder, count=3)
    assert len(pictures(figure)) == 3 * 2 * (1 + len(MOMENTS))
    assert words(figure).count("voice\nfrom 4 s") == 2
    last = trial[(trial["condition"] == "4") & (trial["clip_id"] == "t00007_1")]["voice_embedding"].iloc[0]
    (expected,) = decode_pictures([last], face_decoder)
    np.testing.assert_allclose(pictures(figure)[-1], decode_image(expected), atol=1)


def test_distances_stand_with_their_intervals(
    make_reconstructions: Make, face_decoder: tuple[Path, Path], measures: dict[str, Estimate]
) -> None:
    made = make_reconstructions(4)
    distances, nearest = charts(
        consistency.draw(measures, trial_rows(made, MOMENTS), made, decoder=face_decoder, count=2)
    )
    rows = [label.get_text() for label in distances.get_yticklabels()]
    assert rows == list(consistency.DISTANCES.values())
    assert len(intervals(distances)) == 4 + 3 + 3
    assert intervals(distances)[0] == pytest.approx((0.15, 0.13, 0.17))
    assert [bar[0] for bar in intervals(distances)[-3:]] == pytest.approx([0.22, 0.82, 1.02])
    assert intervals(nearest) == [(30, 25, 35), (60, 55, 65)]
    assert [label.get_text() for label in nearest.get_yticklabels()] == ["voice", "true faces"]
    assert "8 test speakers" in distances.get_title()


def test_sources_without_labels_or_second_clips_can_be_drawn(
    make_reconstructions: Make, face_decoder: tuple[Path, Path], measures: dict[str, Estimate]
) -> None:
    made = make_reconstructions(5, labels=False)
    left = {k: m for k, m in measures.items() if not any(part in k for part in ("across", "same_sex", "nearest_is"))}
    left["chance.consistency.nearest_is_same_speaker"] = constant(0, 0)
    figure = consistency.draw(left, trial_rows(made, MOMENTS), made, decoder=face_decoder, count=6)
    assert len(pictures(figure)) == 5 * (1 + len(MOMENTS))
    assert style.INVENTED not in words(figure)
    (distances,) = charts(figure)
    assert len(distances.get_yticklabels()) == 2
    assert fits(figure)


@pytest.mark.parametrize("speakers", [1, 3])
def test_nothing_reaches_over_the_edge(
    make_reconstructions: Make, face_decoder: tuple[Path, Path], measures: dict[str, Estimate], speakers: int
) -> None:
    made = make_reconstructions(speakers)
    figure = consistency.draw(measures, trial_rows(made, MOMENTS), made, decoder=face_decoder, count=6)
    assert fits(figure)
    assert style.INVENTED in words(figure)


def test_what_is_missing_is_named(
    make_reconstructions: Make, face_decoder: tuple[Path, Path], measures: dict[str, Estimate]
) -> None:
    made = make_reconstructions(3)
    trial = trial_rows(made, MOMENTS)
    with pytest.raises(ValueError, match="no test clip"):
        consistency.draw(measures, trial.iloc[:0], made, decoder=face_decoder, count=3)
    with pytest.raises(ValueError, match="too few test speakers"):
        consistency.draw({}, trial, made, decoder=face_decoder, count=3)


def test_the_notebook_draws_it(
    make_reconstructions: Make, face_decoder: tuple[Path, Path], measures: dict[str, Estimate], tmp_path: Path
) -> None:
    made = make_reconstructions(4)
    run_notebook(
        "consistency", "moments", tmp_path, summary=measures, trial=trial_rows(made, MOMENTS), reconstructions=made,
        decoder=face_decoder,
    )  # fmt: skip
    assert (tmp_path / "consistency.pdf").read_bytes().startswith(b"%PDF")
