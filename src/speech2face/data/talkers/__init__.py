"""The embedded default source: synthetic talking people with known ground truth."""

MODEL_FILE = "head-1.safetensors"
"""The head model that all talkers share. Here, because rules name it, and must not import what builds it."""
