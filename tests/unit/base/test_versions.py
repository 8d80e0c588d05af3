"""What DVC keeps: what the stages declare, and files among it that no rule makes."""

from pathlib import Path

import pytest

from speech2face.base.versions import check_untracked, orphans, versioned

STAGES = """
stages:
  one:
    cmd: a
    outs:
      - results/clips:
          persist: true
  two:
    cmd: b
    outs:
      - results/report.html
  three:
    cmd: c
"""


@pytest.fixture
def stages(tmp_path):
    path = tmp_path / "dvc.yaml"
    path.write_text(STAGES)
    return path


def test_outputs_of_all_stages_are_versioned(stages):
    assert versioned(stages) == [Path("results/clips"), Path("results/report.html")]


def test_only_what_lies_in_an_output_is_an_orphan():
    untracked = ["results/clips/07.arrow", "results/clips_old/07.arrow", "results/report.html", "README.md"]
    outputs = [Path("results/clips"), Path("results/report.html")]
    assert orphans(map(Path, untracked), outputs) == [Path("results/clips/07.arrow"), Path("results/report.html")]


def test_an_orphan_is_named_with_what_to_do(stages, tmp_path):
    listed = tmp_path / "untracked"
    listed.write_text("README.md\nresults/pairs/clips/00.arrow\n")
    check_untracked(stages=stages, untracked=listed)
    listed.write_text("".join(f"results/clips/{number:02d}.arrow\n" for number in range(7)))
    with pytest.raises(
        ValueError, match=r"results/clips/04.arrow and 2 files more, which would .* Move or remove them"
    ):
        check_untracked(stages=stages, untracked=listed)
