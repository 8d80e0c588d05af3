"""Fetching the clips of a list from the web: only the needed seconds, at a limited rate, once."""
