"""The people that calibrations are tested with."""

from tests.unit.calibration.conftest import calibrated

__all__ = ["calibrated"]
