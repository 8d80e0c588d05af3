"""Evaluation of the models on the test speakers: pictures, predictions, metrics, figures, report."""
