"""Heads in three dimensions: the invented talker that best explains a face embedding, as a mesh."""
