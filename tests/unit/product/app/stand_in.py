"""The page with a stand-in for a model, as a process of its own: `stand_in.py PORT CALLS`.

The stand-in reads recordings as the real reader does, and answers each with faces whose shade comes from its sound.
Addresses that the process asks for, other than its own machine's, go to the file CALLS.
"""

import hashlib
import sys
import time
from pathlib import Path

import numpy as np

from speech2face.base.estimates import Interval, PredictionSet
from speech2face.config import load_config
from speech2face.product.app.serve import serve, take
from speech2face.product.inference.answer import Answer, Excerpt, Information, Outside
from speech2face.product.inference.reading import SoundReader
from speech2face.product.inference.refusals import NotAVoice, Refusal
from speech2face.uncertainty.heads.model import HeadMesh

ROOT = Path(__file__).parents[4]
SIDE = 96
BREAKS_AT, SLOW_AT = 13, 17
"""Seconds from which an answer shows a defect, or takes long."""
DOUBT = "This voice says next to nothing about the face: any of the faces below may be as wrong as that of a stranger."


def shade_of(sound: np.ndarray) -> int:
    """What the stand-in draws for a sound (int16, 16 kHz), from 0 to 255; it is in the name of its model too."""
    return hashlib.sha256(sound.tobytes()).digest()[0]


class StandIn:
    def __init__(self, reader: SoundReader) -> None:
        self._reader = reader

    def listen(self, voice: Path, heard: Excerpt) -> np.ndarray:
        return self._reader.read(voice, heard.start_s, heard.seconds)

    def face(self, voice: Path, start: float, everything: bool) -> Answer:
        if start == SLOW_AT:
            time.sleep(2)
        sound = self._reader.read(voice, 0.0 if start in (BREAKS_AT, SLOW_AT) else start, 6.0)
        if not sound.any():
            raise NotAVoice(Refusal.SILENCE, "There is only silence in this recording.")
        if start == BREAKS_AT:
            raise LookupError(f"a defect that names {voice}")
        shade = shade_of(sound)
        row, column = np.mgrid[:SIDE, :SIDE] / SIDE - 0.5
        head = (row**2 / 0.16 + column**2 / 0.1 < 1)[..., None]

        def face(tint: int) -> np.ndarray:
            skin = np.array([shade, (shade + 3 * tint) % 256, 140])
            return np.where(head, skin, [70, 80, 95]).astype(np.uint8)

        little = bool(shade % 2)
        return Answer(
            picture=face(0),
            others=tuple(face(tint) for tint in range(10, 90, 10)),
            doubt=np.clip(1 - 2 * np.hypot(row, column), 0, 1).astype(np.float32),
            doubt_coverage=0.9,
            attributes={
                "sex": PredictionSet(values=("female", "male") if little else ("female",), coverage=0.9),
                "age": Interval(low=21.4, high=58.2, unit="years", coverage=0.9, typical=36.0),
            },
            ratios={
                name: Interval(low=0.41, high=0.62, unit="ratio", coverage=0.9, typical=0.5)
                for name in ("jaw_width", "nose_height", "nasal_index")
            },
            prior_intervals=dict.fromkeys(("jaw_width", "nose_height", "nasal_index"), (0.3, 0.7)),
            information=Information(
                bits=0.2 if little else 2.2, low=-0.3, high=0.7 if little else 3.0, says_little=little, people=300
            ),
            outside=Outside(flagged=False, p=0.4),
            heard=Excerpt(
                seconds=len(sound) / 16000, speech_seconds=len(sound) / 20000, start_s=start, segments=1 + everything
            ),
            embedding=np.full(128, shade, np.float32),
            head=HeadMesh(
                points=np.vstack([np.zeros(3), np.eye(3)]) * (1 + shade / 255),
                triangles=np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]]),
                eyes=np.zeros(4, bool),
            ),
            model=f"stand-in-{shade:03d}",
            sound=hashlib.sha256(sound.tobytes()).hexdigest(),
            world="invented talkers",
            sentences=(DOUBT, "Nine of ten people of such a voice are 21 to 58 years old.")
            if little
            else ("The voice fits a female talker between 21 and 58 years.", "Everything else stays open."),
        )


if __name__ == "__main__":
    # Here: this is a script, not a module of the tests.
    from watch import watch

    watch(Path(sys.argv[2]))
    with SoundReader(load_config([ROOT / "config" / "config.yaml"]).clips) as reader:
        stand_in = StandIn(reader)
        serve(stand_in, stand_in.listen, take(int(sys.argv[1])))
