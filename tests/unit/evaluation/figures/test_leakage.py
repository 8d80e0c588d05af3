"""Leakage: identification as more attributes are known."""

from pathlib import Path

import pytest
from matplotlib.axes import Axes
from matplotlib.container import ErrorbarContainer

from speech2face.base.intervals import Estimate
from speech2face.evaluation.figures import leakage, style
from tests.unit.evaluation.figures.drawing import execute, fits, write_measures

Measures = dict[str, Estimate]


@pytest.fixture
def measures() -> Measures:
    """What leakage measures in a world of 124 test speakers."""
    made = {}

    def put(name: str, value: float, room: float, n: int) -> None:
        made[name] = Estimate(value=value, low=value - room, high=value + room, n=n)

    for position, (known, people) in enumerate({"everyone": 124.0, "sex": 62.02, "group": 4.576}.items()):
        n = 118 if known == "group" else 124
        for method, less in {
            "f2f": 0,
            "world.ceiling": 10,
            "s2f": 12,
            "acoustic_ridge": 20,
            "nearest_voice": 30,
        }.items():
            put(f"{method}.leakage.{known}.percentile", 95 - less - 8 * position, 4, n)
            put(f"{method}.leakage.{known}.first", 60 - less + 5 * position, 6, n)
            put(f"{method}.leakage.{known}.bits", (1 - less / 40) * (3 - position), 0.2, n)
        put(f"chance.leakage.{known}.percentile", 50, 0, n)
        put(f"chance.leakage.{known}.first", 100 / people, 0, n)
        put(f"chance.leakage.{known}.bits", 0, 0, n)
        put(f"chance.leakage.{known}.people", people, 0, n)
        put(f"perfect.leakage.{known}.bits", 7 - 2 * position, 0, n)
    return made


def bars(axes: Axes) -> dict[str, ErrorbarContainer]:
    return {str(bar.get_label()): bar for bar in axes.containers if isinstance(bar, ErrorbarContainer)}


def test_each_panel_shows_one_measure_over_what_is_known(measures: Measures) -> None:
    percentile, first, bits = leakage.draw(measures, invented=True).axes
    assert bars(percentile)["voice (S2F)"].lines[0].get_ydata().tolist() == [83, 75, 67]
    assert bars(first)["voice (S2F)"].lines[0].get_ydata().tolist() == [48, 53, 58]
    assert bars(bits)["voice (S2F)"].lines[0].get_ydata().tolist() == pytest.approx([2.1, 1.4, 0.7])
    assert bars(first)["voice (S2F)"].lines[2][0].get_segments()[0][:, 1].tolist() == [42, 54]
    assert set(bars(bits)) == {
        "picture from face (F2F)", "true voice parameters", "voice (S2F)", "pitch, formants, rate"
    }  # fmt: skip
    levels = {str(line.get_label()): list(line.get_ydata()) for line in first.lines}
    assert levels["chance"] == pytest.approx([100 / 124, 100 / 62.02, 100 / 4.576])
    assert "knowing who it is" not in levels
    levels = {str(line.get_label()): list(line.get_ydata()) for line in bits.lines}
    assert levels["knowing who it is"] == [7, 5, 3]
    assert [text.get_text() for text in percentile.texts] == ["83", "75", "67"]
    ticks = [label.get_text() for label in percentile.get_xticklabels()]
    assert ticks == ["nothing\n(124)", "sex\n(62)", "sex, age,\nethnicity\n(4.6)"]


def test_what_was_not_measured_is_not_drawn(measures: Measures) -> None:
    bare = {k: m for k, m in measures.items() if ".everyone." in k and not k.startswith("world.")}
    figure = leakage.draw(bare, invented=False)
    assert bars(figure.axes[0])["voice (S2F)"].lines[0].get_ydata().tolist() == [83]
    assert style.INVENTED not in [text.get_text() for text in figure.texts]
    assert style.INVENTED in [text.get_text() for text in leakage.draw(measures, invented=True).texts]
    with pytest.raises(ValueError, match=r"s2f\.leakage\.\*\.percentile"):
        leakage.draw({k: m for k, m in measures.items() if not k.startswith("s2f.")}, invented=True)


def test_nothing_reaches_over_the_edge(measures: Measures) -> None:
    for summary in (measures, {k: m for k, m in measures.items() if ".everyone." in k}):
        figure = leakage.draw(summary, invented=True)
        assert fits(figure)


def test_the_notebook_draws_it(measures: Measures, tmp_path: Path) -> None:
    execute("leakage", {"measures": write_measures(tmp_path / "leakage.json", measures)}, tmp_path)
