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
"""Reasons for which a failed download is final, unless `downloads.retry` names them."""


class Downloads(Section):
    """Fetching the clips of a list: only the needed seconds, at a limited rate."""

    folder: str = Field(
        min_length=1,
        description="Folder of the fetched clips and their outcomes. Keep it outside of results, which may be deleted.",
    )
    seconds: float = Field(gt=0, description="Longest part of a clip that is fetched, from its start, seconds.")
    height: int = Field(ge=100, description="Largest height of the picture, pixels.")
    extractors: list[str] = Field(
        min_length=1,
        description="Names of the yt-dlp extractors that may be used; generic accepts links to files on any server.",
    )
    javascript: str = Field(
        description="Path of the program deno, in whose sandbox yt-dlp may run the script of YouTube's player. Without "
        "it few videos of YouTube can be fetched. Empty: no script is run."
    )
    jobs: int = Field(gt=0, description="Shards fetched at the same time, independent of the number of cores.")
    bytes_per_second: float = Field(gt=0, description="Largest average rate of one job.")
    pause_seconds: float = Field(
        ge=0, description="Least time between looking up two videos in one job; YouTube allows guests 300 an hour."
    )
    timeout_seconds: float = Field(gt=0, description="Time without data after which a request fails.")
    tries: int = Field(gt=0, description="Attempts at a request that fails with a temporary error.")
    wait_seconds: float = Field(
        ge=0,
        description="Wait before the second attempt; doubled for each further one, with a random change of up to half.",
    )
    clip_seconds: float = Field(gt=0, description="Wall-clock limit for one clip, waits included.")
    clip_megabytes: float = Field(gt=0, description="Most data read over the network for one clip.")
    unreachable_in_a_row: int = Field(
        gt=0, description="A job stops after this many unreachable videos in a row, as the service may be blocking it."
    )
    retry: list[FinalReason] = Field(
        description="Reasons of failure after which clips are tried again. Unreachable clips always are."
    )
