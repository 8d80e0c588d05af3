"""The embedded default source: an invented world of talking people whose truth is known."""
