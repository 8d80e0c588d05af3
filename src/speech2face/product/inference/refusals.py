"""Why a recording gets no answer: the documented list of reasons, each with one clear sentence."""

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
    """A recording that is not answered; the message is one sentence that says why and what would help."""

    def __init__(self, reason: Refusal, message: str) -> None:
        super().__init__(message)
        self.reason = reason
