"""Features: maps of the spaces of faces and of voices, coloured by sex, age and ethnicity; paper, figure 14 (arXiv)."""

from collections.abc import Mapping

import matplotlib
import numpy as np
from jaxtyping import Float, Shaped
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from sklearn.manifold import TSNE

from speech2face.evaluation.figures import style
from speech2face.evaluation.figures.people import is_invented
from speech2face.evaluation.figures.summary import Summary
from speech2face.evaluation.metrics.features import NEIGHBOURS, SPACES
from speech2face.evaluation.metrics.labels import ATTRIBUTES, labels_of
from speech2face.evaluation.predictions.schema import Predictions

SPACE_LABELS = {"faces": "image features: true faces", "s2f": "speech features: voices (S2F)"}
MOST_CLIPS = 500
"""Clips on a map; those of a larger test set are taken evenly from the list."""

_NOTE = (
    f"Percent: clips whose {NEIGHBOURS} nearest clips of other people have mostly their label,"
    " among the embeddings themselves (95 % interval)"
)
_PERPLEXITY = 30.0
_GROUP_COLOURS = (style.GREEN, style.VERMILLION, style.PURPLE, style.SKY_BLUE, style.ORANGE, style.BLACK)
_MARKERS = "os^DvP"
_AGES = "viridis"
_LIGHTEST_AGE = 0.92  # the yellow beyond is lost on white


@style.look()
def draw(summary: Summary, predictions: Predictions) -> Figure:
    """A map of the true face embeddings above one of those predicted from voices, once for each attribute.

    Raises:
        ValueError: the summary holds no neighbours.
    """
    shown = [name for name in ATTRIBUTES if all(f"{method}.features.{name}.neighbours" in summary for method in SPACES)]
    if not shown:
        raise ValueError("The summary holds no s2f.features.*.neighbours; the source of this run gives no labels.")
    rows = np.linspace(0, len(predictions.faces) - 1, min(MOST_CLIPS, len(predictions.faces))).round().astype(int)
    labels = labels_of(predictions.clips.iloc[rows])
    figure = style.new_figure(width_mm=style.DOUBLE_MM, height_mm=134, invented=is_invented(predictions.clips))
    style.add_text(figure, _NOTE, x_mm=style.DOUBLE_MM / 2, y_mm=2, ha="center", va="top")
    style.lay_out(figure, top_mm=6)
    panels = figure.subplots(len(SPACES), len(shown), squeeze=False)
    for space, across in zip(SPACES, panels, strict=True):
        embeddings = predictions.faces if space == "faces" else predictions.methods[space].embeddings
        positions = map_of(embeddings[rows])
        for attribute, axes in zip(shown, across, strict=True):
            _draw_map(axes, positions, labels[attribute].to_numpy(), _colours(attribute, labels[attribute].dropna()))
            axes.set_title(_title(summary, space, attribute))
        across[0].set_ylabel(SPACE_LABELS[space])
    for axes in panels[-1]:
        axes.legend(
            loc="upper center", bbox_to_anchor=(0.5, -0.02), ncols=4, handletextpad=0.1, columnspacing=1.0,
            borderaxespad=0.2,
        )  # fmt: skip
    return figure


def map_of(embeddings: Float[np.ndarray, "clips d"]) -> Float[np.ndarray, "clips 2"]:
    """A t-SNE map of the embeddings (van der Maaten and Hinton 2008).

    The same for the same embeddings and number of threads of the linear algebra, which is one within a rule.
    """
    perplexity = min(_PERPLEXITY, (len(embeddings) - 1) / 3)
    # The exact method: the approximation adds up in threads of its own.
    return TSNE(perplexity=perplexity, init="pca", method="exact", random_state=0).fit_transform(embeddings)


def _colours(attribute: str, labels: Shaped[np.ndarray, "clips"]) -> Mapping[str, str]:
    """The colour of each label that occurs: ages in order from dark to light, all else in colours that differ."""
    if attribute == "sex":
        return {label: style.SEX_COLOURS.get(label, style.GREY) for label in sorted(set(labels))}
    if attribute == "age_band":
        bands = sorted(set(labels), key=lambda band: 0 if band.startswith("<") else int(band))
        lightness = np.linspace(0, _LIGHTEST_AGE, len(bands))
        return {band: to_hex(matplotlib.colormaps[_AGES](x)) for band, x in zip(bands, lightness, strict=True)}
    groups = sorted(set(labels))
    return {group: _GROUP_COLOURS[position % len(_GROUP_COLOURS)] for position, group in enumerate(groups)}


def _draw_map(
    axes: Axes,
    positions: Float[np.ndarray, "clips 2"],
    labels: Shaped[np.ndarray, "clips"],
    colours: Mapping[str, str],
) -> None:
    for position, (label, colour) in enumerate(colours.items()):
        x, y = positions[labels == label].T
        axes.scatter(
            x, y, s=13, marker=_MARKERS[position % len(_MARKERS)], color=colour, edgecolor="white", linewidth=0.3,
            label=_label(label),
        )  # fmt: skip
    axes.set(xticks=[], yticks=[])
    axes.set_aspect("equal", adjustable="datalim")
    axes.spines[:].set_visible(True)


def _label(label: str) -> str:
    """A label as the legend shows it: bands of age by their first and last year."""
    if not label.isdigit():
        return label
    return "80 and over" if label == "80" else f"{label}–{int(label) + 9}"


def _title(summary: Summary, space: str, attribute: str) -> str:
    measure = summary[f"{space}.features.{attribute}.neighbours"]
    chance = summary[f"chance.features.{attribute}.neighbours"].value
    name = attribute.replace("_", " ").capitalize()
    return f"{name}: {measure.value:.0f} % ({measure.low:.0f}–{measure.high:.0f}), chance {chance:.0f} %"
