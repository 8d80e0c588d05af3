"""The sampling rate of all sound from the clips on."""

SAMPLE_RATE = 16_000
"""Samples a second (section 4 of the paper); only the speech synthesiser has a rate of its own."""
