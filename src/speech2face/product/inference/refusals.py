"""The documented reasons why a recording has no answer."""

import enum


class Refusal(enum.StrEnum):
    """What is wrong with a recording."""

    MISSING = "missing"
    NOT_MEDIA = "not_media"
    NO_AUDIO = "no_audio"
    DAMAGED = "damaged"
    TOO_LARGE = "too_large"
    UNSUPPORTED = "unsupported"
    SILENCE = "silence"
    NOISE = "noise"
    MUSIC = "music"
    TOO_SHORT = "too_short"
    TWO_PEOPLE = "two_people"


class NotAVoice(ValueError):
    """A recording has no answer; the message is one sentence that says why and what would help."""

    def __init__(self, reason: Refusal, message: str) -> None:
        super().__init__(message)
        self.reason = reason
