"""Predictions: the face embedding of each test clip by the models, from true voice parameters, and by the baselines."""
