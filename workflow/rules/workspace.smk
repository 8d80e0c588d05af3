# What happens before the first job; not for a dry run, nor in the processes of the jobs.
import logging

from speech2face.base import workspace
from speech2face.base.shards import remove_other_shards
from speech2face.data.sources.forgotten import refuse_forgotten


include: "progress.smk"


# Folders with a file a shard.
SHARD_FOLDERS = [
    Path(folder) / phase
    for folder in (DATA, DATA_BENCHMARKS)
    for phase in (
        "talkers",
        "sources",
        "downloads",
        "clips",
        "faces",
        "voices",
        "speakers",
        "samples",
        "portraits",
        "portraits/pictures",
    )
]

if workflow.is_main_process:
    # On a full disk, else, every line of Snakemake's own log would be a traceback, and what is wrong stand among them.
    logging.raiseExceptions = False
    try:
        # Snakemake itself only says that outputs are protected.
        for line in workspace.check_home(Path(), DATA, DATA_LOGS):
            logger.warning(line)
    except RuntimeError as error:
        raise WorkflowError(str(error))


onstart:
    gpus = workflow.global_resources.get("gpu")
    processes = max(
        CONFIG.decoder.training.processes, CONFIG.encoder.training.processes
    )
    # Snakemake would say so only when it comes to the training. None at all: on a cluster, training on CPUs is asked for.
    if gpus is not None and 0 < gpus.value < processes and not CONFIG.models:
        raise WorkflowError(
            f"training.processes is {processes}, a GPU or a share of the CPU each, and this run may use {gpus.value}: "
            f"add --resources gpu={processes}, or lower it."
        )
    try:
        for line in workspace.begin(
            Path(),
            results=DATA,
            logs=DATA_LOGS,
            writes=(
                [CONFIG.faces.weights_folder] if CONFIG.faces.weight_files else []
            ),
            reads=[CONFIG.models] if CONFIG.models else [],
        ):
            logger.info(line)
        # Not of talkers, who are nobody: when their world is made again, all of them are in it.
        if CONFIG.source != "talkers":
            refuse_forgotten(
                [
                    path
                    for phase in ("sources", "clips", "splits")
                    for path in sorted(Path(DATA, phase).glob("*.arrow"))
                ],
                Path(CONFIG.forgotten),
            )
    except (RuntimeError, ValueError) as error:
        raise WorkflowError(str(error))
    # What a run with more shards left would lie among the results for good.
    for path in remove_other_shards(SHARD_FOLDERS, CONFIG.shards):
        logger.info(f"Removed {path}: this run has {CONFIG.shards} shards.")
    start_reporter(workflow)
