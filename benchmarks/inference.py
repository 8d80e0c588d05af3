"""How fast a voice is answered, and whom a model takes for strangers.

    python benchmarks/inference.py --model results/bundle --voice results/example/voice.wav --recordings DIR

Warm: the median over answers to the same voice in one process, sheet and files excluded. Cold: the whole command
`speech2face face`, files written, in processor and in wall-clock time, the best of some turns; and its largest memory,
the process that reads files included. With `--recordings`: how many of a folder's files lie outside the model's world.
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
from processes import family

from speech2face.product.inference.model import Model, load_model
from speech2face.product.inference.refusals import NotAVoice

_WARM, _COLD = 30, 3


def warm(model: Model, voice: Path) -> dict[str, float]:
    """Milliseconds from a file to an answer."""
    model.face(voice)
    times = []
    for _ in range(_WARM):
        start = time.perf_counter()
        model.face(voice)
        times.append(1e3 * (time.perf_counter() - start))
    return {"median_ms": statistics.median(times), "least_ms": min(times), "most_ms": max(times)}


def cold(bundle: Path, voice: Path) -> dict[str, float]:
    """Seconds, and GB of the processes together."""
    walls, work = [], []
    for _ in range(_COLD):
        with tempfile.TemporaryDirectory() as folder:
            before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
            command = [sys.executable, "-m", "speech2face.cli", "face", voice, "-o", folder, "--model", bundle]
            process = subprocess.Popen([*map(str, command)], stdout=subprocess.DEVNULL)
            most = _watch(process)
            walls.append(time.perf_counter() - start)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if process.returncode:
            sys.exit(f"The command failed for {voice}.")
        work.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return {"wall_s": min(walls), "cpu_s": min(work), "largest_gb": most}


def _watch(process: subprocess.Popen) -> float:
    """The largest resident memory of a process and its children together, GB, until it ends."""
    page, most = os.sysconf("SC_PAGE_SIZE"), 0
    while process.poll() is None:
        total = 0
        for number in family(process.pid):
            try:
                total += int(Path(f"/proc/{number}/statm").read_text().split()[1])
            except (OSError, IndexError):
                continue
        most = max(most, total)
        time.sleep(0.02)
    return most * page / 1e9


def strangers(model: Model, folder: Path) -> dict[str, str | float]:
    """Each recording's p-value of being of the model's world, or why it is no voice."""
    told: dict[str, str | float] = {}
    for path in sorted(path for path in folder.iterdir() if path.is_file()):
        try:
            answer = model.face(path)
        except NotAVoice as refusal:
            told[path.name] = refusal.reason.value
        else:
            told[path.name] = answer.outside.p if answer.outside.flagged else f"not flagged ({answer.outside.p:.3f})"
    return told


def main() -> None:
    """Measure and print; the last line is JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=Path("results/bundle"))
    parser.add_argument("--voice", type=Path, default=Path("results/example/voice.wav"))
    parser.add_argument("--recordings", type=Path)
    options = parser.parse_args()
    result: dict[str, object] = {"cores": os.cpu_count(), "threads": torch.get_num_threads()}
    result["cold"] = cold(options.model, options.voice)
    with load_model(options.model) as model:
        result["warm"] = warm(model, options.voice)
        if options.recordings:
            result["outside"] = strangers(model, options.recordings)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
