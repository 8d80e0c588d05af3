"""The error that training raises."""


class TrainingError(RuntimeError):
    """Training cannot continue; the message says where, why, and how to fix it."""
