# What every rule shares: the checked config, names of shards, and what makes a rule notice that code changed.
import json
from pathlib import Path
from types import SimpleNamespace

# Snakemake's own names (config, parse) live beside those of this file.
from speech2face import config as configs
from speech2face.base.provenance import code_hash, edited_meanwhile
from speech2face.base.shards import shard_names

# A workflow that uses this one as a module gives only the values that it changes.
VALUES = configs.merge(configs.read_values(own("config/config.yaml")), config)
try:
    CONFIG = configs.parse(configs.Config, VALUES, "config")
except configs.ConfigError as error:
    raise WorkflowError(str(error))

# Variants of the voice encoder share all phases up to the splits, and the decoder, with the run that they vary.
DATA, RESULTS = CONFIG.data, CONFIG.results
SHARDS = shard_names(CONFIG.shards)
# Logs and benchmarks of an overlay or a variant stay apart, as its results do.
DATA_LOGS, LOGS = (folder.replace("results", "logs", 1) for folder in (DATA, RESULTS))
DATA_BENCHMARKS, BENCHMARKS = f"{DATA}/benchmarks", f"{RESULTS}/benchmarks"


def as_settings(section):
    """A config section as JSON: all that a rule sees of the config, so that other sections do not rerun it."""
    return json.dumps(section.model_dump(mode="json"), sort_keys=True)


def section(name):
    """The run's own section of that name as JSON."""
    return as_settings(getattr(CONFIG, name))


def training_command(training):
    """What Python runs for a training command: the command line, or torchrun with a copy of it for each process.

    Without the path of Python, which is another in every checkout and must not make a rule run again.
    """
    if training.processes == 1:
        return "-m speech2face.cli"
    return (
        f"-m torch.distributed.run --standalone --nproc-per-node {training.processes}"
        " -m speech2face.cli"
    )


def of_run(name, folder):
    """Weights and config of a model: of the run in `folder`, or of the one that config field `models` names."""
    folder = f"{CONFIG.models}/{name}" if CONFIG.models else f"{folder}/{{fold}}{name}"
    files = SimpleNamespace(
        weights=f"{folder}/model.safetensors", config=f"{folder}/config.json"
    )
    if CONFIG.models and not Path(files.weights).exists():
        raise WorkflowError(
            f"There is no trained {name} at {files.weights}. Run `make figures` first, or name the folder of "
            f"another run in the config field 'models' (now '{CONFIG.models}')."
        )
    return files


MODELS = {"decoder": of_run("decoder", DATA), "encoder": of_run("encoder", RESULTS)}

# Where each fold of a cross-validation has its splits, models and predictions; without folds there is one such place.
FOLDS = [f"folds/{fold}/" for fold in range(CONFIG.splits.folds or 0)] or [""]
# The models that a bundle gets: those of the run, which cross-validation trains on the people of all folds besides.
FINAL = "final/" if CONFIG.splits.folds else ""
INDEX = f"{DATA}/splits/index.arrow"
RECONSTRUCTIONS = f"{RESULTS}/reconstructions/test.arrow"
PREDICTIONS = f"{RESULTS}/predictions/test.arrow"


def model_files(name):
    """The files of the run's models, which cross-validation has one of a fold."""
    files = MODELS[name]
    return [
        path.format(fold=fold)
        for fold in FOLDS
        for path in (files.weights, files.config)
    ]


wildcard_constraints:
    shard=r"\d+",
    # Where a voice encoder belongs: the folder of the data, or a variant below it; further ones of an ensemble lie below.
    of=r"(variants/[a-z0-9_-]+/)?(ensemble/\d+/)?",
    fold=r"(folds/\d+/|final/)?",
