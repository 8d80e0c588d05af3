"""Snakemake's executor for Kubernetes, for a cluster whose pods share a volume: `--executor kubernetes-volume`.

The published executor takes it that pods share nothing: each file would go to a storage service and come back under
another path than the rules' commands name, and the checkpoint of a training, which is no output, would be lost with its
pod. Here a pod works where the main process does, in a folder of a volume that both have mounted at the same path; all
else is the published executor's. Options are its own, with the prefix `--kubernetes-volume-`.
"""

import shlex
from dataclasses import replace

from snakemake_executor_plugin_kubernetes import Executor as PublishedExecutor
from snakemake_executor_plugin_kubernetes import ExecutorSettings
from snakemake_executor_plugin_kubernetes import common_settings as published
from snakemake_interface_executor_plugins.jobs import JobExecutorInterface

__all__ = ["Executor", "ExecutorSettings", "common_settings"]

common_settings = replace(
    published,
    implies_no_shared_fs=False,
    job_deploy_sources=False,
    auto_deploy_default_storage_provider=False,
)


class Executor(PublishedExecutor):
    """Runs each job, or group of jobs, in a pod of its own that has the volume mounted."""

    def get_job_exec_prefix(self, job: JobExecutorInterface) -> str:
        """What the pod does first: go to the folder of the run."""
        return f"cd {shlex.quote(str(self.workflow.workdir_init))}"
