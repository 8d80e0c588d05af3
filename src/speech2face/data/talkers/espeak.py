"""espeak-ng's shared library, loaded anew for every utterance.

The library keeps state in globals, some of which cannot be reset: pitch waver, a cycle count, gain control, the
noise generator. Loading it, speaking once and unloading it (0.5 ms together) makes the sound depend on the
arguments alone. Statements about its behaviour refer to the sources of espeak-ng 1.52.
"""

import _ctypes
import ctypes
import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import espeakng_loader
import numpy as np
from jaxtyping import Int16

SAMPLE_RATE = 22050
"""Samples a second of everything espeak-ng speaks."""
VARIANT = "talker"
"""Name of the voice variant and of its file."""

_SYNCHRONOUS = 2
# Without it a failed initialisation ends the whole process.
_DO_NOT_EXIT = 0x8000
_UTF8 = 1
_RATE = 1
_VOLUME = 2
# At 100, espeak's default, loud vowels drive its gain control, which then colours what follows them; at 35
# the loudest voice up to 320 Hz stays below full scale.
_VOLUME_PERCENT = 35
_NOISE_SEED = 1

_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)


def link_data(folder: Path) -> Path:
    """Create a directory of links to espeak's data below `folder` and return the path of the voice variant file.

    Only the directory of variants is new. Language files lie in one directory with lower-case names, where espeak
    looks first; otherwise it reads all 130 files for each new voice.
    """
    installed = Path(espeakng_loader.get_data_path())
    data = folder / "espeak-ng-data"
    (data / "voices" / "!v").mkdir(parents=True)
    (data / "lang").mkdir()
    for source in installed.iterdir():
        if source.name not in ("lang", "voices"):
            (data / source.name).symlink_to(source)
    for source in (installed / "lang").rglob("*"):
        if source.is_file():
            (data / "lang" / source.name.lower()).symlink_to(source)
    return data / "voices" / "!v" / VARIANT


def known_languages() -> tuple[str, ...]:
    """The names of all voices that the installed data has, sorted."""
    languages = Path(espeakng_loader.get_data_path()) / "lang"
    return tuple(sorted(path.name.lower() for path in languages.rglob("*") if path.is_file()))


def synthesise(
    text: str, *, language: str, words_per_minute: int, folder: Path, limit: int | None = None
) -> Int16[np.ndarray, "samples"]:
    """Speak `text` with the voice variant in `folder` (see `link_data`), at `SAMPLE_RATE`.

    limit: number of samples after which synthesis stops; None: the whole text.

    Raises RuntimeError if the library is in use in this process already, or refuses to start, to load the
    voice or to speak.
    """
    pieces: list[bytes] = []
    missing = math.inf if limit is None else limit

    @_Callback
    def receive(samples: int | None, count: int, _events: int | None) -> int:
        nonlocal missing
        if samples:
            pieces.append(ctypes.string_at(samples, 2 * count))
            missing -= count
        return int(missing <= 0)

    with _library(folder) as library:
        library.espeak_SetSynthCallback(receive)
        library.espeak_ng_SetRandSeed(ctypes.c_long(_NOISE_SEED))
        _check(library.espeak_SetVoiceByName(f"{language}+{VARIANT}".encode()), f"load the voice {language!r}")
        _check(library.espeak_SetParameter(_VOLUME, _VOLUME_PERCENT, 0), "set the volume")
        _check(library.espeak_SetParameter(_RATE, words_per_minute, 0), "set the speed")
        encoded = text.encode()
        size = ctypes.c_size_t(len(encoded) + 1)
        _check(library.espeak_Synth(encoded, size, 0, 0, 0, _UTF8, None, None), "speak")
    return np.frombuffer(b"".join(pieces), dtype="<i2")[:limit].astype(np.int16)


@contextmanager
def _library(folder: Path) -> Iterator[ctypes.CDLL]:
    path = espeakng_loader.get_library_path()
    if _is_loaded(path):
        raise RuntimeError(
            f"espeak-ng ({path}) is loaded in this process already, so a voice would inherit its state: "
            "let no other code use it here, or speak in a separate process"
        )
    library = ctypes.CDLL(path)
    try:
        rate = library.espeak_Initialize(_SYNCHRONOUS, 0, os.fsencode(folder), _DO_NOT_EXIT)
        home = ctypes.c_char_p()
        library.espeak_Info(ctypes.byref(home))
        if rate != SAMPLE_RATE or home.value != os.fsencode(folder / "espeak-ng-data"):
            raise RuntimeError(
                f"espeak-ng did not start from its data in {folder}: use a short path for temporary files "
                "(TMPDIR; espeak allows about 140 characters) and install the pinned espeakng-loader"
            )
        yield library
        library.espeak_Terminate()
    finally:
        _ctypes.dlclose(library._handle)


def _is_loaded(path: str) -> bool:
    try:
        handle = _ctypes.dlopen(path, os.RTLD_NOLOAD | os.RTLD_LAZY)
    except OSError:
        return False
    _ctypes.dlclose(handle)
    return True


def _check(status: int, what: str) -> None:
    if status != 0:
        raise RuntimeError(f"espeak-ng could not {what} (status {status}): reinstall the pinned espeakng-loader")
