"""Inference: a voice in; a face, other faces it could be, and the uncertainty of all of it out."""
