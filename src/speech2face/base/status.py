"""Status columns of every shard, and the reasons for which a clip is rejected."""

import enum
from dataclasses import dataclass

import pyarrow as pa


class Reason(enum.StrEnum):
    """The closed list of reasons for which a clip is rejected; the text beside each is for the status table."""

    MISSING = "missing"
    GONE = "gone"
    PRIVATE = "private"
    BLOCKED = "blocked"
    NO_FORMAT = "no_format"
    UNREACHABLE = "unreachable"
    NOT_MEDIA = "not_media"
    NO_VIDEO = "no_video"
    NO_AUDIO = "no_audio"
    TOO_SHORT = "too_short"
    TOO_LARGE = "too_large"
    TOO_SLOW = "too_slow"
    UNSUPPORTED = "unsupported"
    DAMAGED = "damaged"
    CRASHED = "crashed"
    NO_FACE = "no_face"
    SEVERAL_FACES = "several_faces"
    OTHER_FACE = "other_face"
    NO_SPEECH = "no_speech"
    SILENT = "silent"

    @property
    def meaning(self) -> str:
        """One sentence: what was wrong and, if possible, how to solve it."""
        return _MEANINGS[self]


_MEANINGS = {
    Reason.MISSING: "A file that the source names is not there.",
    Reason.GONE: "The video was removed, or never was at this address.",
    Reason.PRIVATE: "The video is for those whom its owner lets in.",
    Reason.BLOCKED: "The video is not given to this place, or to nobody who has not signed in.",
    Reason.NO_FORMAT: "The service offers no file of the video with sound and picture within downloads.height.",
    Reason.UNREACHABLE: "The service did not answer well; the next run tries again.",
    Reason.NOT_MEDIA: "The file is not audio or video that can be read.",
    Reason.NO_VIDEO: "The file has no video stream.",
    Reason.NO_AUDIO: "The file has no audio stream.",
    Reason.TOO_SHORT: "The clip is shorter than clips.min_seconds.",
    Reason.TOO_LARGE: "The file goes beyond clips.memory_mb or one of the clips.max_... limits.",
    Reason.TOO_SLOW: "Reading the clip took longer than clips.timeout_seconds.",
    Reason.UNSUPPORTED: "The file is whole, but of a kind of sound or picture that is not read.",
    Reason.DAMAGED: "The file opens, but its content cannot be decoded.",
    Reason.CRASHED: "The file brought down the process that read it; the log of the rule says how.",
    Reason.NO_FACE: "No face large enough and certain enough was found in any frame.",
    Reason.SEVERAL_FACES: "Several faces are about equally large, so whose voice it is cannot be told.",
    Reason.OTHER_FACE: "No face is where the speaker's should be, further than faces.position_reach allows.",
    Reason.NO_SPEECH: "Less of the sound is speech than voices.min_speech_ratio asks for.",
    Reason.SILENT: "The sound is silent or nearly so.",
}


class Rejected(Exception):
    """A clip that cannot be used, with its reason code and what was seen."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(f"{reason.value}: {detail or reason.meaning}")
        self.reason = reason
        self.detail = detail or reason.meaning


STATUS_FIELDS = (
    pa.field("clip_id", pa.string(), nullable=False),
    pa.field("status", pa.string(), nullable=False),
    pa.field("reason", pa.string(), nullable=False),
    pa.field("detail", pa.string(), nullable=False),
)


@dataclass(frozen=True, kw_only=True)
class Status:
    """The four status columns of one clip: `ok` with empty reason and detail, or `rejected` with both."""

    clip_id: str
    status: str
    reason: str = ""
    detail: str = ""

    @classmethod
    def ok(cls, clip_id: str) -> "Status":
        """A clip that can be used."""
        return cls(clip_id=clip_id, status="ok")

    @classmethod
    def rejected(cls, clip_id: str, rejection: Rejected) -> "Status":
        """A clip that cannot be used, and why."""
        return cls(clip_id=clip_id, status="rejected", reason=rejection.reason.value, detail=rejection.detail)
