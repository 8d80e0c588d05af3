"""Splits: the index of clips with a usable face and voice, divided by speaker."""
