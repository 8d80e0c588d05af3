"""How training can end early."""


class TrainingError(RuntimeError):
    """Training cannot go on; the message says where and why, and how to mend it."""
