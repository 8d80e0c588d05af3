"""Trials: what the trained voice encoder says of other lengths, moments and languages, and what its variants say."""
