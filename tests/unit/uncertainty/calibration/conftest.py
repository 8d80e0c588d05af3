"""A calibration of made people, and one of people whose voices say nothing of their faces."""

import pytest

from speech2face.config import load_config
from speech2face.uncertainty.calibration.fit import fit_calibration
from speech2face.uncertainty.calibration.model import CalibrationModel
from tests.conftest import ROOT
from tests.unit.uncertainty.calibration.made_people import write_people

SETTINGS = load_config([ROOT / "config" / "config.yaml"]).calibration.model_copy(update={"lengths": (1.0, 6.0)})


@pytest.fixture(scope="session")
def calibrated(tmp_path_factory):
    """By the strength of the coupling: the fit, the model, and where the calibration and the audit people lie."""
    folder = tmp_path_factory.mktemp("calibrated")

    def make(coupling):
        calibration, audit = (folder / f"{name}_{coupling}.arrow" for name in ("calibration", "audit"))
        write_people(calibration, people=1000, seed=1, coupling=coupling)
        write_people(audit, people=1000, seed=2, coupling=coupling)
        fitted = fit_calibration(calibration, SETTINGS, 1)
        return fitted, CalibrationModel(fitted.tensors, fitted.description), calibration, audit

    return {coupling: make(coupling) for coupling in (1.0, 0.0)}
