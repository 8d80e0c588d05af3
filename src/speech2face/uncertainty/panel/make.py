"""The panel phase: one shard of people without a video; of each a picture with its face, and recordings."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch

from speech2face.base.images import encode_jpeg
from speech2face.base.progress import progress
from speech2face.base.shards import ShardWriter
from speech2face.base.status import Rejected, Status
from speech2face.config import Faces, Panel, Talkers
from speech2face.data.faces.alignment import face_crop
from speech2face.data.faces.find import Face, FaceFinder
from speech2face.data.talkers.clip import AUDIO_BIT_RATE, AUDIO_OPTIONS
from speech2face.data.talkers.head import HeadModel
from speech2face.data.talkers.make import about, truth_row
from speech2face.data.talkers.motion import sample_motion
from speech2face.data.talkers.population import Talker, sample_talker
from speech2face.data.talkers.recording import record, recording_stream
from speech2face.data.talkers.render import Renderer
from speech2face.data.talkers.scene import sample_scene
from speech2face.data.talkers.text import LANGUAGES
from speech2face.data.talkers.voice import FASTEST_WPM, Synthesiser, VoiceParameters
from speech2face.data.voices.codecs import through_codec
from speech2face.uncertainty.panel.schema import LANGUAGE, SETTING, TRUTH_FIELDS, VOICE, schema

FIRST_OF = {"calibration": 100_000, "audit": 200_000}
"""Number of the first talker of each set. They are drawn from the same seeds as those in videos, whose numbers are
far below."""
_GROUP = 8
# The picture is one of this many frames with a still mouth: a talker's head moves slowly.
_FRAMES, _FPS = 16, 10.0


def people_of(kind: str, settings: Panel, shard: int) -> list[int]:
    """The numbers of the talkers of a shard of a set: every `settings.shards`-th of its people."""
    count = settings.calibration if kind == "calibration" else settings.audit
    return list(range(FIRST_OF[kind] + shard, FIRST_OF[kind] + count, settings.shards))


def make_panel(
    *,
    kind: Literal["calibration", "audit"],
    world: Talkers,
    settings: Panel,
    faces_settings: Faces,
    seed: int,
    shard: int,
    head_model: Path,
    output: Path,
) -> None:
    """Draw, picture and record the people of one shard; a person whose face is not found is a row with a reason.

    Args:
        kind: `calibration` or `audit`; the first of the latter also speak in another language and in another setting.
        world: config section `talkers`.
        settings: config section `panel`.
        faces_settings: config section `faces`.
        seed: of the world.
        shard: number of the shard, from 0.
        head_model: the file that all talkers share.
        output: shard of people to write.
    """
    torch.set_num_threads(1)
    model, renderer, finder = HeadModel.load(head_model.parent), Renderer(size=world.size), FaceFinder(faces_settings)
    numbers = people_of(kind, settings, shard)
    with Synthesiser() as synthesiser, ShardWriter(output, schema(finder.dimension)) as writer:
        groups = [numbers[at : at + _GROUP] for at in range(0, len(numbers), _GROUP)]
        for group in progress(groups, what=f"{kind} people", unit="person", total=len(numbers), size=len):
            talkers = [sample_talker(number, seed, world) for number in group]
            rngs = [recording_stream(seed, number, "panel") for number in group]
            pictures = [_picture(model, renderer, talker, rng) for talker, rng in zip(talkers, rngs, strict=True)]
            faces = _faces(finder, pictures, faces_settings, talkers)
            for number, talker, rng, face in zip(group, talkers, rngs, faces, strict=True):
                shifted = kind == "audit" and number < FIRST_OF[kind] + settings.shifted
                recordings = _record(talker, rng, synthesiser, world, settings, shifted=shifted)
                writer.append({**_about(talker), **face, **recordings})


def _picture(model: HeadModel, renderer: Renderer, talker: Talker, rng: np.random.Generator) -> np.ndarray:
    """A frame as the faces phase would choose one of a clip: with the mouth shut, in any pose."""
    poses = sample_motion(rng, mouth=np.zeros(_FRAMES), fps=_FPS)
    return renderer.render(model.head(talker.shape), talker.appearance, sample_scene(rng), poses[_FRAMES // 2 :][:1])[0]


def _faces(
    finder: FaceFinder, pictures: Sequence[np.ndarray], settings: Faces, talkers: Sequence[Talker]
) -> Iterator[Mapping[str, Any]]:
    found: list[Face | Rejected] = []
    for picture in pictures:
        try:
            found.append(finder.best([picture], finder.detect([picture])))
        except Rejected as rejection:
            found.append(rejection)
    embedded = iter(finder.embed([face for face in found if isinstance(face, Face)]))
    for talker, face in zip(talkers, found, strict=True):
        if isinstance(face, Rejected):
            yield vars(Status.rejected(talker.talker_id, face))
        else:
            yield vars(Status.ok(talker.talker_id)) | {
                "landmarks": face.landmarks.reshape(-1),
                "face_embedding": next(embedded),
                "crop": encode_jpeg(face_crop(face.picture, face.landmarks, settings.crop_size)),
            }


def _record(
    talker: Talker,
    rng: np.random.Generator,
    synthesiser: Synthesiser,
    world: Talkers,
    settings: Panel,
    *,
    shifted: bool,
) -> dict[str, Any]:
    own = talker.voice

    def recorded(voice: VoiceParameters, seconds: float) -> bytes:
        sound = record(synthesiser, voice, rng, seconds=seconds, noise_db=world.noise_db)
        # As the sound of the videos that the networks learned from.
        return through_codec(sound, "aac", AUDIO_BIT_RATE, options=AUDIO_OPTIONS).tobytes()

    recordings: dict[str, Any] = {VOICE: recorded(own, settings.seconds)}
    if shifted:
        other = str(rng.choice([language for language in LANGUAGES if language != own.language]))
        changed = vars(own) | {
            "pitch_range": settings.setting.pitch_range,
            "breath": min(own.breath + settings.setting.breath, 60.0),
            "speed_wpm": min(own.speed_wpm * settings.setting.faster, float(FASTEST_WPM)),
        }
        recordings |= {
            LANGUAGE: recorded(VoiceParameters(**(vars(own) | {"language": other})), settings.shift_seconds),
            "other_language": other,
            SETTING: recorded(VoiceParameters(**changed), settings.shift_seconds),
        }
    return recordings


def _about(talker: Talker) -> dict[str, Any]:
    truth = truth_row(talker)
    return about(talker) | {field.name: truth[field.name] for field in TRUTH_FIELDS}
