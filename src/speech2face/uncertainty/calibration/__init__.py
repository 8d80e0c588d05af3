"""Calibration: what may be said of a voice beyond the expected face, fitted on people whom the models never met."""
