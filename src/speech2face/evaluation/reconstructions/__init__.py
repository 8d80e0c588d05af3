"""Reconstructions: for each test clip the original face, the face from its embedding, and that from the voice."""
