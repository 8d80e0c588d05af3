"""What the models make of test speakers: pictures, predictions, metrics, figures, report."""
