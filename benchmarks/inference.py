"""Speed of inference: a warm prediction in a running process against the whole command `speech2face face`.

    python benchmarks/inference.py --model results/bundle --voice results/example/voice.wav --recordings DIR

Warm: the median over predictions from the same voice in one process, without the sheet and output files. Cold: the
whole command with its output files, in processor and wall-clock time, the best of some repeats; and its peak memory,
child processes included. The ratio is cold wall-clock time over warm time. With `--recordings`: the result of the
model's out-of-distribution test for each file of a folder.

The last line is one JSON object.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch
from processes import process_tree

from speech2face.product.inference.model import Model, load_model
from speech2face.product.inference.refusals import NotAVoice

_WARM, _COLD = 30, 3


def warm(model: Model, voice: Path) -> dict[str, float]:
    """Milliseconds from a file to a prediction."""
    model.face(voice)
    times = []
    for _ in range(_WARM):
        start = time.perf_counter()
        model.face(voice)
        times.append(1e3 * (time.perf_counter() - start))
    return {"median_ms": statistics.median(times), "least_ms": min(times), "most_ms": max(times)}


def cold(bundle: Path, voice: Path) -> dict[str, float]:
    """Seconds, and peak memory of all processes together in GB."""
    walls, work = [], []
    for _ in range(_COLD):
        with tempfile.TemporaryDirectory() as folder:
            before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
            command = [sys.executable, "-m", "speech2face.cli", "face", voice, "-o", folder, "--model", bundle]
            process = subprocess.Popen([*map(str, command)], stdout=subprocess.DEVNULL)
            peak = _peak_memory(process)
            walls.append(time.perf_counter() - start)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if process.returncode:
            sys.exit(f"The command failed for {voice}.")
        work.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return {"wall_s": min(walls), "cpu_s": min(work), "largest_gb": peak}


def _peak_memory(process: subprocess.Popen) -> float:
    """The peak resident memory of a process and its descendants together, in GB; returns when it ends."""
    page, peak = os.sysconf("SC_PAGE_SIZE"), 0
    while process.poll() is None:
        total = 0
        for pid in process_tree(process.pid):
            try:
                total += int(Path(f"/proc/{pid}/statm").read_text().split()[1])
            except (OSError, IndexError):
                continue
        peak = max(peak, total)
        time.sleep(0.02)
    return peak * page / 1e9


def out_of_distribution(model: Model, folder: Path) -> dict[str, str | float]:
    """The p-value of each recording under the out-of-distribution test, or why it was refused."""
    found: dict[str, str | float] = {}
    for path in sorted(path for path in folder.iterdir() if path.is_file()):
        try:
            answer = model.face(path)
        except NotAVoice as refusal:
            found[path.name] = refusal.reason.value
        else:
            found[path.name] = answer.outside.p if answer.outside.flagged else f"not flagged ({answer.outside.p:.3f})"
    return found


def main() -> None:
    """Measure and print; the last line is JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=Path("results/bundle"))
    parser.add_argument("--voice", type=Path, default=Path("results/example/voice.wav"))
    parser.add_argument("--recordings", type=Path)
    options = parser.parse_args()
    result: dict[str, object] = {"name": "inference", "cores": os.cpu_count(), "threads": torch.get_num_threads()}
    whole = cold(options.model, options.voice)
    with load_model(options.model) as model:
        single = warm(model, options.voice)
        result |= {"ratio": 1e3 * whole["wall_s"] / single["median_ms"], "cold": whole, "warm": single}
        if options.recordings:
            result["outside"] = out_of_distribution(model, options.recordings)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
