"""The command line: one command a rule, `speech2face COMMAND --help` says what it reads and writes."""

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from speech2face import commands
from speech2face.base.files import explain
from speech2face.base.interruption import Interrupted
from speech2face.product.app.limits import PORT


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
    except OSError as error:
        print(f"speech2face: {explain(error)}", file=sys.stderr)
        return 1
    except (ValueError, RuntimeError) as error:
        print(f"speech2face: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="speech2face", description=__doc__)
    subparsers = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(run: Callable[..., None], help_text: str, **arguments: object) -> argparse.ArgumentParser:
        """A command whose options are the keyword arguments of `run`; each value here is the option's type."""
        sub = subparsers.add_parser(run.__name__.replace("_", "-"), help=help_text, description=help_text)
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
    command(commands.schema, "Write the JSON schema of the config.", output=Path)
    command(commands.check_config, "Check the config file with its overlays.", files=[Path])
    command(commands.build_head_model, "Prepare the head model that all talkers share.", folder=Path)
    command(
        commands.make_talkers,
        "Draw, speak and film one shard of the talkers.",
        settings=str, seed=int, shard=int, shards=int, head_model=Path, videos=Path, manifest=Path, truth=Path,
    )  # fmt: skip
    command(
        commands.list_source,
        "List the clips of a source, shared out over the shards.",
        source=str, settings=str, shards=int, forgotten=Path, folder=Path,
    )  # fmt: skip
    command(
        commands.download_clips,
        "Fetch the clips of one shard of a list of segments.",
        settings=str, attempt=int, manifest=Path, output=Path, summary=Path,
    )  # fmt: skip
    command(
        commands.summarise_downloads,
        "Count what was fetched of a list, and what not for which reason.",
        folder=Path, shards=int, summary=Path, table=Path,
    )  # fmt: skip
    command(commands.cut_clips, "Cut sound and frames of one shard.", settings=str, manifest=Path, output=Path)
    command(
        commands.fetch_weights,
        "Fetch or read the weights of a face encoder, check and keep them.",
        encoder=str, settings=str, weights=Path, config=Path,
    )  # fmt: skip
    command(
        commands.find_faces,
        "Find, crop and embed the faces of one shard.",
        settings=str, clips_settings=str, manifest=Path, clips=Path, output=Path,
    )  # fmt: skip
    command(commands.measure_voices, "Measure the voices of one shard.", settings=str, clips=Path, output=Path)
    command(
        commands.split_clips,
        "Index the good clips and share them out by speaker.",
        settings=str, seed=int, fold=json.loads, shards=[str], folder=Path, index=Path, status=Path,
    )  # fmt: skip
    command(commands.gather_folds, "Put tables of all folds together.", tables=[Path], output=Path)
    command(
        commands.gather_predictions,
        "Put the answers of all folds of a cross-validation together.",
        tables=[Path],
        output=Path,
    )
    command(
        commands.train_decoder,
        "Train the face decoder.",
        settings=str, faces_settings=str, seed=int, index=Path, faces=Path, **files,
    )  # fmt: skip
    command(
        commands.train_encoder,
        "Train the voice encoder.",
        settings=str, faces_settings=str, seed=int, index=Path, clips=Path, faces=Path, decoder=[Path], **files,
    )  # fmt: skip
    command(
        commands.reconstruct,
        "Make the pictures of the test split, from the face embedding and from the voice.",
        settings=str, faces_settings=str, seed=int, index=Path, clips=Path, faces=Path,
        decoder=[Path], encoder=[Path], output=Path,
    )  # fmt: skip
    common = {"seed": int, "threads": int, "index": Path, "clips": Path, "faces": Path}
    command(
        commands.predict,
        "Collect the prediction of every method for the test clips.",
        **common, voices=Path, reconstructions=Path, encoder=[Path], truth=[Path], output=Path,
    )  # fmt: skip
    command(
        commands.speak_trials,
        "Speak for the test talkers: long recordings, and other languages.",
        settings=str, world=str, seed=int, index=Path, output=Path,
    )  # fmt: skip
    command(
        commands.encode_trials,
        "Hear the test voices for other lengths, at other moments and in other languages.",
        settings=str, **common, speech=Path, encoder=[Path], lengths=Path, moments=Path, languages=Path,
    )  # fmt: skip
    command(
        commands.encode_variants,
        "Hear the test voices with several voice encoders.",
        **common, names=[str], encoders=[Path], output=Path,
    )  # fmt: skip
    command(
        commands.make_panel,
        "Draw, picture and record one shard of people who are in no video.",
        kind=str, world=str, settings=str, faces_settings=str, seed=int, shard=int, head_model=Path, output=Path,
    )  # fmt: skip
    command(
        commands.collect_people,
        "Hear the people to calibrate on, or those to check with.",
        kind=str, settings=str, seed=int, panel=[Path], index=Path, clips=Path, faces=Path, encoders=[Path],
        output=Path,
    )  # fmt: skip
    command(
        commands.calibrate,
        "Fit what an answer may promise.",
        settings=str, seed=int, heard=Path, decoder=[Path], weights=Path, config=Path,
    )  # fmt: skip
    command(
        commands.check_coverage,
        "Count how often what is promised holds.",
        heard=Path, calibration=[Path], output=Path,
    )  # fmt: skip
    command(
        commands.fit_heads,
        "Fit a way from faces to heads in three dimensions.",
        world=str, seed=int, heard=[Path], calibration=[Path], head_model=Path, weights=Path, config=Path,
    )  # fmt: skip
    command(
        commands.pack_bundle,
        "Put models, calibration and figures of a run into one folder.",
        source=str, limits=str, voices=str, index=Path, heard=[Path], encoders=[Path], decoder=[Path],
        calibration=[Path], heads=[Path], coverage=Path, config=Path,
    )  # fmt: skip
    command(
        commands.answer_example,
        "Answer the first voice of a panel, for the docs to show.",
        panel=Path, bundle=Path, output=Path,
    )  # fmt: skip
    command(
        commands.measure,
        "Measure one family of figures.",
        family=str, given=str, settings=str, seed=int, output=Path,
    )  # fmt: skip
    command(
        commands.collect_metrics,
        "Put all measures in one file.",
        families=[Path], summary=Path, table=Path, headline=Path,
    )  # fmt: skip
    command(
        commands.write_report,
        "Write the page with every figure, and the verdicts on the paper's claims.",
        title=str, figures=[Path], captions=[Path], summary=[Path], index=Path, page=Path, claims=Path,
        table=Path,
    )  # fmt: skip
    command(commands.compare, "Write a table of finished runs: their costs and figures.", runs=[Path], table=Path)
    command(commands.shrink_picture, "Make a figure small enough for a page of docs.", source=Path, target=Path)
    command(
        commands.check_untracked,
        "Find what lies among versioned results and is made by no rule.",
        stages=Path, untracked=Path,
    )  # fmt: skip
    # Typed by people, not by rules.
    sub = command(commands.face, "Answer voices: a face, and how sure that is (docs/inference.md).")
    sub.add_argument("voices", type=Path, nargs="+", metavar="VOICE", help="an audio or video file, or a folder")
    sub.add_argument("-o", "--output", type=Path, required=True, help="folder for the answer, or for one of each file")
    sub.add_argument("--start", type=float, default=0.0, help="seconds into the recording (%(default)s)")
    sub.add_argument("--all", dest="everything", action="store_true", help="hear all, not the first 6 s of speech")
    _add_model(sub)
    sub.add_argument("--device", default="cpu", choices=["cpu", "cuda"], help="where the networks run (%(default)s)")
    sub = command(commands.app, "Show a page to try a model on, in a browser on this machine (docs/app.md).")
    _add_model(sub)
    sub.add_argument("--port", type=int, default=PORT, help="of this machine, for itself alone (%(default)s)")
    sub = command(commands.audit, "Check what a model promises, and what it tells of people (docs/audit.md).")
    sub.add_argument("bundle", type=Path, metavar="MODEL", help="folder of the bundle")
    sub.add_argument("-o", "--output", type=Path, required=True, help="folder for audit.html and audit.json")
    sub.add_argument("--people", type=Path, help="folder of the tables of its people (`calibration` beside the bundle)")
    sub.add_argument("--null", type=Path, help="that of a run in the null world (`null/calibration` beside the bundle)")
    sub = command(commands.export, "Write voice encoder and face decoder for other programs (docs/inference.md).")
    sub.add_argument("--onnx", type=Path, required=True, help="folder for the ONNX files")
    _add_model(sub)
    sub = command(
        commands.forget, "Remove a person from every run, and say which models learned from them (docs/consent.md)."
    )
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


def _add_model(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", type=Path, default=Path("results/bundle"), help="folder of the bundle (%(default)s)")


# The commands import their phase when they run: the command line answers at once, and a damaged
# installation of one phase does not stop the others.


if __name__ == "__main__":
    sys.exit(main())
