"""The people that calibrations are tested with."""

from tests.unit.uncertainty.calibration.conftest import calibrated

__all__ = ["calibrated"]
