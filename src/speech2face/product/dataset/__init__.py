"""Clips of the invented talkers as a data set for other programs: Hugging Face datasets, Croissant, lhotse."""
