"""Heads in three dimensions: the invented talker's head that best fits a face embedding, as a mesh."""
