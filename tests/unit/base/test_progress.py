"""Progress off the screen: whole lines, one after the other, and every item passed on."""

from speech2face.base.progress import progress


def test_lines_are_whole_and_items_pass(capsys):
    assert list(progress(range(3), what="counting", unit="step")) == [0, 1, 2]
    err = capsys.readouterr().err
    assert "\r" not in err
    assert all(line.startswith("counting: ") for line in err.splitlines())
    assert "3/3" in err.splitlines()[-1]
