"""Metrics: retrieval, attributes and detection, each with an interval and beside floor and ceiling."""
