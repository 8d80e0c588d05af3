"""Config section `downloads`: fetching clips of videos on the web."""

from typing import Literal

from pydantic import Field

from speech2face.config.base import Section

FinalReason = Literal[
    "gone",
    "private",
    "blocked",
    "no_format",
    "not_media",
    "no_video",
    "no_audio",
    "too_short",
    "unsupported",
    "damaged",
    "crashed",
]
"""Reasons for which a clip is not asked for again unless somebody wants it."""


class Downloads(Section):
    """Fetching the clips of a list: only the wanted seconds, at a pace that the service can bear."""

    folder: str = Field(
        min_length=1,
        description="Where fetched clips lie, and what became of each. Not under results, which can then be deleted.",
    )
    seconds: float = Field(gt=0, description="Most that is fetched of a clip, from its start, seconds.")
    height: int = Field(ge=100, description="Most lines of the picture.")
    extractors: list[str] = Field(
        min_length=1,
        description="yt-dlp's extractors that may be used, by name; generic takes links to files on any server.",
    )
    javascript: str = Field(
        description="Path of the program deno, in whose sandbox yt-dlp may run the script of YouTube's player; without "
        "it few videos of YouTube can be had. Empty: no script is run."
    )
    jobs: int = Field(gt=0, description="Shards that are fetched at the same time, however many cores there are.")
    bytes_per_second: float = Field(gt=0, description="Most that one job takes, on average.")
    pause_seconds: float = Field(
        ge=0, description="Least time between looking up two videos in one job; YouTube lets a guest have 300 an hour."
    )
    timeout_seconds: float = Field(gt=0, description="How long a server may be silent.")
    tries: int = Field(gt=0, description="How often a request is made that fails in a way that may pass.")
    wait_seconds: float = Field(
        ge=0, description="Wait before the second try; doubled for each further one, and moved by chance by up to half."
    )
    clip_seconds: float = Field(gt=0, description="Wall-clock limit for one clip, waits included.")
    clip_megabytes: float = Field(gt=0, description="Most that is read over the network for one clip.")
    unreachable_in_a_row: int = Field(
        gt=0, description="Videos in a row that cannot be reached after which a job stops: the service wants a rest."
    )
    retry: list[FinalReason] = Field(
        description="Reasons whose clips are tried again. What could not be reached is always tried again."
    )
