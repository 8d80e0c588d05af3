"""Forget a speaker: add them to the list, remove them from every run, report or delete models, check the result."""

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

from speech2face.base.files import file_sha256, is_part
from speech2face.base.options import Option
from speech2face.base.workspace import alone, is_home
from speech2face.config import load_config
from speech2face.consent.learned import MADE, models_trained_on, record_made
from speech2face.consent.lineage import delete_made, made_from
from speech2face.consent.remove import delete_models, remove
from speech2face.consent.runs import Run, SpeakerData, files_below, find_runs, logs_of, survey
from speech2face.consent.search import files_naming, telling
from speech2face.consent.stores import delete_stored, other_remotes, stored, stored_names, workflow_logs
from speech2face.data.sources.forgotten import add_forgotten, is_forgotten, normal_form, read_forgotten, speakers_of

_SHOWN = 5
"""Most files that a line of the output names."""


def forget(
    speaker: str,
    *,
    results: Path,
    forgotten: Path,
    downloads: Sequence[Path] = (),
    exports: Sequence[Path] = (),
    delete: bool = False,
) -> None:
    """Remove a speaker from every run below `results`, print what was done, and look whether anything is left.

    It may be killed at any time: run again, it goes on.

    Args:
        forgotten: the list that keeps the speaker out of later runs.
        downloads: folders that the workflow fills; files of the speaker that lie there are deleted.
        exports: folders elsewhere with bundles and ONNX exports.
        delete: the models that learned from the speaker as well.

    Raises:
        ValueError: no run holds the speaker or ever did, and nothing was touched; or a shard cannot be read.
        RuntimeError: the workflow is at work, and nothing was touched; or something of the speaker is left.
    """
    with _alone(results):
        for one in _same_person(results, speaker):
            _forget(one, results, forgotten, downloads, exports, delete)


def _forget(
    speaker: str, results: Path, forgotten: Path, downloads: Sequence[Path], exports: Sequence[Path], delete: bool
) -> None:
    elsewhere = _runs_elsewhere(exports)
    held = [survey(run, speaker) for run in find_runs(results)]
    holding = [part for part in held if part.shards]
    homes = _homes(results)
    before = stored_names(files_below(results)) if any(map(stored, homes)) else set()
    known = is_forgotten(speaker, read_forgotten(forgotten))
    if not holding and not known:
        raise ValueError(
            f"No run below {results} holds a speaker {speaker!r}; splits/status.csv has the ids that it holds."
        )
    if known:
        print(f"{speaker} is on the list {forgotten} already.")
    else:
        add_forgotten(forgotten, speaker)
        print(f"{speaker} is on the list {forgotten} now: later runs leave this speaker out.")
    tables = {file_sha256(path) for part in holding for path in part.shards}
    models = {file_sha256(model.weights) for part in held for model in models_trained_on(part.run, speaker)}
    whole = [path for path in files_below(results) if not is_part(path.parent.name)]
    whole += [path for run in elsewhere for path in run.files()]
    record_made(made_from(whole, tables | models), speaker)
    for part in holding:
        origins = f", from {', '.join(sorted(part.origins))}" if part.origins else ""
        print(f"{part.run.folder}: {len(part.clips)} clips of {speaker}{origins}")
        for line in remove(part, downloads):
            print(f"  {line}")
        if left := [path for path in part.originals if path.exists()]:
            print(f"  left where they are, for the run did not write them: {_some(left)}")
    _report_models([part.run for part in held], elsewhere, speaker, delete)
    words = _words(held, speaker)
    gone = before - stored_names(files_below(results))
    for home in homes:
        logs = files_naming(workflow_logs(home), words)
        for path in logs:
            path.unlink()
        if count := delete_stored(home, words, gone):
            print(f"{home / '.dvc'}: {count} copies deleted from DVC's cache and its remotes on this machine")
            print("  versions of models and figures before these are deleted by: dvc gc --workspace")
        for address in other_remotes(home):
            print(f"  not reached: {address}. Run `make repro`, then `dvc gc --workspace --cloud` (docs/versions.md)")
    _refuse_leftovers(results, held, speaker)


def check(speaker: str, *, results: Path, exports: Sequence[Path] = ()) -> None:
    """Check whether anything of a speaker is left below `results`, and print which models were trained on them.

    Raises:
        RuntimeError: something is left.
    """
    held = [survey(run, speaker) for run in find_runs(results)]
    _report_models([part.run for part in held], _runs_elsewhere(exports), speaker, False)
    _refuse_leftovers(results, held, speaker)


def forget_speaker(
    speaker: str,
    *,
    results: Path = Path("results"),
    config: Sequence[Path] = (Path("config/config.yaml"),),
    exports: Sequence[Path] = (),
    delete_models: bool = False,
    only_check: Annotated[bool, Option(name="check")] = False,
) -> None:
    """Forget a speaker, or check that nothing of them is left, as the command line does.

    Args:
        speaker: the id, as in the column speaker_id of splits/status.csv.
        results: folder with the runs.
        config: the config file and its overlays, as the runs had them.
        exports: folders elsewhere with bundles and ONNX exports that may have been made with the person.
        delete_models: delete the models that learned from the person.
        only_check: change nothing; check whether anything is left.

    Raises:
        ValueError, RuntimeError: as `forget` and `check`; or both flags are given.
    """
    if only_check and delete_models:
        raise ValueError("--check changes nothing, so it does not go with --delete-models: leave one of them out.")
    if only_check:
        check(speaker, results=results, exports=exports)
        return
    read = load_config(config)
    downloads = [Path(read.downloads.folder)]
    forget(
        speaker,
        results=results,
        forgotten=Path(read.forgotten),
        downloads=downloads,
        exports=exports,
        delete=delete_models,
    )


@contextlib.contextmanager
def _alone(results: Path) -> Iterator[None]:
    """Inside the block no run of the workflow is at work there, and none can start."""
    with contextlib.ExitStack() as stack:
        for folder in filter(is_home, results.absolute().parents):
            stack.enter_context(alone(folder))
        yield


def _runs_elsewhere(exports: Sequence[Path]) -> list[Run]:
    """Folders with exports.

    Raises:
        ValueError: there is no such folder.
    """
    if missing := [folder for folder in exports if not folder.is_dir()]:
        raise ValueError(f"There is no folder {missing[0]}: name folders with exports, or leave out --exports.")
    return [Run(folder=folder, inner=()) for folder in exports]


def _report_models(runs: Sequence[Run], elsewhere: Sequence[Run], speaker: str, delete: bool) -> None:
    found = {run: models_trained_on(run, speaker) for run in (*runs, *elsewhere)}
    if not any(found.values()):
        print(f"No model is known to have learned from {speaker}.")
    for run, models in found.items():
        for model in models:
            print(
                f"{model.weights} {'held' if delete else 'still holds'} what was learned from {speaker} "
                f"({model.split if model.split == MADE else f'{model.clips} clips, {model.split}'}); "
                + ("it is deleted" if delete else "--delete-models deletes it")
                + ", and the next run trains it without them."
            )
        if delete and run in elsewhere:
            # Nothing else there is the workflow's.
            for model in models:
                delete_made(model.weights)
        elif delete and models:
            delete_models(run, models)


def _refuse_leftovers(results: Path, held: Sequence[SpeakerData], speaker: str) -> None:
    """Search the speaker's ids in every file of every run, in the logs, and in the files between the runs."""
    left = files_naming(files_below(results, tuple(part.run.folder for part in held)), {speaker})
    words = _words(held, speaker)
    for home in _homes(results):
        left += files_naming([*workflow_logs(home), *stored(home)], words)
    for part in held:
        left += files_naming(part.run.files() + part.run.leftovers() + part.run.logs(), part.words)
    if left:
        raise RuntimeError(
            f"{speaker} is still named in {_some(left)}; run this again, or look at them and delete them."
        )
    print(f"No file below {results} and {logs_of(results)} names {speaker} or a clip of {speaker}.")
    if vague := words - set(telling(words)):
        print(f"Looked for in tables and shards alone, since any text may hold them by chance: {_some(sorted(vague))}.")


def _words(held: Sequence[SpeakerData], speaker: str) -> set[str]:
    """Ids of the speaker and of the clips in all runs."""
    return {word for part in held for word in part.words} | {speaker}


def _homes(results: Path) -> list[Path]:
    """The folders above in which the workflow runs or DVC keeps versions."""
    return [folder for folder in results.absolute().parents if is_home(folder) or (folder / ".dvc").is_dir()]


def _same_person(results: Path, speaker: str) -> list[str]:
    """The ids in the runs that are the same as this one in their normal form; the id itself if there is none."""
    tables = [path for run in find_runs(results) for path in run.shards()]
    ids = {name for path in tables for name in speakers_of(path)}
    return sorted(name for name in ids if normal_form(name) == normal_form(speaker)) or [speaker]


def _some(things: Sequence[object]) -> str:
    """The first few of them as text."""
    more = f" and {len(things) - _SHOWN} more" if len(things) > _SHOWN else ""
    return ", ".join(map(str, things[:_SHOWN])) + more
