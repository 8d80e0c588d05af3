"""Inference: a voice in; a face, what else it could be, and how sure all of that is, out."""
