"""The figure of other languages."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from speech2face.base.images import decode_image
from speech2face.base.intervals import Estimate
from speech2face.evaluation.figures import languages, style
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
SPOKEN = ("own_again", "cmn", "en-us")
GROUPS = ("african", "asian", "caucasian")


@pytest.fixture
def trial(make_reconstructions: Make) -> pd.DataFrame:
    """First clips, each in the own language, in it again, and in two others that nobody has as the own one."""
    made = make_reconstructions(8)
    first = made[made["clip_id"].str.endswith("_0")]
    own = trial_rows(first, ["own"])
    return pd.concat([own.assign(condition=own["language"]), trial_rows(first, SPOKEN)], ignore_index=True)


@pytest.fixture
def measures() -> dict[str, Estimate]:
    found = {"s2f.languages.talkers.distance": constant(1.0, 0.02)}
    found["chance.languages.recall_at_10_percent"] = constant(12.5, 0)
    for position, code in enumerate(("own", "own_again", "cmn", "en-us", "others")):
        found[f"s2f.languages.{code}.recall_at_10_percent"] = constant(60 - 10 * position, 5)
        if code != "own":
            found[f"s2f.languages.{code}.distance"] = constant(0.1 * position, 0.05)
    for prefix in (*(f"s2f.languages.{code}" for code in ("own", "own_again", "cmn", "en-us")), "faces.languages"):
        for share, group in zip((20, 50, 30), GROUPS, strict=True):
            found[f"{prefix}.read_as_{group}"] = constant(share, 5)
    return found


def test_each_language_has_a_picture_of_each_talker(
    make_reconstructions: Make, face_decoder: tuple[Path, Path], measures: dict[str, Estimate], trial: pd.DataFrame
) -> None:
    figure = languages.draw(measures, trial, make_reconstructions(8), decoder=face_decoder, count=3)
    assert len(pictures(figure)) == 3 * (2 + len(SPOKEN))
    assert {"own\nlanguage", "own,\nagain", "Mandarin", "English\n(US)"} <= set(words(figure))
    drawn = pictures(figure)
    for position, code in enumerate(("vi", "own_again", "cmn", "en-us")):
        # The last of the three talkers shown speaks Vietnamese.
        row = trial[(trial["condition"] == code) & (trial["clip_id"] == "t00007_0")]
        (expected,) = decode_pictures(row["voice_embedding"].to_list(), face_decoder)
        np.testing.assert_allclose(drawn[(1 + position) * 3 + 2], decode_image(expected), atol=1)


def test_shift_recall_and_groups_stand_in_the_rows_of_the_languages(
    make_reconstructions: Make, face_decoder: tuple[Path, Path], measures: dict[str, Estimate], trial: pd.DataFrame
) -> None:
    figure = languages.draw(measures, trial, make_reconstructions(8), decoder=face_decoder, count=2)
    shift, recall, groups = charts(figure)
    rows = [label.get_text() for label in shift.get_yticklabels()]
    assert rows == ["own language", "own, again", "Mandarin", "English (US)", "mean of others", "true faces"]
    assert intervals(shift) == [pytest.approx((v, v - 0.05, v + 0.05)) for v in (0.1, 0.2, 0.3, 0.4)]
    assert [bar.lines[0].get_ydata().item() for bar in shift.containers] == [1, 2, 3, 4]
    assert intervals(recall) == [(60, 55, 65), (50, 45, 55), (40, 35, 45), (30, 25, 35), (20, 15, 25)]
    assert recall.lines[-1].get_xdata()[0] == 12.5
    bars = [(bar.get_y() + bar.get_height() / 2, bar.get_x(), bar.get_width()) for bar in groups.patches]
    assert bars[1] == pytest.approx((1, 0, 20))
    assert bars[6] == pytest.approx((1, 20, 50))
    assert bars[-1] == pytest.approx((5, 70, 30))
    assert len(bars) == 3 * 5


@pytest.mark.parametrize("count", [1, 4])
def test_nothing_reaches_over_the_edge(
    make_reconstructions: Make,
    face_decoder: tuple[Path, Path],
    measures: dict[str, Estimate],
    trial: pd.DataFrame,
    count: int,
) -> None:
    figure = languages.draw(measures, trial, make_reconstructions(8), decoder=face_decoder, count=count)
    assert fits(figure)
    assert style.INVENTED in words(figure)


def test_without_groups_there_are_two_panels(
    make_reconstructions: Make, face_decoder: tuple[Path, Path], measures: dict[str, Estimate], trial: pd.DataFrame
) -> None:
    without_groups = {name: m for name, m in measures.items() if "read_as" not in name}
    figure = languages.draw(without_groups, trial, make_reconstructions(8), decoder=face_decoder, count=2)
    assert len(charts(figure)) == 2
    assert "true faces" not in [label.get_text() for label in charts(figure)[0].get_yticklabels()]
    assert fits(figure)


def test_what_is_missing_is_named(
    make_reconstructions: Make, face_decoder: tuple[Path, Path], measures: dict[str, Estimate], trial: pd.DataFrame
) -> None:
    made = make_reconstructions(8)
    with pytest.raises(ValueError, match="no test talker"):
        languages.draw(measures, trial.iloc[:0], made, decoder=face_decoder, count=3)
    with pytest.raises(ValueError, match=r"lacks s2f\.languages\.others"):
        languages.draw({}, trial, made, decoder=face_decoder, count=3)


def test_the_notebook_draws_it(
    make_reconstructions: Make,
    face_decoder: tuple[Path, Path],
    measures: dict[str, Estimate],
    trial: pd.DataFrame,
    tmp_path: Path,
) -> None:
    run_notebook(
        "languages", "languages", tmp_path, summary=measures, trial=trial, reconstructions=make_reconstructions(8),
        decoder=face_decoder,
    )  # fmt: skip
    assert (tmp_path / "languages.pdf").read_bytes().startswith(b"%PDF")
