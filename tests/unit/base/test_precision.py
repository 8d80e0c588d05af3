"""The number format by device, the contexts of precision, and the memory that is kept."""

import ctypes
import mmap
import sys
from pathlib import Path

import pytest
import torch

from speech2face.base import precision
from speech2face.base.precision import fast_autocast, fast_precision, freed_memory_kept, full_precision


@pytest.mark.parametrize(
    ("able", "wanted"),
    [
        ({"avx512_bf16": True}, torch.bfloat16),
        ({"amx_bf16": True, "avx512_bf16": False}, torch.bfloat16),
        ({"avx2": True, "avx512_f": True, "avx512_bf16": False, "amx_bf16": False}, torch.float32),
        ({"architecture": "aarch64"}, torch.float32),
    ],
)
def test_processors_by_what_they_multiply(monkeypatch, able, wanted):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: able)
    monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: True)
    assert fast_precision("cpu") is wanted
    assert fast_autocast("cpu")._enabled == (wanted is torch.bfloat16)


def test_a_build_without_onednn_multiplies_in_float32(monkeypatch):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx512_bf16": True})
    monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: False)
    assert fast_precision("cpu") is torch.float32


@pytest.mark.parametrize(
    ("capability", "wanted"),
    [((7, 5), torch.float32), ((8, 0), torch.bfloat16), ((9, 0), torch.bfloat16), ((12, 0), torch.bfloat16)],
)
def test_graphics_processors_by_generation(monkeypatch, capability, wanted):
    asked = []
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: asked.append(device) or capability)
    assert fast_precision(torch.device("cuda", 3)) is wanted
    assert asked == [torch.device("cuda", 3)]


def test_other_devices_multiply_in_float32():
    assert fast_precision("meta") is torch.float32


def test_autocast_and_full_precision_inside(monkeypatch):
    monkeypatch.setattr(precision, "fast_precision", lambda device: torch.bfloat16)
    layer, x = torch.nn.Linear(4, 4), torch.randn(2, 4)
    with fast_autocast("cpu"):
        assert layer(x).dtype == torch.bfloat16
        with full_precision("cpu"):
            assert layer(x).dtype == torch.float32
    with full_precision("meta"):
        assert layer.to("meta")(x.to("meta")).dtype == torch.float32


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "gnu_get_libc_version"), reason="only glibc gives memory back so")
def test_freed_memory_stays_in_the_process_and_goes_back_after():
    size = 256 << 20

    def resident() -> int:
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * mmap.PAGESIZE

    def touch_and_free() -> None:
        torch.ones(size // 4)

    touch_and_free()
    before = resident()
    with freed_memory_kept():
        touch_and_free()
        assert resident() - before > size / 2
    assert resident() - before < size / 4
    touch_and_free()
    assert resident() - before < size / 4


def test_other_systems_are_left_as_they_are(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    with freed_memory_kept():
        assert torch.ones(3).sum() == 3
