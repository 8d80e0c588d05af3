"""The config: typed, strict, with a description of every field; `config/config.yaml` holds its values.

The schema in workflow/schemas is made from these classes (`speech2face schema`), and a test fails when the two
differ. Overlays are YAML files that replace single values.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Self, TypeVar

from pydantic import Field, ValidationError, model_validator

from speech2face.config.base import Section
from speech2face.config.calibration import Calibration
from speech2face.config.clips import Clips
from speech2face.config.decoder import Decoder
from speech2face.config.downloads import Downloads
from speech2face.config.encoder import Encoder, Loss
from speech2face.config.faces import Faces, PretrainedFaces, Talking, VggFace, WeightsSource
from speech2face.config.figures import Figures
from speech2face.config.judges import Judges
from speech2face.config.metrics import Metrics
from speech2face.config.panel import Panel
from speech2face.config.portraits import Portraits
from speech2face.config.reconstructions import Reconstructions
from speech2face.config.sources import CremaD, Folder, Grid, Pairs, Samples, Segments, VoxCeleb
from speech2face.config.splits import Splits
from speech2face.config.talkers import Couplings, Talkers, VoiceSpread
from speech2face.config.training import Training
from speech2face.config.trials import Trials
from speech2face.config.voices import Voices

__all__ = [
    "Calibration",
    "Clips",
    "Config",
    "ConfigError",
    "Couplings",
    "CremaD",
    "Decoder",
    "Downloads",
    "Encoder",
    "Faces",
    "Figures",
    "Folder",
    "Grid",
    "Judges",
    "Loss",
    "Metrics",
    "Pairs",
    "Panel",
    "Portraits",
    "PretrainedFaces",
    "Reconstructions",
    "Samples",
    "Section",
    "Segments",
    "Splits",
    "Talkers",
    "Talking",
    "Training",
    "Trials",
    "VggFace",
    "VoiceSpread",
    "Voices",
    "VoxCeleb",
    "WeightsSource",
    "load_config",
    "parse",
    "read_values",
    "schema_text",
    "with_overlay",
]


class ConfigError(ValueError):
    """A config that cannot be used; the message names each field and what is wrong with it."""


class Config(Section):
    """Everything that can be set."""

    seed: int = Field(ge=0, description="Seed of all random numbers: talkers, splits, training, resampling.")
    overlay: str = Field(
        pattern=r"^[a-z0-9_-]*$",
        description="Name of the run; results go to results/<overlay>. Empty: results.",
    )
    variant: str = Field(
        pattern=r"^[a-z0-9_-]*$",
        description="Name of a variant of the voice encoder. It shares data and face decoder with the main run and "
        "writes to variants/<variant> under that run's results. Empty: none.",
    )
    models: str = Field(
        description="Results folder of an earlier run whose trained models are used; empty: train them in this run."
    )
    source: Literal["talkers", "folder", "pairs", "voxceleb", "crema-d", "grid", "segments", "samples"] = Field(
        description="Where the clips come from; the section of the same name configures it."
    )
    shards: int = Field(gt=0, le=10000, description="Number of shards; fixed for a data set.")
    forgotten: str = Field(
        min_length=1,
        description="File with the SHA-256 of the id of every forgotten speaker; these speakers are left out of "
        "every list of clips. Keep it outside of results, which may be deleted.",
    )
    talkers: Talkers
    folder: Folder
    pairs: Pairs
    voxceleb: VoxCeleb
    crema_d: CremaD
    grid: Grid
    segments: Segments
    samples: Samples
    downloads: Downloads
    clips: Clips
    faces: Faces
    voices: Voices
    splits: Splits
    portraits: Portraits
    decoder: Decoder
    encoder: Encoder
    reconstructions: Reconstructions
    judges: Judges
    trials: Trials
    panel: Panel
    calibration: Calibration
    metrics: Metrics
    figures: Figures

    @model_validator(mode="after")
    def _drawn_portraits_are_of_talkers(self) -> Self:
        if self.portraits.source == "talkers" and self.source != "talkers":
            raise ValueError("portraits.source talkers needs source talkers; set portraits.source to clips")
        return self

    @property
    def data(self) -> str:
        """The folder of all phases up to the splits, and of the face decoder."""
        return f"results/{self.overlay}" if self.overlay else "results"

    @property
    def results(self) -> str:
        """The folder of the voice encoder and of all that is made with it."""
        return f"{self.data}/variants/{self.variant}" if self.variant else self.data


S = TypeVar("S", bound=Section)


def parse(model: type[S], values: object, where: str) -> S:
    """Check `values` against `model`.

    Raises:
        ConfigError: one line for each field that is wrong; `where` says whose values they are.
    """
    try:
        return model.model_validate(values)
    except ValidationError as error:
        lines = [f"{where}: {'.'.join(map(str, e['loc'])) or 'the whole'}: {e['msg'].lower()}" for e in error.errors()]
        raise ConfigError("\n".join(lines)) from None


def merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """`base` with the values of `over` in place of its own, section by section."""
    merged = dict(base)
    for key, value in over.items():
        inner = merged.get(key)
        both_sections = isinstance(inner, Mapping) and isinstance(value, Mapping)
        merged[key] = merge(inner, value) if both_sections else value  # type: ignore[arg-type]
    return merged


def load_config(files: Sequence[Path]) -> Config:
    """Read the config file and any overlays after it, in order.

    Raises:
        ConfigError: a file is missing, is not YAML, or a field is unknown or wrong.
    """
    values: dict[str, Any] = {}
    for file in files:
        values = merge(values, read_values(file))
    return parse(Config, values, " + ".join(map(str, files)))


def with_overlay(values: Mapping[str, Any], file: Path | str) -> Config:
    """The config that `values` become when the overlay `file` is put on top.

    Raises:
        ConfigError: as `load_config`.
    """
    return parse(Config, merge(values, read_values(file)), str(file))


def read_values(file: Path | str) -> Mapping[str, Any]:
    """The values of one YAML file, unchecked.

    Raises:
        ConfigError: it is missing, or is no map in YAML.
    """
    import yaml  # not part of the core: a bundle's config is JSON

    try:
        read = yaml.safe_load(Path(file).read_text(encoding="utf-8")) or {}
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read ({error.strerror}).") from error
    except yaml.YAMLError as error:
        raise ConfigError(f"{file}: is not YAML ({error}).") from error
    if not isinstance(read, Mapping):
        raise ConfigError(f"{file}: must be a map of sections, not a {type(read).__name__}.")
    return read


def schema_text() -> str:
    """The JSON schema of the config, as the text of workflow/schemas/config.schema.json."""
    return json.dumps(Config.model_json_schema(), indent=2) + "\n"
