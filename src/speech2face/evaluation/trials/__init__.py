"""Trials: predictions of the voice encoder for other lengths, moments and languages, and of its variants."""
