# What jobs run in, how much memory they ask for, and where the workflow's own files are.
import os
import shlex
import sys

from snakemake.exceptions import WorkflowError
from snakemake.settings.types import DeploymentMethod

# Commands get the folders of a phase as parameters, which Snakemake does not prefix.
if workflow.modifier.path_modifier.replace_prefix("results/") != "results/":
    raise WorkflowError(
        "This workflow cannot be used with `prefix` or `replace_prefix`: set `overlay` in the module's config instead, "
        "and its results are in results/OVERLAY."
    )


# What Dockerfile builds, for --software-deployment-method apptainer (docs/workflow.md).
container: "speech2face.sif"


# Every rule runs the command line of the package in the Python that runs Snakemake, or in that of the container.
PYTHON = (
    "python"
    if DeploymentMethod.APPTAINER in workflow.deployment_settings.deployment_method
    else shlex.quote(sys.executable)
)
SPEECH2FACE = f"{PYTHON} -m speech2face.cli"
# Snakemake formats shell commands with the names of the top workflow, which may use this one as a module.
workflow.modifier_stack[0].globals.update(PYTHON=PYTHON, SPEECH2FACE=SPEECH2FACE)


# The top folder of this workflow, as seen from where Snakemake runs: another workflow may use this one as a module.
HOME = os.path.relpath(
    workflow.current_basedir.join("../..").get_path_or_uri(secret_free=True)
)


def own(path):
    """A file of this workflow."""
    return os.path.normpath(os.path.join(HOME, path))


def memory(megabytes):
    """The memory of a job: so much at the first attempt, and as much more at each further one (`--retries`)."""
    return lambda wildcards, attempt: attempt * megabytes
