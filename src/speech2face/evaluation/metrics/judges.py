"""What recognisers that train nothing say of the pictures: the measures of the run's own face encoder once more."""

from collections.abc import Sequence
from pathlib import Path

from speech2face.base.intervals import Estimate
from speech2face.base.shards import read_shard
from speech2face.config import Metrics
from speech2face.evaluation.metrics import association, leakage, retrieval, similarity

_FAMILIES = (retrieval, similarity, association, leakage)
_CONSTANTS = ("chance.", "perfect.")


def measure(*, judges: Sequence[Path], settings: Metrics, seed: int) -> dict[str, Estimate]:
    """Retrieval, similarity, association and leakage of the pictures and of the mean face, in each judge's space.

    A measure has the name that it has by the run's own face encoder, after `second.` or `third.`. A judge that was not
    at hand has none.

    Args:
        judges: table of each judge, named after it.
    """
    return {
        f"{table.stem}.{name}": value
        for table in judges
        if read_shard(table).num_rows
        for family in _FAMILIES
        for name, value in family.measure(predictions=table, settings=settings, seed=seed).items()
        if not name.startswith(_CONSTANTS)
    }
