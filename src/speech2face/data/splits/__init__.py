"""Splits: the index of clips that are good on both sides, shared out by speaker."""
