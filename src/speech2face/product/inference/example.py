"""The example answer: to the first audit person of the panel, whoever it is."""

from pathlib import Path

import soundfile

from speech2face.base.files import atomic_path
from speech2face.base.sound import SAMPLE_RATE
from speech2face.product.inference.model import load_model
from speech2face.uncertainty.panel.schema import VOICE, read_panel


def answer_example(*, panel: Path, bundle: Path, output: Path) -> None:
    """Write voice.wav and what `Answer.save` writes.

    Args:
        panel: a shard of the audit people.
        bundle: folder of the bundle.
        output: folder to write to.
    """
    sound = read_panel([panel]).sound(VOICE, 0)
    with atomic_path(output / "voice.wav") as temporary:
        soundfile.write(temporary, sound, SAMPLE_RATE, format="WAV")
    with load_model(bundle) as model:
        model.face(output / "voice.wav").save(output)
