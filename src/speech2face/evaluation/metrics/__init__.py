"""Metrics: families of measures with intervals, for all methods beside baselines and the regression from true voice parameters."""
