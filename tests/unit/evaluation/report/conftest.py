"""A report of two figures, written from made measures."""

import json

import pytest
from PIL import Image

from speech2face.base.intervals import Estimate
from speech2face.base.shards import write_shard
from speech2face.data.sources.attributes import INVENTED
from speech2face.data.splits.share import INDEX
from speech2face.evaluation.report.write import write_report


def clip(number, origin):
    position = {"clip_id": f"c{number}", "speaker_id": f"s{number // 2}", "split": "test", "shard": "00", "row": number}
    return position | {"origin": origin, "licence": None if origin == INVENTED else "CC BY 4.0"}


@pytest.fixture
def written(tmp_path):
    figures = []
    for name in ("retrieval", "triplets"):
        figures.append(tmp_path / f"{name}.png")
        Image.effect_noise((900 if name == "triplets" else 90, 900), 80).convert("RGB").save(figures[-1])
        (tmp_path / f"{name}.rst").write_text(f"{name}\n{'=' * len(name)}\n\nA caption of\n{name} & more.\n")
    (tmp_path / "summary.json").write_text(
        json.dumps({"s2f.faces.detected": {"value": 100.0, "low": 97.1, "high": 100.0, "n": 124}, "world.x": vars(
            Estimate(value=1, low=1, high=1, n=1)
        )})
    )  # fmt: skip

    def write(name, measured=True, origins=(INVENTED, INVENTED)):
        write_shard(tmp_path / "index.arrow", INDEX, [clip(number, origin) for number, origin in enumerate(origins)])
        folder = tmp_path / name
        write_report(
            title="the default run",
            figures=figures,
            captions=[figure.with_suffix(".rst") for figure in figures],
            summary=[tmp_path / "summary.json"] if measured else [],
            index=tmp_path / "index.arrow",
            page=folder / "report.html",
            claims=folder / "claims.json",
            table=folder / "claims.csv",
        )
        return folder

    return write
