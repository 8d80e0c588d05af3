"""The authors' pictures beside this run's: the same clips, and only those that have every picture."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from speech2face.base.images import encode_jpeg
from speech2face.base.shards import write_shard
from speech2face.data.samples.see import schema
from speech2face.evaluation.figures import published
from tests.unit.evaluation.figures.drawing import execute, fits

Make = Callable[..., pd.DataFrame]


def write_published(made: pd.DataFrame, path: Path, *, missing: int) -> Path:
    """Published pictures of the clips, in another order, and one clip without its picture from the face."""
    rng = np.random.default_rng(3)
    rows = [
        {"clip_id": clip}
        | {kind: encode_jpeg(rng.integers(0, 255, (16, 16, 3), np.uint8)) for kind in ("authors_f2f", "authors_s2f_07")}
        for clip in made["clip_id"]
    ]
    rows[missing] |= {"authors_f2f": None}
    write_shard(path, schema(4), reversed(rows))
    return path


def test_clips_are_joined_by_name_and_incomplete_ones_left_out(make_reconstructions: Make, tmp_path: Path) -> None:
    made = make_reconstructions(6)
    table = published.beside(made, [write_published(made, tmp_path / "00.arrow", missing=2)])
    assert table["clip_id"].tolist() == [clip for n, clip in enumerate(made["clip_id"]) if n != 2]
    figure = published.draw(table, count=4)
    assert len(figure.axes) == 4 * len(published.ROWS)
    assert fits(figure)


def test_no_complete_clip_is_an_error(make_reconstructions: Make, tmp_path: Path) -> None:
    made = make_reconstructions(1).iloc[:1]
    with pytest.raises(ValueError, match="No test clip has all pictures of the authors"):
        published.beside(made, [write_published(made, tmp_path / "00.arrow", missing=0)])


def test_the_notebook_draws_it(make_reconstructions: Make, tmp_path: Path) -> None:
    from speech2face.evaluation.reconstructions.reconstruct import schema as reconstructions_schema

    made = make_reconstructions(4, labels=False)
    write_shard(
        tmp_path / "test.arrow", reconstructions_schema(len(made["face_embedding"][0])), made.to_dict("records")
    )
    inputs = {
        "reconstructions": str(tmp_path / "test.arrow"),
        "published": [str(write_published(made, tmp_path / "00.arrow", missing=1))],
    }
    execute("published", inputs, tmp_path, triplets=3)
