"""Figures made of numbers: retrieval, attributes and learning curves."""

from pathlib import Path

import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.container import ErrorbarContainer

from speech2face.base.intervals import Estimate
from speech2face.evaluation.figures import attributes, learning_curves, retrieval, style
from speech2face.evaluation.figures.summary import as_table
from speech2face.evaluation.metrics.summary import read_summary
from tests.unit.evaluation.figures.drawing import fits

Measures = dict[str, Estimate]


def without(summary: Measures, part: str) -> Measures:
    return {name: measure for name, measure in summary.items() if part not in name}


def bars(axes: Axes) -> dict[str, ErrorbarContainer]:
    return {str(bar.get_label()): bar for bar in axes.containers if isinstance(bar, ErrorbarContainer)}


def test_recall_is_drawn_with_its_interval_beside_the_papers(summary: Measures) -> None:
    curves, _, table = retrieval.draw(summary, invented=True).axes
    voice = bars(curves)["voice (S2F)"]
    assert voice.lines[0].get_ydata().tolist() == [12, 19, 48]
    low, high = voice.lines[2][0].get_segments()[1][:, 1]
    assert (low, high) == (14, 24)
    assert set(bars(curves)) == {
        "voice (S2F)", "picture from voice (S2F)", "picture from face (F2F)", "true voice parameters"
    }  # fmt: skip
    (paper,) = [line for line in curves.lines if line.get_label() == "paper, 6 s, AVSpeech, cosine not centred"]
    assert list(paper.get_ydata()) == [10.92, 17.00, 30.60, 45.82]
    assert paper.get_linestyle() == "None"
    cells = {cell.get_text().get_text() for cell in table.tables[0].get_celld().values()}
    assert {"1 %", "10 %", "rank 1", "rank 10", "24.0 (19.0–29.0)", "6.2", "38.5"} <= cells
    assert {"voice (S2F), L1", "paper, 3 s, cosine", "paper, 6 s, L2"} <= cells


def test_recall_stands_beside_other_clips_and_other_recognisers(summary: Measures) -> None:
    def put(value: float, n: int) -> Estimate:
        return Estimate(value=value, low=value - 2, high=value + 2, n=n)

    more = {
        "f2f.retrieval.other_clip.cosine.recall_at_1": put(89.5, 110),
        "chance.retrieval.other_clip.recall_at_1_percent": put(1.8, 110),
        "second.s2f_pictures.retrieval.cosine.recall_at_10_percent": put(33.3, 160),
        "third.f2f.retrieval.cosine.recall_at_10_percent": put(92.0, 160),
    }
    table = retrieval.draw(summary | more, invented=True).axes[2]
    cells = table.tables[0].get_celld()
    rows = {
        cells[row, -1].get_text().get_text(): [cells[row, column].get_text().get_text() for column in range(6)]
        for row in {row for row, _ in cells} - {0}
    }
    assert rows["picture F2F, other clip"][3] == "89.5 (87.5–91.5)"
    assert rows["picture S2F, by FaceRes"][2] == "33.3 (31.3–35.3)"
    assert rows["picture F2F, by SFace"][2] == "92.0 (90.0–94.0)"
    assert "160 test speakers" in table.get_title() and "another clip of the person, 110 speakers" in table.get_title()


def test_recall_without_ceiling_is_of_no_invented_world(summary: Measures) -> None:
    figure = retrieval.draw(without(summary, "world."), invented=False)
    assert "true voice parameters" not in bars(figure.axes[0])
    assert style.INVENTED not in [text.get_text() for text in figure.texts]
    assert style.INVENTED in [text.get_text() for text in retrieval.draw(summary, invented=True).texts]


def test_recall_of_a_gallery_too_small_for_the_ranks_can_be_drawn(summary: Measures) -> None:
    shares = {name: m for name, m in summary.items() if not name.endswith(("at_1", "at_5", "at_10"))}
    cells = retrieval.draw(shares, invented=True).axes[2].tables[0].get_celld().values()
    assert not any(cell.get_text().get_text().startswith("rank") for cell in cells)
    with pytest.raises(ValueError, match=r"metrics\.percentages"):
        retrieval.draw(without(summary, "percent"), invented=True)


def test_accuracies_stand_in_one_panel_an_attribute(summary: Measures) -> None:
    figure = attributes.draw(summary, invented=True)
    assert len(figure.axes) == 3
    panel = figure.axes[0]
    methods = [label.get_text() for label in panel.get_yticklabels()]
    assert methods[0] == "true face"
    assert methods[-1] == "always one answer"
    drawn = [bar.lines[0].get_xdata().item() for bar in panel.containers]
    assert dict(zip(methods, drawn, strict=True))["voice (S2F)"] == summary["s2f.attributes.sex.accuracy"].value
    assert style.INVENTED in [text.get_text() for text in figure.texts]


def test_the_error_of_age_and_the_balanced_accuracy_are_drawn_where_they_are_known(summary: Measures) -> None:
    known = {name.replace("attributes.sex.accuracy", "attributes.age.error_years"): m for name, m in summary.items()}
    known["mean_age.attributes.age.error_years"] = known.pop("majority.attributes.age.error_years")
    alike = Estimate(value=33.0, low=30.0, high=36.0, n=160)
    figure = attributes.draw(summary | known | {"s2f.attributes.sex.balanced_accuracy": alike}, invented=True)
    assert [panel.get_title() for panel in figure.axes] == [
        "Sex (160)", "Age band (160)", "Ethnicity (160)", "Age (160)"
    ]  # fmt: skip
    hollow = [line for line in figure.axes[0].lines if line.get_markerfacecolor() == "white"]
    assert [line.get_xdata().item() for line in hollow] == [33]
    drawn = [bar.lines[0].get_xdata().item() for bar in figure.axes[3].containers]
    assert drawn[-1] == known["mean_age.attributes.age.error_years"].value
    assert fits(figure)


def test_attributes_that_were_not_measured_get_no_panel(summary: Measures) -> None:
    assert len(attributes.draw(without(summary, ".ethnicity."), invented=True).axes) == 2
    with pytest.raises(ValueError, match="no labels"):
        attributes.draw(without(summary, ".attributes."), invented=True)


def test_the_kept_epoch_is_the_first_of_the_best(histories: dict[str, pd.DataFrame]) -> None:
    assert learning_curves.best_value(histories["encoder"]) == 3
    _, encoder = learning_curves.draw(**histories, invented=True).axes
    labels = {line.get_label(): line for line in encoder.lines}
    assert labels["kept: epoch 3, validation 0.7"].get_xydata().tolist() == [[3, 0.7]]
    assert set(labels["predicting the mean face"].get_ydata()) == {1}


def test_training_is_drawn_in_the_unit_of_the_validation_or_says_that_it_is_not(
    histories: dict[str, pd.DataFrame],
) -> None:
    decoder, encoder = learning_curves.draw(**histories, invented=True).axes
    drawn = {line.get_label(): line.get_ydata() for line in decoder.lines}
    # Without the term that the validation loss leaves out.
    assert drawn["training"].tolist() == pytest.approx([0.27, 0.135, 0.09, 0.0675])
    other = histories["encoder"].drop(columns="mean_squared").assign(train_loss=[40.0, 30.0, 20.0, 10.0, 10.0])
    _, encoder = learning_curves.draw(histories["decoder"], other, invented=True).axes
    (course,) = [line for line in encoder.lines if "own loss, scaled" in line.get_label()]
    assert course.get_ydata()[:2].tolist() == pytest.approx([0.95, 0.95 * 0.75])


def test_a_fit_in_closed_form_is_drawn_by_penalty(histories: dict[str, pd.DataFrame]) -> None:
    fitted = pd.DataFrame(
        [
            {"penalty": 10.0, "train_loss": 0.08, "validation_loss": 0.14, "texture": 0.07, "landmarks": 0.01},
            {"penalty": 100.0, "train_loss": 0.1, "validation_loss": 0.12, "texture": 0.08, "landmarks": 0.02},
            {"penalty": 1000.0, "train_loss": 0.12, "validation_loss": 0.13, "texture": 0.1, "landmarks": 0.02},
        ]
    )
    decoder, _ = learning_curves.draw(fitted, histories["encoder"], invented=True).axes
    lines = {line.get_label(): line for line in decoder.lines}
    assert lines["kept: penalty 100, validation 0.12"].get_xydata().tolist() == [[100, 0.12]]
    assert lines["training"].get_ydata().tolist() == pytest.approx([0.08, 0.1, 0.12])
    assert (decoder.get_xscale(), decoder.get_xlabel()) == ("log", "penalty of the ridge regression")


def test_a_single_epoch_can_be_drawn(histories: dict[str, pd.DataFrame]) -> None:
    figure = learning_curves.draw(histories["decoder"][:1], histories["encoder"][:1], invented=False)
    assert 1 in figure.axes[0].get_xticks()
    assert all(tick % 1 == 0 for tick in figure.axes[0].get_xticks())
    assert style.INVENTED not in [text.get_text() for text in figure.texts]


def test_a_file_that_is_no_summary_is_named(tmp_path: Path, summary: Measures) -> None:
    path = tmp_path / "summary.json"
    for text in ("[1", '{"a": {"value": 1}}', "[1, 2]"):
        path.write_text(text)
        with pytest.raises(ValueError, match=r"summary\.json is not a summary"):
            read_summary(path)
    table = as_table(summary, "s2f.attributes.")
    assert table.loc["s2f.attributes.sex.accuracy", "n"] == 160
    assert set(table.index) == {name for name in summary if name.startswith("s2f.attributes.")}
    assert table["n"].dtype.kind == "i"


def test_nothing_reaches_over_the_edge(summary: Measures, histories: dict[str, pd.DataFrame]) -> None:
    for figure in (
        retrieval.draw(summary, invented=True),
        attributes.draw(summary, invented=True),
        learning_curves.draw(**histories, invented=True),
    ):
        assert fits(figure)
