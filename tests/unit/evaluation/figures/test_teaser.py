"""The first picture: each talker's own sound above the face made from it."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from speech2face.base.images import decode_image
from speech2face.base.shards import array_field, write_shard
from speech2face.evaluation.figures import style, teaser
from tests.unit.evaluation.figures.drawing import fits

Make = Callable[..., pd.DataFrame]


def tone(hertz: float, seconds: float = 1.0) -> np.ndarray:
    time = np.arange(round(seconds * 16_000)) / 16_000
    return (12_000 * np.sin(2 * np.pi * hertz * time)).astype(np.int16)


@pytest.fixture
def write_run(make_reconstructions: Make, tmp_path: Path) -> Callable[..., tuple[pd.DataFrame, pd.DataFrame, Path]]:
    """Reconstructions, index and folder of sounds; clip number n is a tone of 500 + 100 n Hz."""

    def write(speakers: int, *, labels: bool = True) -> tuple[pd.DataFrame, pd.DataFrame, Path]:
        made = make_reconstructions(speakers, labels=labels)
        sounds = [tone(500 + 100 * number) for number in range(len(made))]
        # Rows in the shard run against the order of the clips.
        field = array_field("audio", len(sounds[0]), pa.int16())
        write_shard(tmp_path / "clips" / "00.arrow", pa.schema([field]), ({"audio": sound} for sound in sounds[::-1]))
        index = pd.DataFrame({"clip_id": made["clip_id"], "shard": "00", "row": range(len(made))[::-1]})
        return made, index, tmp_path / "clips"

    return write


def test_a_spectrogram_is_loudest_at_the_tone() -> None:
    loud = teaser.spectrogram(tone(1000.0))
    assert loud.shape == (257, (16_000 - 400) // 160 + 1)
    # 31.25 Hz a band.
    assert set(loud.argmax(axis=0)) == {32}


def test_each_talkers_own_voice_stands_above_the_face(write_run) -> None:
    made, index, clips = write_run(11)
    figure = teaser.draw(made, index=index.sample(frac=1, random_state=0), clips=clips)
    images = [np.asarray(image.get_array()) for axes in figure.axes for image in axes.get_images()]
    assert len(images) == 3 * 6
    chosen = made.drop_duplicates("speaker_id").iloc[[0, 2, 4, 6, 8, 10]]
    for strip, picture, true, (number, clip) in zip(
        images[::3], images[1::3], images[2::3], chosen.iterrows(), strict=True
    ):
        assert np.median(strip.argmax(axis=0)) == round((500 + 100 * number) / 31.25)
        np.testing.assert_array_equal(picture, decode_image(clip["s2f"]))
        np.testing.assert_array_equal(true, decode_image(clip["original"]))
    assert {image.origin for axes in figure.axes[::3] for image in axes.get_images()} == {"lower"}
    words = [text.get_text() for text in figure.texts]
    assert [word for word in words if word.startswith("t0")] == chosen["speaker_id"].tolist()
    assert "voice,\n1 s,\n0–4 kHz" in words
    assert style.INVENTED in words


@pytest.mark.parametrize("labels", [True, False])
@pytest.mark.parametrize("speakers", [1, 3, 9])
def test_nothing_reaches_over_the_edge(write_run, speakers: int, labels: bool) -> None:
    made, index, clips = write_run(speakers, labels=labels)
    figure = teaser.draw(made, index=index, clips=clips)
    assert (style.INVENTED in [text.get_text() for text in figure.texts]) is labels
    assert fits(figure)
    assert figure.bbox_inches.width * 25.4 <= style.DOUBLE_MM


def test_nothing_and_another_runs_index_are_refused(write_run) -> None:
    made, index, clips = write_run(3)
    with pytest.raises(ValueError, match="no test clip"):
        teaser.draw(made.iloc[:0], index=index, clips=clips)
    with pytest.raises(ValueError, match="t00001_0"):
        teaser.draw(made, index=index[index["clip_id"] != "t00001_0"], clips=clips)
