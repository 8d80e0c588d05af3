"""Portraits: the pictures of faces that the face decoder learns from, normalised, with the mask of the head."""
