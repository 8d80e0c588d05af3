"""Clips: the first seconds of sound and a few frames of every clip."""
