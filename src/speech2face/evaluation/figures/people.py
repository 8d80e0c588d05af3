"""The choice of the speakers that are shown, and their labels."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from speech2face.data.sources.attributes import INVENTED

LANGUAGES = {
    "am": "Amharic",
    "cmn": "Mandarin",
    "de": "German",
    "en-029": "English (Caribbean)",
    "en-gb-scotland": "English (Scotland)",
    "en-gb-x-gbclan": "English (Lancaster)",
    "en-gb-x-rp": "English (RP)",
    "en-us": "English (US)",
    "es": "Spanish",
    "fr": "French",
    "hi": "Hindi",
    "id": "Indonesian",
    "ja": "Japanese",
    "ru": "Russian",
    "sw": "Swahili",
    "vi": "Vietnamese",
}
"""English names of espeak-ng's languages and accents."""


def first_clips(clips: pd.DataFrame) -> pd.DataFrame:
    """The first clip of each speaker, speakers in the order of their names."""
    return clips.sort_values(["speaker_id", "clip_id"]).drop_duplicates("speaker_id").reset_index(drop=True)


def spread_evenly(clips: pd.DataFrame, count: int) -> pd.DataFrame:
    """One clip each of `count` speakers spread evenly over the sorted list of all; of fewer where there are fewer.

    The rule looks at names only, so that nobody can pick the pictures that came out well.
    """
    first = first_clips(clips)
    positions = np.linspace(0, len(first) - 1, min(count, len(first))).round().astype(int)
    return first.iloc[positions].reset_index(drop=True)


def is_invented(clips: pd.DataFrame) -> bool:
    """Whether any of the clips shows an invented talker."""
    return bool((clips["origin"] == INVENTED).any())


def describe(clip: Mapping[str, object]) -> list[str]:
    """The known labels of a clip's speaker: a line with sex and age, then one with the language."""
    who = [str(clip["sex"])] if not pd.isna(clip["sex"]) else []
    if not pd.isna(clip["age"]):
        who.append(f"{float(str(clip['age'])):.0f}")
    spoken = [] if pd.isna(clip["language"]) else [language_name(str(clip["language"]))]
    return [", ".join(who), *spoken] if who else spoken


def language_name(code: str) -> str:
    """The plain name of an espeak-ng language; an unknown code is returned as it is."""
    return LANGUAGES.get(code, code)


def shorten(name: str, letters: int) -> str:
    """`name` in at most `letters` characters, cut in the middle, since both ends of a file name matter."""
    if len(name) <= letters:
        return name
    kept = letters - 1
    return f"{name[: kept - kept // 2]}…{name[len(name) - kept // 2 :]}"
