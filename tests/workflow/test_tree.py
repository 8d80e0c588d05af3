"""Tests find their module: tests/unit mirrors src/speech2face, and every module is covered by a test."""

import re
from functools import cache
from pathlib import Path

from tests.conftest import ROOT

SOURCE = ROOT / "src" / "speech2face"
UNIT = ROOT / "tests" / "unit"
SECTIONS = [path.stem for path in (SOURCE / "config").glob("*.py") if path.stem not in ("__init__", "commands")]
"""Modules of the config: `config/test_config.py` reads all of them."""

COVERED_BY = {f"config.{section}": "config/test_config.py" for section in SECTIONS} | {
    "base.estimates": "base/test_intervals.py",
    "base.interruption": "learning/training/test_loop.py",
    "base.landlock": "base/test_cell.py",
    "base.options": "test_cli.py",
    "base.seccomp": "base/test_cell.py",
    "base.sound": "data/clips/test_sound.py",
    "base.status": "data/clips/test_media.py",
    "base.weights": "learning/encoder/test_small.py",
    "config.commands": "test_cli.py",
    "consent.learned": "consent/test_forget.py",
    "consent.remove": "consent/test_forget.py",
    "consent.runs": "consent/test_forget.py",
    "data.clips.containers": "data/clips/test_formats.py",
    "data.clips.decoders": "data/clips/test_media.py",
    "data.clips.frames": "data/clips/test_formats.py",
    "data.clips.opening": "data/clips/test_media.py",
    "data.clips.serving": "data/clips/test_reader.py",
    "data.clips.worker": "data/clips/test_reader.py",
    "data.downloads.cut": "data/downloads/test_fetch.py",
    "data.downloads.pace": "data/downloads/test_client.py",
    "data.downloads.summary": "data/downloads/test_shard.py",
    "data.downloads.worker": "data/downloads/test_shard.py",
    "data.faces.mtcnn": "data/faces/test_detection.py",
    "data.faces.pretrained": "data/faces/test_facenet_encoder.py",
    "data.portraits.faces": "data/portraits/test_find.py",
    "data.sources.manifest": "data/sources/test_listing.py",
    "data.talkers.assembly": "data/talkers/test_render.py",
    "data.talkers.clip": "data/talkers/test_make.py",
    "data.talkers.clothes": "data/talkers/test_render.py",
    "data.talkers.english": "data/talkers/test_text.py",
    "data.talkers.espeak": "data/talkers/test_text.py",
    "data.talkers.facemap": "data/talkers/test_render.py",
    "data.talkers.features": "data/talkers/test_render.py",
    "data.talkers.hair": "data/talkers/test_render.py",
    "data.talkers.hairline": "data/talkers/test_render.py",
    "data.talkers.kernel_inputs": "data/talkers/test_render.py",
    "data.talkers.kernels": "data/talkers/test_render.py",
    "data.talkers.mesh": "data/talkers/test_head.py",
    "data.talkers.occlusion": "data/talkers/test_render.py",
    "data.talkers.painting": "data/talkers/test_render.py",
    "data.talkers.pieces": "data/talkers/test_render.py",
    "data.talkers.shading": "data/talkers/test_render.py",
    "data.talkers.strands": "data/talkers/test_render.py",
    "data.talkers.surfaces": "data/talkers/test_render.py",
    "data.voices.activity_network": "data/voices/test_activity.py",
    "data.voices.features": "data/voices/test_acoustics.py",
    "evaluation.figures.attributes": "evaluation/figures/test_charts.py",
    "evaluation.figures.avatar": "evaluation/figures/test_cartoons.py",
    "evaluation.figures.confusion_upper": "evaluation/figures/test_confusion.py",
    "evaluation.figures.decoded": "evaluation/figures/test_lengths.py",
    "evaluation.figures.decoder_parts": "evaluation/figures/test_pictures.py",
    "evaluation.figures.diagram": "evaluation/figures/test_system.py",
    "evaluation.figures.layers": "evaluation/figures/test_system.py",
    "evaluation.figures.learning_curves": "evaluation/figures/test_charts.py",
    "evaluation.figures.looks": "evaluation/figures/test_cartoons.py",
    "evaluation.figures.notebook": "evaluation/figures/test_notebooks.py",
    "evaluation.figures.retrieval": "evaluation/figures/test_charts.py",
    "evaluation.figures.retrieval_examples": "evaluation/figures/test_pictures.py",
    "evaluation.figures.summary": "evaluation/figures/test_charts.py",
    "evaluation.figures.talkers": "evaluation/figures/test_pictures.py",
    "evaluation.figures.triplets": "evaluation/figures/test_pictures.py",
    "evaluation.metrics.labels": "evaluation/metrics/test_attributes.py",
    "evaluation.metrics.measure": "evaluation/metrics/test_collect.py",
    "evaluation.metrics.summary": "evaluation/figures/test_charts.py",
    "evaluation.protocols": "evaluation/figures/test_matching.py",
    "evaluation.paper": "evaluation/metrics/test_craniofacial.py",
    "evaluation.reconstructions.draw": "evaluation/reconstructions/test_reconstruct.py",
    "evaluation.report.kinds": "evaluation/report/test_claims.py",
    "evaluation.report.paper_claims": "evaluation/report/test_claims.py",
    "evaluation.trials.schema": "evaluation/trials/test_encode.py",
    "learning.decoder.cole_objective": "learning/decoder/test_train.py",
    "learning.decoder.faces": "learning/decoder/test_train.py",
    "learning.decoder.fit": "learning/decoder/test_train.py",
    "learning.decoder.networks": "learning/decoder/test_cole.py",
    "learning.decoder.presets": "learning/decoder/test_train.py",
    "learning.encoder.campplus_weights": "learning/encoder/test_campplus.py",
    "learning.encoder.fetch_campplus": "learning/encoder/test_campplus.py",
    "learning.encoder.complexity": "learning/encoder/test_paper.py",
    "learning.encoder.embed": "learning/encoder/test_train.py",
    "learning.encoder.fit_speaker": "learning/encoder/test_train.py",
    "learning.encoder.frontends": "learning/encoder/test_small.py",
    "learning.encoder.networks": "learning/encoder/test_presets.py",
    "learning.training.checkpoint": "learning/training/test_loop.py",
    "learning.training.errors": "learning/training/test_loop.py",
    "learning.training.files": "learning/training/test_loop.py",
    "learning.training.processes": "learning/training/test_loop.py",
    "phases": "test_cli.py",
    "product.app.limits": "product/app/test_page.py",
    "product.app.show": "product/app/test_page.py",
    "product.app.upload": "product/app/test_page.py",
    "product.audit.evidence": "product/audit/test_battery.py",
    "product.bundle.card": "product/bundle/test_bundle.py",
    "product.bundle.files": "product/bundle/test_bundle.py",
    "product.bundle.metadata": "product/bundle/test_hub.py",
    "product.bundle.onnx": "product/bundle/test_bundle.py",
    "product.bundle.pack": "product/bundle/test_bundle.py",
    "product.dataset.card": "product/dataset/test_export.py",
    "product.dataset.croissant": "product/dataset/test_export.py",
    "product.dataset.lhotse": "product/dataset/test_export.py",
    "product.inference.pictures": "product/inference/test_model.py",
    "product.inference.reading": "product/inference/test_refusals.py",
    "product.inference.sentences": "product/inference/test_model.py",
    "product.inference.speech": "product/inference/test_refusals.py",
    "product.inference.threads": "product/inference/test_model.py",
    "product.inference.worker": "product/inference/test_refusals.py",
    "uncertainty.calibration.calibrate": "product/inference/test_model.py",
    "uncertainty.calibration.collect": "uncertainty/calibration/test_fit.py",
    "uncertainty.calibration.coverage": "uncertainty/calibration/test_fit.py",
    "uncertainty.calibration.extraction": "uncertainty/calibration/test_fit.py",
    "uncertainty.calibration.fit_attributes": "uncertainty/calibration/test_fit.py",
    "uncertainty.calibration.fit_face": "uncertainty/calibration/test_fit.py",
    "uncertainty.calibration.model": "uncertainty/calibration/test_fit.py",
    "uncertainty.calibration.voices": "uncertainty/calibration/test_fit.py",
    "uncertainty.heads.model": "uncertainty/heads/test_fit.py",
    "uncertainty.panel.schema": "uncertainty/panel/test_make.py",
}
"""The test file of each module that has none of its own name; both relative to the package and to tests/unit."""

SEVERAL_MODULES = {
    "product/inference/test_traits.py": "product.inference.model, of bundles made with and without the switch",
    "product/inference/test_core.py": "what one voice needs: every module of `speech2face face` without the extras",
    "test_full_disks.py": "every command that writes, on a disk that is full",
    "product/test_attributes.py": "every module that knows attributes, with attributes of the test's own",
    "consent/test_canaries.py": "consent.forget, by marks in the raw bytes of every place",
    "consent/test_next_run.py": "consent.forget with the workflow engine",
    "data/clips/test_damaged_files.py": "data.clips: every module, on damaged files",
    "data/clips/test_refused.py": "data.clips.media and data.clips.containers, on hostile files",
    "data/sources/test_containers.py": "data.sources.listing with data.clips.cut",
    "evaluation/figures/test_notebooks.py": "evaluation.figures: the notebook of each figure",
    "evaluation/report/test_chromium.py": "evaluation.report: the whole page, in a browser",
    "consent/test_portraits.py": "consent, with data.portraits",
    "product/app/test_fairness.py": "product.app.serve with product.app.sessions and product.app.guard",
    "product/app/test_chromium.py": "product.app: the whole page, in a browser",
}
"""Test files that are named after no module and are no value of `COVERED_BY`, and what they cover."""


@cache
def modules() -> dict[str, Path]:
    """All modules of the package by name, such as `data.talkers.mesh`, without `__init__` files."""
    paths = [path for path in sorted(SOURCE.rglob("*.py")) if path.name != "__init__.py"]
    return {".".join(path.relative_to(SOURCE).with_suffix("").parts): path for path in paths}


def own_test(module: str) -> str:
    """The test file that is named after a module, relative to tests/unit."""
    *packages, name = module.split(".")
    return "/".join([*packages, f"test_{name}.py"])


def files_of_tests() -> set[str]:
    """All test files, relative to tests/unit."""
    return {path.relative_to(UNIT).as_posix() for path in UNIT.rglob("test_*.py")}


def test_every_folder_is_a_package_of_the_source():
    folders = {path.parent.relative_to(UNIT) for path in UNIT.rglob("*.py")}
    assert [str(folder) for folder in sorted(folders) if not (SOURCE / folder / "__init__.py").is_file()] == []


def test_every_test_file_is_named_after_a_module_or_listed():
    allowed = {own_test(module) for module in modules()} | set(COVERED_BY.values()) | set(SEVERAL_MODULES)
    assert sorted(files_of_tests() - allowed) == []
    assert sorted(set(SEVERAL_MODULES) - files_of_tests()) == []


def test_every_package_has_tests():
    packages = {path.parent.relative_to(SOURCE) for path in modules().values()}
    assert [str(package) for package in sorted(packages) if not any((UNIT / package).rglob("test_*.py"))] == []


def test_every_module_has_a_test():
    without = {module for module in modules() if own_test(module) not in files_of_tests()}
    assert {"not listed": sorted(without - COVERED_BY.keys()), "needless": sorted(COVERED_BY.keys() - without)} == {
        "not listed": [],
        "needless": [],
    }


def test_the_listed_tests_cover_their_modules():
    for module, file in COVERED_BY.items():
        assert (UNIT / file).is_file(), f"{module}: there is no {file}"
        assert covers(UNIT / file, module), f"{file} does not reach {module} by imports"


def covers(test: Path, module: str) -> bool:
    """Whether a test reaches a module by imports: its own, those of its helpers and fixtures, and those of modules in
    the module's own package. A public name alone does not count: other modules have functions of the same name."""
    target = f"speech2face.{module}"
    package = target.rpartition(".")[0]
    waiting, found = [test, *test.parent.glob("conftest.py")], set()
    while waiting:
        for name in imports(waiting.pop()) - found:
            found.add(name)
            if name == package or name.startswith(("tests.", f"{package}.")):
                waiting.append(file_of(name))
    return target in found


@cache
def imports(path: Path) -> set[str]:
    """The modules of the package and of the tests that a file imports or names, by their full names."""
    text = path.read_text(encoding="utf-8")
    names = set(re.findall(r"(?:speech2face|tests)(?:\.\w+)+", text))
    for source, imported in re.findall(r"from ((?:speech2face|tests)[\w.]*) import (\([^)]*\)|[^\n]*)", text):
        names |= {f"{source}.{name}" for name in re.findall(r"\w+", imported)}
    return {name for name in names if file_of(name).is_file()}


def file_of(name: str) -> Path:
    """The file of a module or package by its full name; there may be none."""
    path = ROOT / ("src" if name.startswith("speech2face") else "") / name.replace(".", "/")
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
