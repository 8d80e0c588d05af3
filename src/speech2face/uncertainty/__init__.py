"""How sure a prediction is: people to calibrate on, calibration, heads in three dimensions."""
