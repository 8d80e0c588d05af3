"""Judges: face recognisers that train nothing look at the pictures of the test split."""
