"""Precision of a training run: what is asked for, or a clear error."""

import pytest
import torch

from speech2face.training import optimise
from speech2face.training.errors import TrainingError
from tests.unit.training.toy import SETTINGS

CPU = torch.device("cpu")


def multiplied_in(settings) -> torch.dtype:
    with optimise.autocast(settings, CPU):
        return (torch.ones(2, 2) @ torch.ones(2, 2)).dtype


@pytest.fixture
def hardware(monkeypatch):
    def has(precision):
        monkeypatch.setattr(optimise, "fast_precision", lambda place: precision)
        monkeypatch.setattr("speech2face.precision.fast_precision", lambda place: precision)

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
