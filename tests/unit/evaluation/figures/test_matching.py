"""Matching: choices of 1 in N and verification beside what others print."""

from pathlib import Path

import pytest
from matplotlib.axes import Axes
from matplotlib.container import ErrorbarContainer
from matplotlib.figure import Figure

from speech2face.base.intervals import Estimate
from speech2face.evaluation.figures import matching, style
from speech2face.evaluation.metrics.association import CHOICES, MATCHINGS
from tests.unit.evaluation.figures.drawing import execute, fits, write_measures

Measures = dict[str, Estimate]


@pytest.fixture
def measures() -> Measures:
    """What association measures in a world of 124 test speakers."""
    made = {}

    def put(name: str, value: float, room: float, n: int) -> None:
        made[name] = Estimate(value=value, low=max(0.0, value - room), high=min(100.0, value + room), n=n)

    for position, matched in enumerate(MATCHINGS):
        for method, less in {
            "f2f": 0,
            "world.ceiling": 10,
            "s2f": 12,
            "acoustic_ridge": 20,
            "mean_face_of_sex": 30,
        }.items():
            for n in CHOICES[: 3 if matched == "group_matched." else 4]:
                for direction in ("v2f", "f2v"):
                    name = f"{method}.association.{direction}.1_of_{n}.{matched}accuracy"
                    put(name, 100 - less - 10 * position - 3 * n, 6, 124 - 10 * position)
            put(f"{method}.association.verification.{matched}auc", 100 - less - 10 * position, 3.5, 124)
            put(f"{method}.association.verification.{matched}eer", less + 10 * position, 3.5, 124)
    for n in CHOICES:
        put(f"chance.association.1_of_{n}.accuracy", 100 / n, 0, 124)
    put("chance.association.verification.auc", 50, 0, 124)
    put("chance.association.verification.eer", 50, 0, 124)
    return made


def bars(axes: Axes) -> dict[str, ErrorbarContainer]:
    return {str(bar.get_label()): bar for bar in axes.containers if isinstance(bar, ErrorbarContainer)}


def cells(figure: Figure) -> dict[str, list[str]]:
    """The table's rows by what stands before them."""
    (table,) = figure.axes[-1].tables
    texts = {position: cell.get_text().get_text() for position, cell in table.get_celld().items()}
    columns = max(column for _, column in texts) + 1
    return {text: [texts[row, n] for n in range(columns)] for (row, column), text in texts.items() if column == -1}


def test_curves_and_stars_are_those_of_their_wrong_faces(measures: Measures) -> None:
    panels = matching.draw(measures, invented=True).axes[:-1]
    assert len(panels) == 3
    anyone = bars(panels[0])["voice (S2F)"]
    assert anyone.lines[0].get_ydata().tolist() == [82, 79, 73, 58]
    assert anyone.lines[2][0].get_segments()[0][:, 1].tolist() == [76, 88]
    # Nobody is one of ten there.
    assert bars(panels[2])["voice (S2F)"].lines[0].get_ydata().tolist() == [62, 59, 53]
    assert panels[2].get_xticklabels()[0].get_text() == "2\n(104)"
    assert panels[2].get_xticklabels()[-1].get_text() == "10\n(0)"
    assert set(bars(panels[0])) == {
        "true voice parameters", "voice (S2F)", "pitch, formants, rate", "mean face of the sex"
    }  # fmt: skip
    stars = [{str(line.get_label()): list(line.get_ydata()) for line in panel.lines} for panel in panels]
    assert (stars[0]["SVHF 2018"], stars[0]["FOP 2022"]) == ([81.0], [83, 37])
    assert (stars[1]["Wen 2021"], stars[1]["FOP 2022"]) == ([77.7], [])
    assert stars[2]["SVHF 2018"] == [63.9]


def test_the_table_holds_every_way_and_what_others_print(measures: Measures) -> None:
    rows = cells(matching.draw(measures, invented=True))
    assert rows["voice (S2F)"][:3] == ["88.0 (84.5–91.5)", "12.0 (8.5–15.5)", "78.0 (74.5–81.5)"]
    assert rows["chance"] == ["50.0"] * 6
    assert rows["Wen 2021"] == ["87.2", "–", "77.5", "–", "–", "–"]
    assert rows["FOP 2022"][:2] == ["83.5", "24.9"]
    assert "picture from voice (S2F)" not in rows
    assert "SVHF 2018" not in rows


def test_the_table_by_flags_rules_stands_beside_published_rows(measures: Measures) -> None:
    flag = {
        "s2f.association.verification.other_clip.eer": 20.0,
        "s2f.association.verification.other_clip.sex_matched.eer": 30.0,
        "s2f.association.flag.eer": 25.0,
    }
    added = {name: Estimate(value=value, low=value - 3, high=value + 3, n=110) for name, value in flag.items()}
    figure = matching.draw(measures | added, invented=True)
    table = figure.axes[-1].tables[0].get_celld()
    rows = [[table[row, column].get_text().get_text() for column in range(5)] for row in range(8)]
    assert rows[0] == ["", "anyone", "the same sex", "mean of both", "of whom"]
    assert rows[1] == [
        "voice (S2F)", "20.0 (17.0–23.0)", "30.0 (27.0–33.0)", "25.0 (22.0–28.0)", "this run, 110 people"
    ]  # fmt: skip
    assert rows[2][:4] == ["FLAG 2027 baseline", "32.5", "33.0", "32.8"]
    assert rows[7] == ["PAEFF", "22.9", "–", "–", "VoxCeleb1, unseen and unheard people"]
    assert fits(figure)


def test_without_labels_there_is_one_panel_of_no_invented_world(measures: Measures) -> None:
    bare = {k: m for k, m in measures.items() if "matched" not in k and "world." not in k}
    figure = matching.draw(bare, invented=False)
    assert len(figure.axes) == 2
    assert len(cells(figure)["voice (S2F)"]) == 2
    assert style.INVENTED not in [text.get_text() for text in figure.texts]
    assert style.INVENTED in [text.get_text() for text in matching.draw(measures, invented=True).texts]


def test_missing_measures_are_named(measures: Measures) -> None:
    with pytest.raises(ValueError, match=r"s2f\.association\.v2f\.1_of_2\.accuracy"):
        matching.draw({k: m for k, m in measures.items() if not k.startswith("s2f.")}, invented=True)


def test_nothing_reaches_over_the_edge(measures: Measures) -> None:
    few = {k: m for k, m in measures.items() if ("1_of_5" not in k and "1_of_10" not in k) or k.startswith("chance.")}
    for summary in (measures, few):
        figure = matching.draw(summary, invented=True)
        assert fits(figure)


def test_the_notebook_draws_it(measures: Measures, tmp_path: Path) -> None:
    execute("matching", {"measures": write_measures(tmp_path / "association.json", measures)}, tmp_path)
