"""The command line: one command a rule, `speech2face COMMAND --help` says what it reads and writes."""

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from speech2face import config as configs
from speech2face.interruption import Interrupted

S = TypeVar("S", bound=configs.Section)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; known errors become one sentence and exit code 1, a saved interruption exit code 75."""
    options = vars(_parser().parse_args(arguments))
    run: Callable[..., None] = options.pop("run")
    try:
        run(**options)
    except Interrupted as error:
        print(f"speech2face: {error}", file=sys.stderr)
        # EX_TEMPFAIL of sysexits.h: schedulers that requeue jobs by exit code take it for "try again".
        return os.EX_TEMPFAIL
    except (ValueError, FileNotFoundError, RuntimeError) as error:
        print(f"speech2face: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="speech2face", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(run: Callable[..., None], help_text: str, **arguments: object) -> argparse.ArgumentParser:
        """A command whose options are the keyword arguments of `run`; each value here is the option's type."""
        sub = commands.add_parser(run.__name__.replace("_", "-"), help=help_text, description=help_text)
        sub.set_defaults(run=run)
        for name, kind in arguments.items():
            many = isinstance(kind, list)
            sub.add_argument(
                f"--{name.replace('_', '-')}",
                type=kind[0] if isinstance(kind, list) else kind,  # type: ignore[arg-type]
                nargs="*" if many else None,
                required=True,
            )
        return sub

    files = {"weights": Path, "config": Path, "history": Path, "checkpoint": Path, "logs": Path}
    command(schema, "Write the JSON schema of the config.", output=Path)
    command(check_config, "Check the config file with its overlays.", files=[Path])
    command(build_head_model, "Prepare the head model that all talkers share.", folder=Path)
    command(
        make_talkers,
        "Draw, speak and film one shard of the talkers.",
        settings=str, seed=int, shard=int, shards=int, head_model=Path, videos=Path, manifest=Path, truth=Path,
    )  # fmt: skip
    command(
        list_source,
        "List the clips of a source, shared out over the shards.",
        source=str, settings=str, shards=int, forgotten=Path, folder=Path,
    )  # fmt: skip
    command(
        download_clips,
        "Fetch the clips of one shard of a list of segments.",
        settings=str, attempt=int, manifest=Path, output=Path, summary=Path,
    )  # fmt: skip
    command(
        summarise_downloads,
        "Count what was fetched of a list, and what not for which reason.",
        folder=Path, shards=int, summary=Path, table=Path,
    )  # fmt: skip
    command(cut_clips, "Cut sound and frames of one shard.", settings=str, manifest=Path, output=Path)
    command(
        fetch_weights,
        "Fetch or read the weights of a face encoder, check and keep them.",
        encoder=str, settings=str, weights=Path, config=Path,
    )  # fmt: skip
    command(
        find_faces,
        "Find, crop and embed the faces of one shard.",
        settings=str, clips_settings=str, manifest=Path, clips=Path, output=Path,
    )  # fmt: skip
    command(hear_voices, "Measure the voices of one shard.", settings=str, clips=Path, output=Path)
    command(
        split_clips,
        "Index the good clips and share them out by speaker.",
        settings=str, seed=int, fold=json.loads, shards=[str], folder=Path, index=Path, status=Path,
    )  # fmt: skip
    command(gather_folds, "Put tables of all folds of a cross-validation together.", tables=[Path], output=Path)
    command(gather_answers, "Put the answers of all folds of a cross-validation together.", tables=[Path], output=Path)
    command(
        train_decoder,
        "Train the face decoder.",
        settings=str, faces_settings=str, seed=int, index=Path, faces=Path, **files,
    )  # fmt: skip
    command(
        train_encoder,
        "Train the voice encoder.",
        settings=str, faces_settings=str, seed=int, index=Path, clips=Path, faces=Path, decoder=[Path], **files,
    )  # fmt: skip
    command(
        reconstruct,
        "Make the pictures of the test split, from the face embedding and from the voice.",
        settings=str, faces_settings=str, seed=int, index=Path, clips=Path, faces=Path,
        decoder=[Path], encoder=[Path], output=Path,
    )  # fmt: skip
    common = {"seed": int, "threads": int, "index": Path, "clips": Path, "faces": Path}
    command(
        answer,
        "Collect what every way of guessing says of the test clips.",
        **common, voices=Path, reconstructions=Path, encoder=[Path], truth=[Path], output=Path,
    )  # fmt: skip
    command(
        speak_trials,
        "Speak for the test talkers: long recordings, and other languages.",
        settings=str, world=str, seed=int, index=Path, output=Path,
    )  # fmt: skip
    command(
        hear_trials,
        "Hear the test voices for other lengths, at other moments and in other languages.",
        settings=str, **common, speech=Path, encoder=[Path], lengths=Path, moments=Path, languages=Path,
    )  # fmt: skip
    command(
        hear_variants,
        "Hear the test voices with several voice encoders.",
        **common, names=[str], encoders=[Path], output=Path,
    )  # fmt: skip
    command(
        measure,
        "Measure one family of figures.",
        family=str, given=str, settings=str, seed=int, output=Path,
    )  # fmt: skip
    command(collect_metrics, "Put all measures in one file.", families=[Path], summary=Path, table=Path)
    command(
        write_report,
        "Write the page with every figure, and the verdicts on the paper's claims.",
        title=str, figures=[Path], captions=[Path], summary=[Path], index=Path, page=Path, claims=Path,
        table=Path,
    )  # fmt: skip
    command(compare, "Write a table of finished runs: their costs and figures.", runs=[Path], table=Path)
    command(shrink_picture, "Make a figure small enough for a page of docs.", source=Path, target=Path)
    # Typed by people, not by rules.
    sub = command(forget, "Remove a person from every run, and say which models learned from them (docs/consent.md).")
    sub.add_argument("speaker", help="the id, as in the column speaker_id of splits/status.csv")
    sub.add_argument("--results", type=Path, default=Path("results"), help="folder with the runs (%(default)s)")
    sub.add_argument(
        "--config",
        type=Path,
        nargs="+",
        default=[Path("config/config.yaml")],
        help="and overlays, as the runs had them",
    )
    how = sub.add_mutually_exclusive_group()
    how.add_argument("--delete-models", action="store_true", help="delete the models that learned from the person")
    how.add_argument("--check", action="store_true", help="change nothing; look whether anything is left")
    return parser


# The commands import their phase when they run: the command line answers at once, and a damaged
# installation of one phase does not stop the others.


def schema(*, output: Path) -> None:
    from speech2face.files import write_text

    write_text(output, configs.schema_text())


def check_config(*, files: list[Path]) -> None:
    configs.load_config(files)


def build_head_model(*, folder: Path) -> None:
    from speech2face.talkers.head import HeadModel

    HeadModel.load(folder)


def make_talkers(*, settings: str, **options: object) -> None:
    from speech2face.talkers import make

    make.make_talkers(world=_section(configs.Talkers, settings), **options)  # type: ignore[arg-type]


def list_source(*, source: str, settings: str, **options: Any) -> None:
    from speech2face.sources import listing

    section = configs.Config.model_fields[source.replace("-", "_")].annotation
    listing.list_source(source=source, settings=_section(section, settings), **options)  # type: ignore[arg-type]


def download_clips(*, settings: str, **options: object) -> None:
    from speech2face.downloads import shard

    shard.download_clips(settings=_section(configs.Downloads, settings), **options)  # type: ignore[arg-type]


def summarise_downloads(**options: object) -> None:
    from speech2face.downloads import summary

    summary.summarise_downloads(**options)  # type: ignore[arg-type]


def cut_clips(*, settings: str, manifest: Path, output: Path) -> None:
    from speech2face.clips import cut

    cut.cut_clips(manifest, output, _section(configs.Clips, settings))


def fetch_weights(*, settings: str, **options: object) -> None:
    from speech2face.faces import weights

    weights.fetch_weights(source=_section(configs.WeightsSource, settings), **options)  # type: ignore[arg-type]


def find_faces(*, settings: str, clips_settings: str, **files: Path) -> None:
    from speech2face.faces import find

    find.find_faces(settings=_section(configs.Faces, settings), limits=_section(configs.Clips, clips_settings), **files)


def hear_voices(*, settings: str, clips: Path, output: Path) -> None:
    from speech2face.voices import hear

    hear.hear_voices(clips, output, _section(configs.Voices, settings))


def split_clips(*, settings: str, shards: list[str], folder: Path, **options: object) -> None:
    from speech2face.splits import share

    files: dict[str, object] = {
        phase: [folder / phase / f"{shard}.arrow" for shard in shards] for phase in share.PHASES
    }
    options |= files
    share.split_clips(shares=_section(configs.Splits, settings), shards=shards, **options)  # type: ignore[arg-type]


def gather_folds(*, tables: list[Path], output: Path) -> None:
    from speech2face.splits import gather

    gather.gather_folds(tables=tables, output=output)


def gather_answers(*, tables: list[Path], output: Path) -> None:
    from speech2face.answers import gather

    gather.gather_answers(tables=tables, output=output)


def train_decoder(*, settings: str, faces_settings: str, seed: int, index: Path, faces: Path, **files: Path) -> None:
    from speech2face.decoder import train
    from speech2face.training.files import Files

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
    from speech2face.encoder import train
    from speech2face.training.files import Files

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
    from speech2face.reconstructions import reconstruct

    reconstruct.reconstruct(
        settings=_section(configs.Reconstructions, settings),
        faces_settings=_section(configs.Faces, faces_settings),
        **options,  # type: ignore[arg-type]
    )


def answer(**options: object) -> None:
    from speech2face.answers import guess

    guess.answer(**options)  # type: ignore[arg-type]


def speak_trials(*, settings: str, world: str, **options: object) -> None:
    from speech2face.trials import speech

    speech.speak_trials(
        settings=_section(configs.Trials, settings),
        world=_section(configs.Talkers, world),
        **options,  # type: ignore[arg-type]
    )


def hear_trials(*, settings: str, **options: object) -> None:
    from speech2face.trials import hear

    hear.hear_trials(settings=_section(configs.Trials, settings), **options)  # type: ignore[arg-type]


def hear_variants(**options: object) -> None:
    from speech2face.trials import hear

    hear.hear_variants(**options)  # type: ignore[arg-type]


def measure(*, given: str, settings: str, **options: object) -> None:
    from speech2face.metrics import measure

    inputs = json.loads(given)["inputs"]
    measure.measure(settings=_section(configs.Metrics, settings), inputs=inputs, **options)  # type: ignore[arg-type]


def collect_metrics(**options: object) -> None:
    from speech2face.metrics import collect

    collect.collect(**options)  # type: ignore[arg-type]


def write_report(**options: object) -> None:
    from speech2face.report import write

    write.write_report(**options)  # type: ignore[arg-type]


def compare(*, runs: list[Path], table: Path) -> None:
    from speech2face.metrics import compare

    compare.compare(runs, table)


def shrink_picture(*, source: Path, target: Path) -> None:
    from speech2face.figures.page import shrink

    shrink(source, target)


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


if __name__ == "__main__":
    sys.exit(main())
