"""Metrics: families of measures with intervals, for all methods and baselines."""
