"""The model at hand: the default run's bundle as it comes with the package, so that nobody has to train first."""

import shutil
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from speech2face.base.files import atomic_path, file_sha256, write_json, write_sealed, write_tensors
from speech2face.product.bundle.files import CALIBRATION, CARD, CONFIG, HEADS, VOICE_ENCODER, read_bundle, weights_of

AT_HAND = Path(__file__).parent / "model"
MADE = "made.json"
OWN = Path("results/bundle")
"""The bundle of the default run in the working directory: `make bundle`."""
_HALF = {VOICE_ENCODER: "weight", CALIBRATION: ".outside.axes", HEADS: "axes"}
"""Files and ends of names of the tensors that are kept in half precision: they are large, and rounding them moves
answers less than bf16, in which the networks may run."""
_MODELS = ("results/decoder/model.safetensors", "results/encoder/model.safetensors")


def usual_bundle() -> Path:
    """The folder of the bundle that answers unless another is named: the default run's here, else the one at hand."""
    return OWN if (OWN / CONFIG).exists() else AT_HAND


def keep_at_hand(*, bundle: Path, lock: Path, commit: str, output: Path = AT_HAND) -> None:
    """Make a bundle the one that comes with the package, in half precision where answers hardly move by it.

    `made.json` beside it says from which run it is.

    Args:
        bundle: folder of the default run's bundle.
        lock: dvc.lock, which has the hashes of the run's models.
        commit: of the code that made the bundle.
        output: folder to write.

    Raises:
        ModelError: the bundle cannot be read.
        ValueError: dvc.lock has no version of the models.
    """
    whole = read_bundle(bundle)
    made = {"commit": commit, "models": versions_of_models(lock)}
    for name in weights_of(whole.config):
        tensors = {
            key: value.astype(np.float16) if name in _HALF and key.endswith(_HALF[name]) else value
            for key, value in whole.arrays(name).items()
        }
        write_tensors(output / name, tensors, save_file)
    with atomic_path(output / CARD) as temporary:
        shutil.copyfile(bundle / CARD, temporary)
    hashes = {name: file_sha256(output / name) for name in whole.config["sha256"]}
    write_sealed(output / CONFIG, {**whole.config, "sha256": hashes})
    write_json(output / MADE, made)


def versions_of_models(lock: Path) -> dict[str, str]:
    """The MD5 of the weights of each model of the default run, by path, as dvc.lock has it.

    Raises:
        ValueError: the file has no such version.
    """
    import yaml

    try:
        outs = yaml.safe_load(lock.read_text(encoding="utf-8"))["stages"]["models"]["outs"]
        md5 = {out["path"]: out["md5"] for out in outs}
        return {path: md5[path] for path in _MODELS}
    except (KeyError, TypeError, yaml.YAMLError) as error:
        raise ValueError(f"{lock} has no version of the models ({error}): run make repro first.") from error
