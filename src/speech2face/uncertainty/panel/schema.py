"""The table of the panel: one row a person, with a face, the truth, and recordings."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from jaxtyping import Float, Int

from speech2face.base.shards import array_field, read_shard
from speech2face.base.status import STATUS_FIELDS
from speech2face.data.faces.landmarks import LANDMARKS
from speech2face.data.sources.manifest import ABOUT_FIELDS

VOICE, LANGUAGE, SETTING = "voice", "voice_language", "voice_setting"
"""Columns of recordings: in the usual voice; of some audit people also in another language and another setting."""

# Known of talkers only: columns of the table of the truth (`talkers.make`).
TRUTH_FIELDS = tuple(
    pa.field(name, pa.float64()) for name in ("tract", "pitch_hz", "formant_scale", "roughness", "breath", "speed_wpm")
)


def schema(dimension: int) -> pa.Schema:
    """The columns.

    Args:
        dimension: of face embeddings.
    """
    sound = {"meaning": "16 kHz mono PCM16"}
    return pa.schema(
        [
            *STATUS_FIELDS,
            pa.field("speaker_id", pa.string(), nullable=False),
            *ABOUT_FIELDS,
            *TRUTH_FIELDS,
            array_field("landmarks", 2 * LANDMARKS, pa.float32()),
            array_field("face_embedding", dimension, pa.float32()),
            pa.field("crop", pa.binary(), metadata={"meaning": "JPEG, eyes level and at fixed positions"}),
            pa.field(VOICE, pa.binary(), metadata=sound),
            pa.field(LANGUAGE, pa.binary(), metadata=sound | {"spoken": "in the language other_language"}),
            pa.field("other_language", pa.string()),
            pa.field(SETTING, pa.binary(), metadata=sound),
        ]
    )


@dataclass(frozen=True, kw_only=True)
class PanelPeople:
    """The people of a set whose face was found."""

    about: pd.DataFrame
    """One row a person, without pictures and recordings."""
    embedding: Float[np.ndarray, "people dimension"]
    landmarks: Float[np.ndarray, "people 68 2"]
    table: pa.Table
    rows: Int[np.ndarray, "people"]
    """Row of each person in the table, whose recordings stay on the disk until they are read."""

    def has(self, recording: str, person: int) -> bool:
        """Whether there is such a recording of a person."""
        return self._cell(recording, person).is_valid

    def sound(self, recording: str, person: int) -> np.ndarray:
        """A recording of a person, int16 at 16 kHz."""
        return np.frombuffer(self._cell(recording, person).as_buffer(), np.int16)

    def _cell(self, recording: str, person: int) -> pa.Scalar:
        return self.table.column(recording)[int(self.rows[person])]


def read_panel(shards: list[Path]) -> PanelPeople:
    """The people of the shards, in the order of their ids."""
    table = pa.concat_tables([read_shard(path) for path in sorted(shards)])
    good = np.flatnonzero(pc.equal(table["status"], "ok").to_numpy())
    rows = good[np.argsort(np.array(table["speaker_id"].to_pylist())[good], kind="stable")]
    names = ["speaker_id", *(field.name for field in (*ABOUT_FIELDS, *TRUTH_FIELDS)), "other_language"]
    about = table.select(names).take(pa.array(rows)).to_pandas()
    arrays = {
        name: np.stack(table.column(name).take(pa.array(rows)).to_pylist()) for name in ("landmarks", "face_embedding")
    }
    return PanelPeople(
        # A label that nobody has would be NaN, which is neither a string nor missing.
        about=about.astype(object).where(about.notna(), None),
        embedding=arrays["face_embedding"].astype(np.float32),
        landmarks=arrays["landmarks"].astype(np.float64).reshape(len(rows), LANDMARKS, 2),
        table=table,
        rows=rows,
    )
