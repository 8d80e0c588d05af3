"""The config: strict, overlays replace single values, the schema file follows the classes."""

from pathlib import Path

import pytest

from speech2face.config import Config, ConfigError, load_config, merge, parse, schema_text, with_overlay

ROOT = Path(__file__).parents[3]
BASE = ROOT / "config" / "config.yaml"
OVERLAYS = sorted((ROOT / "config" / "overlays").glob("*.yaml"))


def test_schema_file_is_up_to_date():
    written = (ROOT / "workflow" / "schemas" / "config.schema.json").read_text(encoding="utf-8")
    assert written == schema_text(), "run: make schema"


def test_every_field_is_described():
    def fields(model):
        for field in model.model_fields.values():
            yield field
            if hasattr(field.annotation, "model_fields"):
                yield from fields(field.annotation)

    for field in fields(Config):
        assert field.description or hasattr(field.annotation, "model_fields"), field


@pytest.mark.parametrize("overlay", OVERLAYS, ids=lambda path: path.stem)
def test_every_overlay_is_valid_and_writes_under_its_own_name(overlay):
    config = load_config([BASE, overlay])
    assert config.results == f"results/{overlay.stem}"


def test_null_overlay_cuts_every_coupling():
    config = load_config([BASE, ROOT / "config" / "overlays" / "null.yaml"])
    assert set(config.talkers.couplings.model_dump().values()) == {0.0}
    assert 0.0 not in load_config([BASE]).talkers.couplings.model_dump().values()


def test_unknown_field_is_named(tmp_path):
    (tmp_path / "o.yaml").write_text("talkers:\n  cuont: 3\n")
    with pytest.raises(ConfigError, match=r"talkers\.cuont: extra inputs are not permitted"):
        load_config([BASE, tmp_path / "o.yaml"])


@pytest.mark.parametrize("text", ["- a\n", "a: [\n"])
def test_damaged_file_is_one_clear_error(tmp_path, text):
    (tmp_path / "o.yaml").write_text(text)
    with pytest.raises(ConfigError, match=r"o\.yaml"):
        load_config([BASE, tmp_path / "o.yaml"])


def test_missing_file_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"none\.yaml: cannot be read"):
        load_config([tmp_path / "none.yaml"])


def test_merge_keeps_what_is_not_named():
    assert merge({"a": {"b": 1, "c": 2}, "d": 3}, {"a": {"b": 5}}) == {"a": {"b": 5, "c": 2}, "d": 3}


def test_sections_are_frozen():
    config = parse(Config, load_config([BASE]).model_dump(), "x")
    with pytest.raises(Exception, match="frozen"):
        config.seed = 1


def test_a_variant_can_be_put_on_top_of_values_that_were_read():
    values = load_config([BASE, ROOT / "config" / "overlays" / "smoke.yaml"]).model_dump(mode="json")
    varied = with_overlay(values, ROOT / "config" / "variants" / "no_batch_norm.yaml")
    assert not varied.encoder.small.batch_norm
    assert varied.encoder.training.epochs == 2
    with pytest.raises(ConfigError, match=r"nothing\.yaml: cannot be read"):
        with_overlay(values, Path("nothing.yaml"))
