"""The embedded default source: synthetic talking people with known ground truth."""
