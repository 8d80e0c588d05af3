"""The command line: one command a rule, `speech2face COMMAND --help` says what it reads and writes."""

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

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

    def command(run: Callable[..., None], help_text: str, **arguments: object) -> None:
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
        source=str, settings=str, shards=int, folder=Path,
    )  # fmt: skip
    command(cut_clips, "Cut sound and frames of one shard.", settings=str, manifest=Path, output=Path)
    command(find_faces, "Find, crop and embed the faces of one shard.", settings=str, clips=Path, output=Path)
    command(hear_voices, "Measure the voices of one shard.", settings=str, clips=Path, output=Path)
    command(
        split_clips,
        "Index the good clips and share them out by speaker.",
        settings=str, seed=int, shards=[str], clips=[Path], faces=[Path], voices=[Path], index=Path, status=Path,
    )  # fmt: skip
    command(
        train_decoder,
        "Train the face decoder.",
        settings=str, seed=int, index=Path, faces=Path, face_encoder=str, **files,
    )  # fmt: skip
    command(
        train_encoder,
        "Train the voice encoder.",
        settings=str, seed=int, index=Path, clips=Path, faces=Path, decoder=[Path], **files,
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
        title=str, figures=[Path], captions=[Path], summary=[Path], page=Path, claims=Path, table=Path,
    )  # fmt: skip
    command(compare, "Write a table of finished runs: their costs and figures.", runs=[Path], table=Path)
    command(shrink_picture, "Make a figure small enough for a page of docs.", source=Path, target=Path)
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


def list_source(*, source: str, settings: str, shards: int, folder: Path) -> None:
    from speech2face.sources import listing

    section = configs.Config.model_fields[source.replace("-", "_")].annotation
    listing.list_source(source=source, settings=_section(section, settings), shards=shards, folder=folder)  # type: ignore[arg-type]


def cut_clips(*, settings: str, manifest: Path, output: Path) -> None:
    from speech2face.clips import cut

    cut.cut_clips(manifest, output, _section(configs.Clips, settings))


def find_faces(*, settings: str, clips: Path, output: Path) -> None:
    from speech2face.faces import find

    find.find_faces(clips, output, _section(configs.Faces, settings))


def hear_voices(*, settings: str, clips: Path, output: Path) -> None:
    from speech2face.voices import hear

    hear.hear_voices(clips, output, _section(configs.Voices, settings))


def split_clips(*, settings: str, **options: object) -> None:
    from speech2face.splits import share

    share.split_clips(shares=_section(configs.Splits, settings), **options)  # type: ignore[arg-type]


def train_decoder(*, settings: str, seed: int, index: Path, faces: Path, face_encoder: str, **files: Path) -> None:
    from speech2face.decoder import train
    from speech2face.training.files import Files

    train.train_decoder(
        settings=_section(configs.Decoder, settings),
        seed=seed,
        index=index,
        faces=faces,
        face_encoder=face_encoder,
        files=Files(**files),
    )


def train_encoder(
    *, settings: str, seed: int, index: Path, clips: Path, faces: Path, decoder: list[Path], **files: Path
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


def _section(model: type[S], text: str) -> S:
    """A section as the rule passed it: JSON of just the fields that this phase may see."""
    try:
        values = json.loads(text)
    except json.JSONDecodeError as error:
        raise configs.ConfigError(f"--settings is not JSON ({error}).") from error
    return configs.parse(model, values, "--settings")


if __name__ == "__main__":
    sys.exit(main())
