"""How fast clips become sound, faces and embeddings: this project's phases against the obvious way, on 720p videos.

    python benchmarks/ingestion.py --clips 24

The obvious way is that of the public preprocessing scripts: OpenCV decodes every frame, faces are sought in one frame
after the other at its full size, the best one is chosen and embedded, and the sound is decoded in a second pass. Beside
it stands the same with faces sought only in as many frames as this project looks at. All choose by the same rules and
use the same networks. They take turns over the same files, so that other work on the machine hits all; the best turn
of each counts, in processor time. The files are talkers
drawn into a moving 1280 x 720 scene at 25 frames a second, H.264 with AAC.

`--growth A B` measures time and largest memory a clip of this project's phases for A and for B clips, each in a process
of its own.
"""

import argparse
import json
import multiprocessing
import os
import resource
import sys
import tarfile
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import av
import cv2
import numpy as np
import torch
from processes import family

from speech2face.base.shards import read_shard, write_shard
from speech2face.config import Config, load_config
from speech2face.data.clips.cut import cut_clips
from speech2face.data.faces.detection import FaceDetector
from speech2face.data.faces.encoders import load_face_encoder
from speech2face.data.faces.find import FaceFinder, find_faces
from speech2face.data.sources.manifest import MANIFEST
from speech2face.data.talkers.head import MODEL_FILE, HeadModel
from speech2face.data.talkers.make import make_talkers
from speech2face.data.voices.measure import measure_voices

CONFIG = Path(__file__).parents[1] / "config" / "config.yaml"
WIDTH, HEIGHT, FPS, SIDE = 1280, 720, 25, 512
KEY_EVERY = 50
"""Frames between key frames: two seconds, as video services encode."""
CONTENTS = 8
"""Different videos; more clips are copies of them."""


def make_videos(folder: Path, config: Config) -> list[Path]:
    """Films of `CONTENTS` talkers, each somewhere in a scene of 1280 x 720."""
    HeadModel.load(folder)
    world = config.talkers.model_copy(update={"count": CONTENTS, "clips_per_talker": 1, "size": SIDE, "fps": FPS})
    small = folder / "talkers.tar"
    make_talkers(
        world=world, seed=config.seed, shard=0, shards=1, head_model=folder / MODEL_FILE,
        videos=small, manifest=folder / "manifest", truth=folder / "truth",
    )  # fmt: skip
    with tarfile.open(small) as archive:
        archive.extractall(folder, filter="data")
        names = archive.getnames()
    return [_enlarge(folder / name, folder / f"wide_{name}", number) for number, name in enumerate(names)]


def _enlarge(source: Path, target: Path, number: int) -> Path:
    """Put a film into a wide scene that moves; the sound stays as it is."""
    rng = np.random.default_rng(number)
    scene = cv2.GaussianBlur(rng.integers(0, 255, (HEIGHT, WIDTH, 3), np.uint8), (0, 0), 9)
    left, top = int(rng.integers(0, WIDTH - SIDE)), int(rng.integers(0, HEIGHT - SIDE))
    with av.open(str(source)) as read, av.open(str(target), "w") as written:
        video = written.add_stream("libx264", rate=FPS, options={"preset": "veryfast", "crf": "23"})
        video.width, video.height, video.pix_fmt, video.gop_size = WIDTH, HEIGHT, "yuv420p", KEY_EVERY
        audio = written.add_stream_from_template(read.streams.audio[0])
        for packet in read.demux(read.streams.video[0], read.streams.audio[0]):
            if packet.dts is None:
                continue
            if packet.stream.type == "audio":
                packet.stream = audio
                written.mux(packet)
                continue
            for frame in packet.decode():
                picture = np.roll(scene, 2 * frame.pts // frame.duration if frame.duration else 0, axis=1)
                picture[top : top + SIDE, left : left + SIDE] = frame.to_ndarray(format="rgb24")
                written.mux(video.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        written.mux(video.encode())
    return target


def write_manifest(path: Path, videos: list[Path], clips: int) -> None:
    """`clips` rows over the videos, again and again."""
    rows = [
        {"clip_id": f"{number:05d}", "video": str(videos[number % len(videos)]), "start_s": 0.0, "speaker_id": "nobody"}
        for number in range(clips)
    ]
    write_shard(path, MANIFEST, rows)


@dataclass(frozen=True, kw_only=True)
class Spent:
    """Seconds on the clock and on the processors, children included, and the largest memory of a process, MiB.

    Memory is what a process holds itself. Pages of mapped shards, which the system takes back whenever
    it needs them, are not counted: they grow with the shards, and cost nothing.
    """

    clock: float
    processor: float
    memory: float


def spent(work: Callable[[], None]) -> Spent:
    """What `work` takes."""
    started, before = time.perf_counter(), _processor()
    samples, done = [_held()], threading.Event()

    def watch() -> None:
        while not done.wait(0.2):
            samples.append(_held())

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        work()
    finally:
        done.set()
        watcher.join()
    return Spent(clock=time.perf_counter() - started, processor=_processor() - before, memory=max(samples))


def _held() -> float:
    """Of this process or the one that reads clips, whichever holds more."""
    held = []
    for number in family(os.getpid()):
        try:
            lines = Path(f"/proc/{number}/status").read_text().splitlines()
        except OSError:
            # It has ended since.
            continue
        held += [int(line.split()[1]) / 1024 for line in lines if line.startswith("RssAnon:")]
    return max(held)


def _processor() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def ours(folder: Path, config: Config) -> dict[str, Spent]:
    """The three phases over the manifest in `folder`."""
    manifest, clips = folder / "manifest", folder / "clips"
    return {
        "clips": spent(lambda: cut_clips(manifest, clips, config.clips)),
        "faces": spent(
            lambda: find_faces(
                manifest=manifest, clips=clips, output=folder / "faces", settings=config.faces, limits=config.clips
            )
        ),
        "voices": spent(lambda: measure_voices(clips, folder / "voices", config.voices)),
    }


def obvious(folder: Path, config: Config, every: bool) -> dict[str, Spent]:
    """The same clips the obvious way; the voice is measured by the same code on the same sound.

    Args:
        every: seek faces in every frame; else in as many as this project looks at.
    """
    finder, least = FaceFinder(config.faces), config.faces.min_score
    detector = FaceDetector(min_face=config.faces.min_face_pixels, max_side=WIDTH)
    videos = read_shard(folder / "manifest").column("video").to_pylist()

    def look() -> None:
        for video in videos:
            frames = _every_frame(video)
            few = frames[:: max(1, len(frames) // config.clips.frames)][: config.clips.frames]
            chosen = frames if every else few
            found = [[face for face in detector.detect(frame[None])[0] if face.score >= least] for frame in chosen]
            finder.embed([finder.best(chosen, found)])

    def listen() -> None:
        for video in videos:
            with av.open(video) as container:
                resampler = av.AudioResampler(format="s16", layout="mono", rate=16000)
                np.concatenate(
                    [piece.to_ndarray() for frame in container.decode(audio=0) for piece in resampler.resample(frame)],
                    1,
                )

    return {
        "clips and faces": spent(look),
        "sound": spent(listen),
        "voices": spent(lambda: measure_voices(folder / "clips", folder / "voices", config.voices)),
    }


def _every_frame(video: str) -> list[np.ndarray]:
    """All frames of a video, RGB."""
    capture, frames = cv2.VideoCapture(video), []
    while (read := capture.read())[0]:
        frames.append(cv2.cvtColor(read[1], cv2.COLOR_BGR2RGB))
    capture.release()
    return frames


def embedding_time(folder: Path, config: Config) -> float:
    """Processor seconds that the face encoder takes for a clip, in the batches in which it gets them."""
    encoder = load_face_encoder(config.faces)
    chips = torch.rand(8, 3, encoder.input_size, encoder.input_size)

    def embed() -> None:
        for _ in range(5):
            encoder.embed(chips)

    with torch.inference_mode():
        embed()
        return spent(embed).processor / (5 * len(chips))


def compare(folder: Path, config: Config, clips: int, turns: int) -> None:
    """Print what each way takes a clip; the last line is JSON."""
    videos = make_videos(folder, config)
    # Every frame takes seconds a clip: a few clips tell.
    counts = {"ours": clips, "obvious": min(clips, CONTENTS), "obvious, few frames": clips}
    ways: dict[str, Callable[[], dict[str, Spent]]] = {
        "ours": lambda: ours(folder, config),
        "obvious": lambda: obvious(folder, config, every=True),
        "obvious, few frames": lambda: obvious(folder, config, every=False),
    }
    # Processor time is what is compared: the clock shows what else the machine does.
    best: dict[str, dict[str, float]] = {name: {} for name in ways}
    for _ in range(turns):
        for name, way in ways.items():
            write_manifest(folder / "manifest", videos, counts[name])
            if name != "ours":
                cut_clips(folder / "manifest", folder / "clips", config.clips)
            for part, took in way().items():
                best[name][part] = min(best[name].get(part, np.inf), took.processor / counts[name])
    embedding = embedding_time(folder, config)
    totals = {name: sum(parts.values()) for name, parts in best.items()}
    for name, parts in best.items():
        print(f"{name}: " + ", ".join(f"{part} {1000 * seconds:.0f} ms" for part, seconds in parts.items()))
    figures = {
        "name": "ingestion",
        "ratio": round(totals["obvious"] / totals["ours"], 2),
        "ratio_few_frames": round(totals["obvious, few frames"] / totals["ours"], 2),
        "clips": clips,
        "ours_ms_a_clip": round(1000 * totals["ours"], 1),
        "obvious_ms_a_clip": round(1000 * totals["obvious"], 1),
        "ours_outside_embedding_ms_a_clip": round(1000 * (totals["ours"] - embedding), 1),
        "device": "CPU, one thread",
    }
    print(json.dumps(figures))


def _grow(folder: Path, videos: list[Path], clips: int, config: Config, queue: multiprocessing.Queue) -> None:
    torch.set_num_threads(1)
    write_manifest(folder / "manifest", videos, clips)
    took = ours(folder, config)
    queue.put(
        (sum(part.clock for part in took.values()) / clips, sum(part.processor for part in took.values()) / clips,
         max(part.memory for part in took.values()))
    )  # fmt: skip


def grow(folder: Path, config: Config, sizes: list[int]) -> None:
    """Print time a clip and largest memory for each number of clips; the last line is JSON, the last over the first."""
    videos, rows = make_videos(folder, config), []
    context = multiprocessing.get_context("spawn")
    for clips in sizes:
        queue = context.Queue()
        process = context.Process(target=_grow, args=(folder, videos, clips, config, queue))
        process.start()
        rows.append(queue.get())
        process.join()
        clock, processor, memory = rows[-1]
        print(f"{clips} clips: {1000 * clock:.0f} ms a clip, {1000 * processor:.0f} of processors, {memory:.0f} MiB")
    first, last = rows[0], rows[-1]
    figures = {"name": "growth", "sizes": sizes, "time_ratio": round(last[1] / first[1], 3)}
    print(json.dumps(figures | {"ratio": round(first[1] / last[1], 3), "memory_ratio": round(last[2] / first[2], 3)}))


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=int, default=24, help="clips (24)")
    parser.add_argument("--turns", type=int, default=3, help="turns of each way (3)")
    parser.add_argument("--growth", type=int, nargs=2, metavar=("A", "B"), help="numbers of clips to compare instead")
    options = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    config = load_config([CONFIG])
    with tempfile.TemporaryDirectory() as name:
        if options.growth:
            grow(Path(name), config, options.growth)
        else:
            compare(Path(name), config, options.clips, options.turns)
    return 0


if __name__ == "__main__":
    sys.exit(main())
