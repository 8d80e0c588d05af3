"""The page of an audit."""

from speech2face.product.audit.write import made_from


def test_the_people_of_a_cross_validated_bundle_are_checked_by_nested_folds():
    counts = {"train": {"people": 117}, "calibration": {"people": 130}}
    config = {"world": "own pairs", "people": counts, "coverage": {"folds": 5, "seconds": 6.0}}
    said = "Learned from own pairs (117 people), calibrated on 130 by fits to others, checked by nested folds, "
    assert made_from(config) == f"{said}6 s of sound each."


def test_other_people_are_counted_apart():
    counts = {"train": {"people": 400}, "calibration": {"people": 3000}, "audit": {"people": 2000}}
    config = {"world": "invented talkers", "people": counts, "coverage": {"folds": 0, "seconds": 6.0}}
    assert "calibrated on 3000 others, checked on 2000 others again, 6 s" in made_from(config)
