"""Predictions: the face embedding of each test clip by the models, the ceiling and the baselines."""
