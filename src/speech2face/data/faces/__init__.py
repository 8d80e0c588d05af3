"""Faces: detection, landmarks, alignment and face embeddings."""
