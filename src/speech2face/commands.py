"""What each command of the command line does: the module that it stands for, with its options checked.

The modules are imported when a command runs, so that none waits for what only others need.
"""

import json
from pathlib import Path
from typing import Any, TypeVar

from speech2face import config as configs

S = TypeVar("S", bound=configs.Section)


def schema(*, output: Path) -> None:
    from speech2face.base.files import write_text

    write_text(output, configs.schema_text())


def check_config(*, files: list[Path]) -> None:
    configs.load_config(files)


def build_head_model(*, folder: Path) -> None:
    from speech2face.data.talkers.head import HeadModel

    HeadModel.load(folder)


def make_talkers(*, settings: str, **options: object) -> None:
    from speech2face.data.talkers import make

    make.make_talkers(world=_section(configs.Talkers, settings), **options)  # type: ignore[arg-type]


def list_source(*, source: str, settings: str, **options: Any) -> None:
    from speech2face.data.sources import listing

    section = configs.Config.model_fields[source.replace("-", "_")].annotation
    listing.list_source(source=source, settings=_section(section, settings), **options)  # type: ignore[arg-type]


def download_clips(*, settings: str, **options: object) -> None:
    from speech2face.data.downloads import shard

    shard.download_clips(settings=_section(configs.Downloads, settings), **options)  # type: ignore[arg-type]


def summarise_downloads(**options: object) -> None:
    from speech2face.data.downloads import summary

    summary.summarise_downloads(**options)  # type: ignore[arg-type]


def cut_clips(*, settings: str, manifest: Path, output: Path) -> None:
    from speech2face.data.clips import cut

    cut.cut_clips(manifest, output, _section(configs.Clips, settings))


def fetch_weights(*, settings: str, **options: object) -> None:
    from speech2face.data.faces import weights

    weights.fetch_weights(source=_section(configs.WeightsSource, settings), **options)  # type: ignore[arg-type]


def find_faces(*, settings: str, clips_settings: str, **files: Path) -> None:
    from speech2face.data.faces import find

    find.find_faces(settings=_section(configs.Faces, settings), limits=_section(configs.Clips, clips_settings), **files)


def measure_voices(*, settings: str, clips: Path, output: Path) -> None:
    from speech2face.data.voices import measure as hear

    hear.measure_voices(clips, output, _section(configs.Voices, settings))


def split_clips(*, settings: str, shards: list[str], folder: Path, **options: object) -> None:
    from speech2face.data.splits import share

    files: dict[str, object] = {
        phase: [folder / phase / f"{shard}.arrow" for shard in shards] for phase in share.PHASES
    }
    options |= files
    share.split_clips(shares=_section(configs.Splits, settings), shards=shards, **options)  # type: ignore[arg-type]


def gather_folds(*, tables: list[Path], output: Path) -> None:
    from speech2face.data.splits import gather

    gather.gather_folds(tables=tables, output=output)


def gather_predictions(*, tables: list[Path], output: Path) -> None:
    from speech2face.evaluation.predictions import gather

    gather.gather_predictions(tables=tables, output=output)


def train_decoder(*, settings: str, faces_settings: str, seed: int, index: Path, faces: Path, **files: Path) -> None:
    from speech2face.learning.decoder import train
    from speech2face.learning.training.files import Files

    train.train_decoder(
        settings=_section(configs.Decoder, settings),
        seed=seed,
        index=index,
        faces=faces,
        faces_settings=_section(configs.Faces, faces_settings),
        files=Files(**files),
    )


def train_encoder(
    *,
    settings: str,
    faces_settings: str,
    seed: int,
    index: Path,
    clips: Path,
    faces: Path,
    decoder: list[Path],
    **files: Path,
) -> None:
    from speech2face.learning.encoder import train
    from speech2face.learning.training.files import Files

    weights, config = decoder
    train.train_encoder(
        settings=_section(configs.Encoder, settings),
        seed=seed,
        index=index,
        clips=clips,
        faces=faces,
        faces_settings=_section(configs.Faces, faces_settings),
        decoder=(weights, config),
        files=Files(**files),
    )


def reconstruct(*, settings: str, faces_settings: str, **options: object) -> None:
    from speech2face.evaluation.reconstructions import reconstruct

    reconstruct.reconstruct(
        settings=_section(configs.Reconstructions, settings),
        faces_settings=_section(configs.Faces, faces_settings),
        **options,  # type: ignore[arg-type]
    )


def predict(**options: object) -> None:
    from speech2face.evaluation.predictions import predict

    predict.predict(**options)  # type: ignore[arg-type]


def speak_trials(*, settings: str, world: str, **options: object) -> None:
    from speech2face.evaluation.trials import speech

    speech.speak_trials(
        settings=_section(configs.Trials, settings),
        world=_section(configs.Talkers, world),
        **options,  # type: ignore[arg-type]
    )


def encode_trials(*, settings: str, **options: object) -> None:
    from speech2face.evaluation.trials import encode as hear

    hear.encode_trials(settings=_section(configs.Trials, settings), **options)  # type: ignore[arg-type]


def encode_variants(**options: object) -> None:
    from speech2face.evaluation.trials import encode as hear

    hear.encode_variants(**options)  # type: ignore[arg-type]


def make_panel(*, world: str, settings: str, faces_settings: str, **options: object) -> None:
    from speech2face.uncertainty.panel import make as meet

    meet.make_panel(
        world=_section(configs.Talkers, world),
        settings=_section(configs.Panel, settings),
        faces_settings=_section(configs.Faces, faces_settings),
        **options,  # type: ignore[arg-type]
    )


def collect_people(*, settings: str, **options: object) -> None:
    from speech2face.uncertainty.calibration import collect as hear

    hear.collect_people(settings=_section(configs.Calibration, settings), **options)  # type: ignore[arg-type]


def calibrate(*, settings: str, **options: object) -> None:
    from speech2face.uncertainty.calibration import calibrate as phase

    phase.calibrate(settings=_section(configs.Calibration, settings), **options)  # type: ignore[arg-type]


def check_coverage(**options: object) -> None:
    from speech2face.uncertainty.calibration import coverage

    coverage.check_coverage(**options)  # type: ignore[arg-type]


def fit_heads(*, world: str, **options: object) -> None:
    from speech2face.uncertainty.heads import fit

    fit.fit_heads(world=_section(configs.Talkers, world), **options)  # type: ignore[arg-type]


def pack_bundle(*, limits: str, voices: str, **options: object) -> None:
    from speech2face.product.bundle import pack

    pack.pack_bundle(
        limits=_section(configs.Clips, limits),
        voices=_section(configs.Voices, voices),
        **options,  # type: ignore[arg-type]
    )


def answer_example(**options: Any) -> None:
    from speech2face.product.inference import example

    example.answer_example(**options)


def face(*, model: Path, **options: object) -> None:
    from speech2face.product.inference import many

    many.answer_recordings(bundle=model, **options)  # type: ignore[arg-type]


def app(*, model: Path, port: int) -> None:
    from speech2face.product.app import serve

    serve.serve_bundle(model, port)


def audit(**options: Any) -> None:
    from speech2face.product.audit import write

    write.audit_bundle(**options)


def export(*, model: Path, onnx: Path) -> None:
    from speech2face.product.bundle import onnx as exporting

    exporting.export_onnx(model, onnx)


def measure(*, given: str, settings: str, **options: object) -> None:
    from speech2face.evaluation.metrics import measure

    inputs = json.loads(given)["inputs"]
    measure.measure(settings=_section(configs.Metrics, settings), inputs=inputs, **options)  # type: ignore[arg-type]


def collect_metrics(**options: object) -> None:
    from speech2face.evaluation.metrics import collect

    collect.collect(**options)  # type: ignore[arg-type]


def write_report(**options: object) -> None:
    from speech2face.evaluation.report import write

    write.write_report(**options)  # type: ignore[arg-type]


def compare(*, runs: list[Path], table: Path) -> None:
    from speech2face.evaluation.metrics import compare

    compare.compare(runs, table)


def shrink_picture(*, source: Path, target: Path) -> None:
    from speech2face.evaluation.figures.page import shrink

    shrink(source, target)


def check_untracked(*, stages: Path, untracked: Path) -> None:
    from speech2face.base.versions import check_untracked

    check_untracked(stages=stages, untracked=untracked)


def forget(*, speaker: str, results: Path, config: list[Path], delete_models: bool, check: bool) -> None:
    from speech2face.consent import forget as consent

    if check:
        consent.check(speaker, results=results)
        return
    read = configs.load_config(config)
    consent.forget(
        speaker,
        results=results,
        forgotten=Path(read.forgotten),
        downloads=[Path(read.downloads.folder)],
        delete=delete_models,
    )


def _section(model: type[S], text: str) -> S:
    """A section as the rule passed it: JSON of just the fields that this phase may see."""
    try:
        values = json.loads(text)
    except json.JSONDecodeError as error:
        raise configs.ConfigError(f"--settings is not JSON ({error}).") from error
    return configs.parse(model, values, "--settings")
