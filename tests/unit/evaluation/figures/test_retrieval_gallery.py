"""The wall of retrievals: the faces that retrieval finds, the true one framed, and its rank."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb

from speech2face.evaluation.figures import retrieval_gallery, style
from speech2face.evaluation.figures.mosaic import thumbnail
from speech2face.evaluation.figures.retrieval_examples import retrieve
from tests.unit.evaluation.figures.drawing import fits

Make = Callable[..., pd.DataFrame]


def wall_of(figure) -> np.ndarray:
    (axes,) = figure.axes
    return np.asarray(axes.images[0].get_array())


def positions(wall: np.ndarray, picture: np.ndarray) -> list[tuple[int, int]]:
    """Rows and columns of dots at which `picture` stands."""
    corners = np.argwhere((wall[: -len(picture) + 1, : -len(picture) + 1] == picture[0, 0]).all(axis=2))
    size = len(picture)
    return [(r, c) for r, c in corners.tolist() if (wall[r : r + size, c : c + size] == picture).all()]


def test_a_row_shows_the_nearest_faces_in_order(make_reconstructions: Make) -> None:
    made = make_reconstructions(12)
    first = made.drop_duplicates("speaker_id").reset_index(drop=True)
    found = retrieve(np.stack(first["voice_embedding"].to_list()), np.stack(first["face_embedding"].to_list()), 10)
    figure = retrieval_gallery.draw(made, count=100)
    wall = wall_of(figure)
    side = retrieval_gallery._SIDE
    (row, left), (_, true), *_ = sorted(
        [*positions(wall, thumbnail(first["s2f"][0], side)), *positions(wall, thumbnail(first["original"][0], side))]
    )
    assert true - left == retrieval_gallery._PITCH
    in_row = {
        column: clip
        for clip, picture in enumerate(first["original"])
        for at, column in positions(wall, thumbnail(picture, side))
        if at == row and true < column < wall.shape[1] // 2
    }
    assert [in_row[column] for column in sorted(in_row)] == found[0].nearest
    ranks = [text.get_text().splitlines()[1] for text in figure.texts if "/" in text.get_text()]
    assert ranks == [f"{prediction.rank}/12" for prediction in found]
    assert style.INVENTED in [text.get_text() for text in figure.texts]


def test_the_true_face_is_framed_where_it_is_among_the_ten(make_reconstructions: Make) -> None:
    made = make_reconstructions(40)
    first = made.drop_duplicates("speaker_id")
    voices = np.random.default_rng(0).normal(size=(80, 16))
    made["voice_embedding"] = list(voices)
    found = retrieve(voices[::2], np.stack(first["face_embedding"].to_list()), 10)
    framed = sum(prediction.rank <= 10 for prediction in found)
    assert 0 < framed < 40
    wall = wall_of(retrieval_gallery.draw(made, count=100))
    green = (wall == np.round(np.array(to_rgb(style.GREEN)) * 255)).all(axis=2)
    side = retrieval_gallery._SIDE
    assert green.sum() == framed * ((side + 6) ** 2 - side**2)


def test_voices_are_spread_evenly(make_reconstructions: Make) -> None:
    figure = retrieval_gallery.draw(make_reconstructions(9), count=3)
    names = [text.get_text().splitlines()[0] for text in figure.texts if "/" in text.get_text()]
    assert names == ["t00000", "t00004", "t00008"]


@pytest.mark.parametrize("labels", [True, False])
@pytest.mark.parametrize("speakers", [1, 2, 7, 30])
def test_nothing_reaches_over_the_edge(make_reconstructions: Make, speakers: int, labels: bool) -> None:
    figure = retrieval_gallery.draw(make_reconstructions(speakers, labels=labels), count=100)
    assert fits(figure)
    assert figure.bbox_inches.width * 25.4 <= style.DOUBLE_MM


def test_a_wall_of_nothing_is_refused(make_reconstructions: Make) -> None:
    with pytest.raises(ValueError, match="no test clip"):
        retrieval_gallery.draw(make_reconstructions(1).iloc[:0], count=100)
