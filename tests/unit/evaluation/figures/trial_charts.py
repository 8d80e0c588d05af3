"""What the tests of the figures of trials share: trials of the speakers of a small run, and notebooks."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from speech2face.base.intervals import Estimate
from speech2face.data.sources.manifest import ABOUT
from tests.unit.evaluation.figures.drawing import execute, write_measures

ROOT = Path(__file__).parents[4]


def trial_rows(reconstructions: pd.DataFrame, conditions: Sequence[str]) -> pd.DataFrame:
    """A trial of the clips of `reconstructions` under some conditions, as `trials.table.read_trial` gives it."""
    rng = np.random.default_rng(11)
    labelled = reconstructions[["clip_id", "speaker_id", *ABOUT, "face_embedding"]]
    parts = []
    for condition in conditions:
        voices = [(face + rng.normal(0, 1, len(face))).astype(np.float32) for face in labelled["face_embedding"]]
        parts.append(labelled.assign(condition=condition, voice_embedding=voices))
    return pd.concat(parts, ignore_index=True)


def constant(value: float, room: float, n: int = 8) -> Estimate:
    """A measure with an interval of `room` on both sides."""
    return Estimate(value=value, low=value - room, high=value + room, n=n)


def words(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.texts]


def pictures(figure: Figure) -> list[np.ndarray]:
    return [np.asarray(image.get_array()) for axes in figure.axes for image in axes.get_images()]


def charts(figure: Figure) -> list[Axes]:
    return [axes for axes in figure.axes if not axes.get_images()]


def intervals(axes: Axes) -> list[tuple[float, ...]]:
    """Value, low and high of each horizontal bar of an error bar plot, in the order of drawing."""
    found = []
    for container in axes.containers:
        if hasattr(container, "has_xerr") and container.has_xerr:
            ends = container.lines[2][0].get_segments()
            for value, segment in zip(container.lines[0].get_xdata(), ends, strict=True):
                found.append((float(value), float(segment[0][0]), float(segment[1][0])))
    return found


def run_notebook(
    name: str,
    trial_name: str,
    folder: Path,
    *,
    summary: dict[str, Estimate],
    trial: pd.DataFrame,
    reconstructions: pd.DataFrame,
    decoder: tuple[Path, Path],
) -> None:
    """Write a run's files and execute a notebook on them, as the workflow does; the figure is `<folder>/<name>`."""
    from speech2face.base.shards import write_shard
    from speech2face.evaluation.reconstructions.reconstruct import schema
    from speech2face.evaluation.trials.schema import write_trial

    dimension = len(trial["face_embedding"].iloc[0])
    write_trial(folder / "trial.arrow", dimension, trial.to_dict("records"))
    write_shard(folder / "test.arrow", schema(dimension), reconstructions.to_dict("records"))
    inputs = {
        "measures": write_measures(folder / "figures.json", summary),
        trial_name: str(folder / "trial.arrow"),
        "reconstructions": str(folder / "test.arrow"),
        "decoder": [str(path) for path in decoder],
    }
    execute(name, inputs, folder, examples=3)
