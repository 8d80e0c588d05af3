"""Speed of training: this project's training step against the obvious one, and both against the hardware's peak.

    python benchmarks/training_speed.py --presets paper small

The obvious step is float32, contiguous, with PyTorch's defaults. The fast step is this project's: channels-last, the
precision of `speech2face.base.precision.fast_autocast`, freed memory kept, one fused optimiser kernel. Both train the
same network on the same noise, in turns, so that other load on the machine affects both; the best turn counts. On a
busy machine, the gain in processor time is more reliable than that in wall-clock time. The peaks are the speeds of
single convolutions and matrix products, measured in the same turns.

The last line is one JSON object.
"""

import argparse
import contextlib
import json
import os
import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from speech2face.base.files import write_json
from speech2face.base.precision import fast_autocast, fast_precision, freed_memory_kept
from speech2face.base.sound import SAMPLE_RATE
from speech2face.learning.decoder.cole import ColeFaceDecoder
from speech2face.learning.encoder.frontends import LogMel
from speech2face.learning.encoder.paper import PaperVoiceEncoder
from speech2face.learning.encoder.small import SmallVoiceEncoder
from speech2face.learning.encoder.spectrogram import PowerLawSpectrogram

DIMENSION = 128
"""Length of the face embedding of dlib."""
SECONDS = 6
"""Length of the sound in seconds."""


@dataclass(frozen=True)
class Preset:
    """A network, its usual batch size, and the size of one input."""

    build: Callable[[], nn.Module]
    batch: int
    input_size: int


PRESETS = {
    "paper": Preset(lambda: PaperVoiceEncoder(dimension=DIMENSION), 8, SECONDS * SAMPLE_RATE),
    "small": Preset(
        lambda: SmallVoiceEncoder(dimension=DIMENSION, mels=64, stride=4, channels=128, batch_norm=True, dropout=0.3),
        32,
        SECONDS * SAMPLE_RATE,
    ),
    "decoder": Preset(lambda: ColeFaceDecoder(dimension=DIMENSION, size=128, landmarks=68), 8, DIMENSION),
}
FRONT_ENDS: dict[str, Callable[[], nn.Module]] = {"log mel": lambda: LogMel(64), "power law": PowerLawSpectrogram}
# Batch, channels in and out, and side of the map.
PEAK_CONVOLUTION = (4, 256, 64)
PEAK_MATRIX = 4096


@dataclass
class Result:
    """All turns of one measurement."""

    name: str
    variant: str
    precision: str
    samples: int
    flops: float
    seconds: list[float] = field(default_factory=list)
    processor_seconds: list[float] = field(default_factory=list)

    @property
    def best(self) -> float:
        """Seconds of the fastest turn."""
        return min(self.seconds)

    @property
    def gflops(self) -> float:
        """10^9 multiplications and additions a second in the fastest turn."""
        return self.flops / self.best / 1e9


class Step:
    """A training step of a preset: forward pass, loss, backward pass, Adam."""

    def __init__(self, preset: Preset, batch: int, device: torch.device, *, fast: bool) -> None:
        torch.manual_seed(0)
        self.model = preset.build().to(device)
        self.x = torch.randn(batch, preset.input_size, device=device) * 0.1
        self.fast = fast
        if fast:
            self.model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        else:
            undo_speedups(self.model)
        self.optimiser = torch.optim.Adam(self.model.parameters(), lr=1e-4, fused=True if fast else None)

    def __call__(self) -> None:
        """One step."""
        self.optimiser.zero_grad()
        with fast_autocast(self.x.device) if self.fast else contextlib.nullcontext():
            predicted = self.model(self.x)
        predicted.float().square().mean().backward()
        self.optimiser.step()


def undo_speedups(model: nn.Module) -> None:
    """Undo the optimisations inside the networks: in-place ReLUs and a channels-last spectrogram."""
    for module in model.modules():
        if isinstance(module, nn.ReLU):
            module.inplace = False
        if isinstance(module, PowerLawSpectrogram):
            module.register_forward_hook(lambda _module, _inputs, spectrogram: spectrogram.contiguous())


def count_flops(step: Callable[[], object]) -> float:
    """Multiplications and additions of all convolutions and matrix products of a call."""
    with FlopCounterMode(display=False) as counter:
        step()
    return float(counter.get_total_flops())


def convolution(side: int, device: torch.device) -> Callable[[], None]:
    """Forward and backward pass of a channels-last convolution in the fast precision."""
    batch, channels, size = PEAK_CONVOLUTION
    layer = nn.Conv2d(channels, channels, side, device=device, dtype=fast_precision(device))
    layer.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    x = torch.randn(batch, channels, size, size, device=device, dtype=fast_precision(device))
    x = x.to(memory_format=torch.channels_last).requires_grad_()

    def run() -> None:
        y = layer(x)
        y.backward(torch.ones_like(y))

    return run


def matrix_product(device: torch.device) -> Callable[[], object]:
    """A square matrix product in the fast precision."""
    a, b = torch.randn(2, PEAK_MATRIX, PEAK_MATRIX, device=device).to(fast_precision(device))
    return lambda: a @ b


def measure(run: Callable[[], object], result: Result, device: torch.device, *, keep_memory: bool) -> None:
    """Add one turn; with `keep_memory`, a first call allocates the memory."""
    with freed_memory_kept() if keep_memory else contextlib.nullcontext():
        if keep_memory:
            run()
        synchronise(device)
        started, worked = time.perf_counter(), time.process_time()
        run()
        synchronise(device)
        result.seconds.append(time.perf_counter() - started)
        result.processor_seconds.append(time.process_time() - worked)


def synchronise(device: torch.device) -> None:
    """Wait for the GPU, if there is one."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def machine(device: torch.device) -> dict[str, Any]:
    """A description of the machine."""
    name = platform.processor() or platform.machine()
    if Path("/proc/cpuinfo").is_file():
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        name = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), name)
    capabilities = torch.cpu.get_capabilities()
    return {
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else name,
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "flags": [flag for flag in ("avx2", "avx512_f", "avx512_bf16", "amx_bf16") if capabilities.get(flag)],
        "fast precision": str(fast_precision(device)).removeprefix("torch."),
        "torch": torch.__version__,
        "load before": os.getloadavg()[0],
    }


def benchmark(presets: Sequence[str], repeats: int, batch: int | None, device: torch.device) -> list[Result]:
    """Measure everything in turns."""
    fast_name = str(fast_precision(device)).removeprefix("torch.")
    measurements: list[tuple[Callable[[], object], Result, bool]] = []
    for name in presets:
        count = batch or PRESETS[name].batch
        obvious, fast = (Step(PRESETS[name], count, device, fast=fast) for fast in (False, True))
        flops = count_flops(obvious)
        measurements.append((obvious, Result(name, "obvious", "float32", count, flops), False))
        measurements.append((fast, Result(name, "fast", fast_name, count, flops), True))
    for name, front_end in FRONT_ENDS.items():
        module, wave = front_end().to(device), torch.randn(8, SECONDS * SAMPLE_RATE, device=device)
        measurements.append((partial(module, wave), Result(name, "front end", "float32", 8, 0.0), True))
    peaks = {"conv 4x4": convolution(4, device), "conv 3x3": convolution(3, device), "matmul": matrix_product(device)}
    for name, run in peaks.items():
        measurements.append((run, Result(name, "peak", fast_name, 1, count_flops(run)), True))
    for turn in range(repeats):
        for run, result, keep_memory in measurements:
            measure(run, result, device, keep_memory=keep_memory)
            print(f"turn {turn + 1}/{repeats}: {result.name}, {result.variant}: {result.seconds[-1]:.3f} s", flush=True)
    return [result for _, result, _ in measurements]


def summarise(results: Sequence[Result]) -> list[dict[str, Any]]:
    """One row per measurement, with shares of the peaks and the gain of the fast step."""
    convolution_peak = max(result.gflops for result in results if result.name.startswith("conv"))
    matrix_peak = next(result.gflops for result in results if result.name == "matmul")
    obvious = {result.name: result for result in results if result.variant == "obvious"}
    rows = []
    for result in results:
        row = asdict(result) | {"samples_per_second": result.samples / result.best}
        if result.flops:
            row["gflops"] = result.gflops
            row["of_convolution_peak"] = result.gflops / convolution_peak
            row["of_matrix_peak"] = result.gflops / matrix_peak
        if result.variant == "fast":
            row["gain"] = obvious[result.name].best / result.best
            row["processor_gain"] = min(obvious[result.name].processor_seconds) / min(result.processor_seconds)
        rows.append(row)
    return rows


def table(rows: Sequence[dict[str, Any]]) -> str:
    """The rows as plain text."""
    columns = {
        "samples_per_second": ("samples/s", "{:.2f}"),
        "gflops": ("GFLOP/s", "{:.0f}"),
        "of_convolution_peak": ("of conv peak", "{:.0%}"),
        "of_matrix_peak": ("of matmul peak", "{:.0%}"),
        "gain": ("fast/obvious", "{:.2f}"),
        "processor_gain": ("processor time", "{:.2f}"),
    }
    head = f"{'':10} {'':10} {'':9} {'batch':>5}" + "".join(f"{title:>15}" for title, _ in columns.values())
    lines = [head]
    for row in rows:
        cells = [form.format(row[key]) if key in row else "" for key, (_, form) in columns.items()]
        lines.append(
            f"{row['name']:10} {row['variant']:10} {row['precision']:9} {row['samples']:5}"
            + "".join(f"{cell:>15}" for cell in cells)
        )
    return "\n".join(lines)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--presets", nargs="+", choices=PRESETS, default=list(PRESETS), help="networks (all)")
    parser.add_argument("--repeats", type=int, default=3, help="turns (3)")
    parser.add_argument("--batch", type=int, help="samples in a step (each network's own)")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="CPU threads (all cores)")
    parser.add_argument("--json", type=Path, help="also write everything measured to this file")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    hardware = machine(device)
    rows = summarise(benchmark(arguments.presets, arguments.repeats, arguments.batch, device))
    print("\n".join(f"{key}: {value}" for key, value in hardware.items()))
    print(table(rows))
    gains = {f"{row['name']} {row['variant']}": round(row["gain"], 2) for row in rows if "gain" in row}
    print(json.dumps({"name": "training_speed", "ratio": min(gains.values()), "gains": gains}))
    if arguments.json:
        write_json(arguments.json, {"machine": hardware, "results": rows})


if __name__ == "__main__":
    main()
