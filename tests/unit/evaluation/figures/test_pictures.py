"""Figures made of faces: talkers, triplets and examples of retrieval."""

import itertools
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from matplotlib.figure import Figure

from speech2face.evaluation.figures import decoder_parts, retrieval_examples, style, talkers, triplets
from speech2face.evaluation.figures.people import spread_evenly
from speech2face.evaluation.metrics.retrieval import centred_cosine, hits_at
from speech2face.evaluation.predictions.schema import Prediction, read_predictions, write_predictions
from speech2face.learning.decoder.networks import on_white
from speech2face.learning.decoder.presets import load_face_decoder
from tests.unit.evaluation.figures.drawing import fits

Make = Callable[..., pd.DataFrame]


def words(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.texts]


def pictures(figure: Figure) -> list[np.ndarray]:
    return [np.asarray(image.get_array()) for axes in figure.axes for image in axes.get_images()]


@pytest.mark.parametrize(("speakers", "count", "shown"), [(12, 12, 12), (30, 12, 12), (5, 12, 5), (1, 4, 1)])
@pytest.mark.parametrize("labels", [True, False])
def test_triplets_show_three_pictures_a_speaker(
    make_reconstructions: Make, speakers: int, count: int, shown: int, labels: bool
) -> None:
    figure = triplets.draw(make_reconstructions(speakers, labels=labels), count=count)
    assert len(pictures(figure)) == 3 * shown
    assert (style.INVENTED in words(figure)) is labels
    assert any("female" in text for text in words(figure)) is labels
    assert fits(figure)


def test_the_titles_of_triplets_do_not_touch(make_reconstructions: Make) -> None:
    figure = triplets.draw(make_reconstructions(6, labels=False), count=6)
    figure.draw_without_rendering()
    titles = [text.get_window_extent() for text in figure.texts if text.get_weight() == "bold"]
    assert len(titles) == 6
    assert all(left.x1 < right.x0 for left, right in itertools.pairwise(titles))


def test_parts_of_the_decoder_are_its_texture_landmarks_and_picture(
    make_reconstructions: Make, face_decoder: tuple[Path, Path]
) -> None:
    made = make_reconstructions(9)
    figure = decoder_parts.draw(made, weights=face_decoder[0], config=face_decoder[1], count=4)
    assert len(pictures(figure)) == 4 * 7
    assert fits(figure)
    assert style.INVENTED in words(figure)
    decoder = load_face_decoder(*face_decoder)
    last = np.stack(spread_evenly(made, 4)["voice_embedding"].to_list())[-1:]
    with torch.no_grad():
        parts = decoder.parts(torch.from_numpy(last.astype(np.float32)))
    texture, marked, picture = pictures(figure)[-3:]
    for shown, drawn in ((texture, on_white(parts.texture)), (marked, parts.picture), (picture, parts.picture)):
        np.testing.assert_allclose(shown / 255, drawn[0].permute(1, 2, 0).numpy(), atol=0.003)
    dots = [line.get_xydata() for axes in figure.axes for line in axes.get_lines()]
    assert len(dots) == 8
    np.testing.assert_allclose(dots[-1], parts.landmarks[0].numpy() * 32 - 0.5, atol=1e-4)


def test_triplets_of_nothing_are_refused_with_advice(make_reconstructions: Make) -> None:
    with pytest.raises(ValueError, match="no test clip"):
        triplets.draw(make_reconstructions(2).iloc[:0], count=3)
    with pytest.raises(ValueError, match="no test clip"):
        retrieval_examples.draw(make_reconstructions(2).iloc[:0], count=3)
    with pytest.raises(ValueError, match="no test clip"):
        decoder_parts.draw(make_reconstructions(2).iloc[:0], weights=Path("w"), config=Path("c"), count=3)


def test_retrieval_agrees_with_the_metrics_phase() -> None:
    rng = np.random.default_rng(3)
    faces = rng.normal(size=(40, 8))
    voices = faces + rng.normal(0, 1.5, faces.shape)
    found = retrieval_examples.retrieve(voices, faces, 5)
    similarity = centred_cosine(voices, faces)
    for rank in (1, 5, 20):
        assert [r.rank <= rank for r in found] == (hits_at(similarity, rank) == 1).tolist()
    for own, prediction in enumerate(found):
        assert (own in prediction.nearest) == (prediction.rank <= 5)
        assert prediction.nearest[0] == similarity[own].argmax()


def test_examples_frame_the_true_face_and_print_its_rank(make_reconstructions: Make) -> None:
    table = make_reconstructions(9)
    first = table.drop_duplicates("speaker_id")
    found = retrieval_examples.retrieve(
        np.stack(first["voice_embedding"].to_list()), np.stack(first["face_embedding"].to_list()), 5
    )
    figure = retrieval_examples.draw(table, count=9)
    framed = [axes for axes in figure.axes if axes.spines["left"].get_visible()]
    assert len(pictures(figure)) == 9 * (2 + 5)
    assert len(framed) == sum(prediction.rank <= 5 for prediction in found)
    ranks = [text.splitlines()[-1] for text in words(figure) if "rank" in text]
    assert ranks == [f"rank {prediction.rank} of 9" for prediction in found]
    assert style.INVENTED in words(figure)
    assert fits(figure)


def test_examples_rank_by_the_answers_that_are_measured(make_reconstructions: Make, tmp_path: Path) -> None:
    table = make_reconstructions(9)
    faces = np.stack(table["face_embedding"].to_list())
    write_predictions(tmp_path / "predictions", table, faces, [Prediction.complete("s2f", faces)])
    predictions = read_predictions(tmp_path / "predictions")
    figure = retrieval_examples.draw(retrieval_examples.with_predictions(table, predictions), count=9)
    assert [text.splitlines()[-1] for text in words(figure) if "rank" in text] == ["rank 1 of 9"] * 9
    with pytest.raises(ValueError, match="of two runs"):
        retrieval_examples.with_predictions(table.iloc[::-1], predictions)


@pytest.mark.parametrize("speakers", [1, 3])
def test_examples_of_a_small_gallery_show_all_of_it(make_reconstructions: Make, speakers: int) -> None:
    figure = retrieval_examples.draw(make_reconstructions(speakers, labels=False), count=6)
    assert len(pictures(figure)) == speakers * (2 + speakers)
    assert style.INVENTED not in words(figure)
    assert fits(figure)


def test_the_sheet_of_talkers_shows_usable_clips_and_counts_everybody(
    truth: pd.DataFrame, clips: list[dict[str, object]]
) -> None:
    figure = talkers.draw(truth, pd.DataFrame(clips))
    faces, (counts,) = pictures(figure)[: talkers.SHOWN], pictures(figure)[talkers.SHOWN :]
    assert len(faces) >= 16
    assert counts.sum() == len(truth)
    pitch = figure.axes[talkers.SHOWN]
    assert sum(bar.get_height() for bar in pitch.patches) == len(truth)
    assert style.INVENTED in words(figure)
    assert fits(figure)


def test_a_sheet_of_few_talkers_can_be_drawn(truth: pd.DataFrame, clips: list[dict[str, object]]) -> None:
    figure = talkers.draw(truth.iloc[:3], pd.DataFrame(clips[:2]))
    assert len(pictures(figure)) == 2 + 1
    with pytest.raises(ValueError, match="rejected"):
        talkers.draw(truth, pd.DataFrame(clips[-1:]))
