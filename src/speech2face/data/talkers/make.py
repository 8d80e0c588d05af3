"""The talkers phase: one shard as videos in a tar file, a manifest and a table of ground truth."""

import io
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from speech2face.base.files import atomic_path
from speech2face.base.progress import progress
from speech2face.base.shards import write_shard
from speech2face.config import Talkers
from speech2face.config.talkers import talker_number
from speech2face.data.sources.attributes import INVENTED
from speech2face.data.sources.manifest import MANIFEST
from speech2face.data.talkers.clip import encode_mp4
from speech2face.data.talkers.head import Head, HeadModel
from speech2face.data.talkers.lips import mouth_openness
from speech2face.data.talkers.motion import sample_motion
from speech2face.data.talkers.population import Talker, sample_talker, talkers_of_shard
from speech2face.data.talkers.recording import add_noise, recording_stream, speak
from speech2face.data.talkers.render import Renderer
from speech2face.data.talkers.scene import sample_scene
from speech2face.data.talkers.voice import Synthesiser

TRUTH = pa.schema(
    [
        pa.field("speaker_id", pa.string(), nullable=False),
        pa.field("sex", pa.string(), nullable=False),
        pa.field("age", pa.float64(), nullable=False),
        pa.field("ethnicity", pa.string(), nullable=False),
        pa.field("language", pa.string(), nullable=False),
        pa.field("tract", pa.float64(), nullable=False),
        pa.field("pitch_hz", pa.float64(), nullable=False),
        pa.field("formant_scale", pa.float64(), nullable=False),
        pa.field("roughness", pa.float64(), nullable=False),
        pa.field("breath", pa.float64(), nullable=False),
        pa.field("speed_wpm", pa.float64(), nullable=False),
    ]
)


def make_talkers(
    *, world: Talkers, seed: int, shard: int, shards: int, head_model: Path, videos: Path, manifest: Path, truth: Path
) -> None:
    """Write the videos, the manifest and the ground truth of one shard's talkers.

    Args:
        world: config section `talkers`, as far as this shard shows it.
        seed: of the world.
        shard: number of the shard, from 0.
        shards: number of shards.
        head_model: the file that all talkers share.
        videos: tar archive to write.
        manifest: manifest of the videos to write.
        truth: table of the talkers' true parameters to write.
    """
    model = HeadModel.load(head_model.parent)
    renderer = Renderer(size=world.size)
    talkers = [sample_talker(number, seed, world) for number in talkers_of_shard(world.count, shard, shards)]
    with (
        Synthesiser() as synthesiser,
        atomic_path(videos) as temporary,
        tarfile.open(temporary, "w", format=tarfile.USTAR_FORMAT) as archive,
    ):
        rows: list[dict[str, Any]] = []
        for talker in progress(talkers, what=f"talkers of shard {shard}", unit="talker"):
            head = model.head(talker.shape)
            for name, data in _clips(talker, head, renderer, synthesiser, world, seed):
                member = tarfile.TarInfo(f"{name}.mp4")
                member.size = len(data)
                archive.addfile(member, io.BytesIO(data))
                rows.append(_manifest_row(talker, name, videos))
    write_shard(manifest, MANIFEST, rows)
    write_shard(truth, TRUTH, map(truth_row, talkers))


def _clips(
    talker: Talker, head: Head, renderer: Renderer, synthesiser: Synthesiser, world: Talkers, seed: int
) -> Iterator[tuple[str, bytes]]:
    """Name and MP4 bytes of each clip of one talker."""
    for number in range(world.clips_per_talker):
        name = f"{talker.talker_id}_{number}"
        rng = recording_stream(seed, talker_number(talker.talker_id), "clips", number)
        speech = speak(synthesiser, talker.voice, rng, seconds=world.seconds)
        frames = round(world.seconds * world.fps)
        mouth = mouth_openness(speech.samples, speech.sample_rate, fps=world.fps, frames=frames)
        poses = sample_motion(rng, mouth=mouth, fps=world.fps)
        pictures = renderer.render(head, talker.appearance, sample_scene(rng), poses)
        sound = add_noise(speech.samples, rng, signal_to_noise_db=float(rng.uniform(*world.noise_db)))
        yield name, encode_mp4(pictures, sound, fps=world.fps, sample_rate=speech.sample_rate)


def _manifest_row(talker: Talker, name: str, videos: Path) -> dict[str, Any]:
    return {"clip_id": name, "archive": str(videos), "video": f"{name}.mp4", "start_s": 0.0, **about(talker)}


def about(talker: Talker) -> dict[str, Any]:
    """What a table of clips or people says of a talker: `speaker_id` and `manifest.ABOUT_FIELDS`."""
    return {
        "speaker_id": talker.talker_id,
        "sex": talker.sex,
        "age": talker.age,
        "ethnicity": talker.ethnicity,
        "language": talker.voice.language,
        "origin": INVENTED,
        "licence": "none needed: nobody is shown",
    }


def truth_row(talker: Talker) -> dict[str, Any]:
    """A talker as a row of the ground-truth table."""
    return {
        "speaker_id": talker.talker_id,
        "sex": talker.sex,
        "age": talker.age,
        "ethnicity": talker.ethnicity,
        "tract": talker.tract,
        **{field: getattr(talker.voice, field) for field in TRUTH.names if hasattr(talker.voice, field)},
    }
