"""Fetching the clips of a list from the web: only the wanted seconds, politely, once."""
