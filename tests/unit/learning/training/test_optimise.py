"""Precision and device of a training run: what is asked for, or a clear error."""

import os
import subprocess
import sys

import pytest
import torch

from speech2face.learning.training import optimise, processes
from speech2face.learning.training.errors import TrainingError
from tests.unit.learning.training.toy import SETTINGS

CPU = torch.device("cpu")


def multiplied_in(settings) -> torch.dtype:
    with optimise.autocast(settings, CPU):
        return (torch.ones(2, 2) @ torch.ones(2, 2)).dtype


@pytest.fixture
def hardware(monkeypatch):
    def has(precision):
        monkeypatch.setattr(optimise, "fast_precision", lambda device: precision)
        monkeypatch.setattr("speech2face.base.precision.fast_precision", lambda device: precision)

    return has


@pytest.mark.parametrize(
    ("asked", "fast", "expected"),
    [
        ("fp32", torch.bfloat16, torch.float32),
        ("auto", torch.bfloat16, torch.bfloat16),
        ("auto", torch.float32, torch.float32),
        ("bf16", torch.bfloat16, torch.bfloat16),
    ],
)
def test_the_forward_pass_runs_in_the_precision_asked_for(hardware, asked, fast, expected):
    hardware(fast)
    assert multiplied_in(SETTINGS.model_copy(update={"precision": asked})) is expected


def test_bf16_without_hardware_is_refused(hardware):
    hardware(torch.float32)
    with pytest.raises(TrainingError, match=r"bf16, which this machine only emulates.* set it to auto or fp32"):
        multiplied_in(SETTINGS.model_copy(update={"precision": "bf16"}))


def test_a_gpu_that_was_given_and_cannot_be_used_is_a_clear_error():
    """Rather than weeks on a CPU. No machine has so many."""
    code = "from speech2face.learning.training.optimise import training_device; print(training_device())"
    for given, found in (("7777", None), ("", "cpu"), ("-1", "cpu")):
        done = subprocess.run(
            [sys.executable, "-c", code],
            env=os.environ | {"CUDA_VISIBLE_DEVICES": given},
            capture_output=True,
            text=True,
        )
        if found is None:
            assert "given the GPU 7777 (CUDA_VISIBLE_DEVICES), which PyTorch cannot use: " in done.stderr
            assert "or set CUDA_VISIBLE_DEVICES= (to nothing) to work on the CPU." in done.stderr
        else:
            assert done.stdout == f"{found}\n", done.stderr


def test_more_processes_than_gpus_is_a_clear_error(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    for name, value in {"WORLD_SIZE": 2, "LOCAL_WORLD_SIZE": 2, "LOCAL_RANK": 1, "CUDA_VISIBLE_DEVICES": 0}.items():
        monkeypatch.setenv(name, str(value))
    wanted = r"asks for 2 GPUs on this machine, which has 1 for this job \(CUDA_VISIBLE_DEVICES=0\): lower it"
    with pytest.raises(RuntimeError, match=wanted):
        processes.join()


PREPARED = """
import sys, torch
from speech2face.learning.training.optimise import prepare
prepare(7, 1)
first = torch.rand(1).item()
prepare(7, 1)
assert torch.rand(1).item() == first
assert torch.are_deterministic_algorithms_enabled() and not torch.is_deterministic_algorithms_warn_only_enabled()
assert torch.get_num_threads() == 1
assert "torch._dynamo" not in sys.modules, "three seconds at the start of every job"
"""


def test_on_a_cpu_nothing_but_the_repeatable_is_let_through_and_no_compiler_is_loaded():
    no_gpu = os.environ | {"CUDA_VISIBLE_DEVICES": ""}
    subprocess.run([sys.executable, "-c", PREPARED], check=True, env=no_gpu)
