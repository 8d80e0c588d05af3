"""Reads the sound of any file in a process of its own, which a bad file may crash; refusals are one clear sentence."""

import json
import signal
import threading
from pathlib import Path

import numpy as np
from jaxtyping import Int16

from speech2face.base.guarded import GuardedProcess
from speech2face.base.status import Reason, Rejected
from speech2face.config import Clips
from speech2face.data.clips.opening import open_ordinary
from speech2face.data.clips.serving import OUT_OF_MEMORY
from speech2face.product.inference import worker
from speech2face.product.inference.refusals import NotAVoice, Refusal

# Shorter sound is refused here; whether there is enough speech is checked later.
_LEAST_SECONDS = 0.05

# A bundle brings limits of its own, and a stranger's may bring any.
_MOST = {
    "timeout_seconds": 60.0,
    "memory_mb": 4000,
    "max_pixels": 2**27,
    "max_frames": 10_000,
    "max_packets": 2_000_000,
    "max_streams": 256,
    "max_channels": 64,
}

_REFUSALS = {
    Reason.MISSING: (Refusal.MISSING, "There is no such file."),
    Reason.NOT_MEDIA: (Refusal.NOT_MEDIA, "This is no audio or video file that can be read."),
    Reason.NO_AUDIO: (Refusal.NO_AUDIO, "This file has no audio stream."),
    Reason.DAMAGED: (Refusal.DAMAGED, "This file is damaged: its sound cannot be decoded."),
    Reason.CRASHED: (Refusal.DAMAGED, "This file is damaged: it brought down the process that read it."),
    Reason.TOO_LARGE: (Refusal.TOO_LARGE, "This file is too large or too intricate to be read."),
    Reason.TOO_SLOW: (Refusal.TOO_LARGE, "Reading this file took too long and was given up."),
    Reason.UNSUPPORTED: (Refusal.UNSUPPORTED, "This kind of sound is not read."),
    Reason.TOO_SHORT: (Refusal.TOO_SHORT, "There is no sound from that moment on."),
}


class SoundReader(GuardedProcess):
    """Reads one recording after the other; from any thread, each in turn.

    Args:
        limits: the section `clips` of the run; at most what this version finds reasonable.
    """

    def __init__(self, limits: Clips) -> None:
        held = {name: min(getattr(limits, name), most) for name, most in _MOST.items()}
        self._limits = limits.model_copy(update={"min_seconds": _LEAST_SECONDS, **held})
        super().__init__(worker.__name__, self._limits.model_dump(mode="json"))
        self._lock = threading.Lock()

    def start(self) -> None:
        """Start the process, which otherwise waits for the first recording."""
        with self._lock:
            self._running()

    def close(self) -> None:
        """End the process."""
        with self._lock:
            self._stop()

    def read(self, path: Path, start_s: float, seconds: float) -> Int16[np.ndarray, "samples"]:
        """Up to `seconds` of sound from `start_s` on, mono at 16 kHz; no more of the file is read than that needs.

        Raises:
            NotAVoice: the file cannot be read, takes too long, or crashes the process.
            RuntimeError: the process does not start; no file causes that.
        """
        if "\0" in str(path):
            raise NotAVoice(Refusal.MISSING, "There is no such file: no name holds a zero byte.")
        try:
            file = open_ordinary(path)
        except Rejected as rejected:
            raise _refused(rejected.reason, rejected.detail) from None
        request = {"start_s": start_s, "seconds": seconds}
        with file, self._lock:
            self._running()
            try:
                self._connection.send_bytes(json.dumps(request).encode())
                self._send_file(file)
                if not self._connection.poll(self._limits.timeout_seconds):
                    self._stop()
                    raise _refused(Reason.TOO_SLOW)
                most = self._limits.memory_mb * 2**20
                head = json.loads(self._connection.recv_bytes(most))
                reason, detail = Reason(head["reason"]) if head["reason"] else None, str(head.get("detail"))
                if reason is None:
                    return np.frombuffer(self._connection.recv_bytes(most), np.int16)
            except (AttributeError, KeyError, TypeError, ValueError):
                # Whatever speaks there is no longer the program that was started.
                self._stop()
                raise _refused(Reason.CRASHED) from None
            except (EOFError, OSError):
                code = self._ended()
                slow, full = code == -signal.SIGALRM, code == OUT_OF_MEMORY
                raise _refused(Reason.TOO_SLOW if slow else Reason.TOO_LARGE if full else Reason.CRASHED) from None
        raise _refused(reason, detail)


def _refused(reason: Reason, detail: str = "") -> NotAVoice:
    refusal, sentence = _REFUSALS.get(reason, (Refusal.DAMAGED, "This file cannot be read."))
    more = detail if detail and detail != reason.meaning else ""
    return NotAVoice(refusal, f"{sentence} {more}".strip())
