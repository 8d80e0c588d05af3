"""The model at hand: the default run's bundle as it comes with the package, so that nobody has to train first."""

import shutil
from pathlib import Path

from speech2face.base.files import atomic_path, write_json
from speech2face.product.bundle.files import CARD, CONFIG, read_bundle, weights_of

AT_HAND = Path(__file__).parent / "model"
MADE = "made.json"
OWN = Path("results/bundle")
"""The bundle of the default run in the working directory: `make bundle`."""


def usual_bundle() -> Path:
    """The folder of the bundle that answers unless another is named: the default run's here, else the one at hand."""
    return OWN if (OWN / CONFIG).exists() else AT_HAND


def keep_at_hand(*, bundle: Path, lock: Path, commit: str, output: Path = AT_HAND) -> None:
    """Make a bundle the one that comes with the package; `made.json` beside it says from which run it is.

    Args:
        bundle: folder of the default run's bundle.
        lock: dvc.lock, which has the hashes of the run's models.
        commit: of the code that made the bundle.
        output: folder to write.

    Raises:
        ModelError: the bundle cannot be read.
        ValueError: dvc.lock has no version of the models.
    """
    config = read_bundle(bundle).config
    made = {"commit": commit, "models": versions_of_models(lock)}
    for name in (*weights_of(config), CARD, CONFIG):
        with atomic_path(output / name) as temporary:
            shutil.copyfile(bundle / name, temporary)
    write_json(output / MADE, made)


def versions_of_models(lock: Path) -> dict[str, str]:
    """The hash of each folder of models of the default run, by its path, as dvc.lock has it.

    Raises:
        ValueError: the file has no such version.
    """
    import yaml

    try:
        outs = yaml.safe_load(lock.read_text(encoding="utf-8"))["stages"]["models"]["outs"]
        return {out["path"]: out["md5"] for out in outs if out["path"] in ("results/decoder", "results/encoder")}
    except (KeyError, TypeError, yaml.YAMLError) as error:
        raise ValueError(f"{lock} has no version of the models ({error}): run make repro first.") from error
