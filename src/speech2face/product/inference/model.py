"""The model that answers voices: a bundle, loaded."""

import contextlib
import hashlib
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import soxr
import torch
from jaxtyping import Shaped
from safetensors.numpy import load_file as load_arrays
from safetensors.torch import load_file

from speech2face.base.images import to_pictures
from speech2face.base.precision import fast_precision, freed_memory_kept
from speech2face.base.sound import SAMPLE_RATE
from speech2face.base.weights import ModelError
from speech2face.config import Clips, parse
from speech2face.data.voices.activity import SpeechDetector
from speech2face.data.voices.samples import unit_samples
from speech2face.learning.decoder.presets import build_face_decoder
from speech2face.learning.encoder.networks import VoiceEncoder
from speech2face.learning.encoder.presets import build_voice_encoder
from speech2face.product.bundle.files import CALIBRATION, FACE_DECODER, HEADS, VOICE_ENCODER, read_config
from speech2face.product.inference.answer import Answer, Heard, Information, Interval, Outside, Set
from speech2face.product.inference.drawing import fast_copy
from speech2face.product.inference.reading import SoundReader
from speech2face.product.inference.refusals import NotAVoice, Refusal
from speech2face.product.inference.sentences import in_words
from speech2face.product.inference.speech import Stretch, find_speech
from speech2face.product.inference.threads import one_thread
from speech2face.uncertainty.calibration.doubt import OTHERS, pixel_spread
from speech2face.uncertainty.calibration.extraction import WINDOW_SECONDS, WINDOWS, Ear
from speech2face.uncertainty.calibration.model import AGE, TWO_SPEAKERS, CalibrationModel, Voice
from speech2face.uncertainty.heads.model import SolidHeads

# Where speech is looked for if nothing more is asked for, and how much of a recording is heard if everything is.
_LOOK_SECONDS, _MOST_SECONDS = 30.0, 600.0
_BATCH = 16
# Of a voice of the calibration about so much is speech: pauses make what there was to hear no longer.
_USUAL_SPEECH = 0.8


def load_model(folder: str | Path = "results/bundle", device: str = "cpu") -> "Model":
    """The model of a bundle, ready to answer.

    >>> model = load_model("results/bundle")                       # doctest: +SKIP
    >>> model.face("voice.wav").save("out")                        # doctest: +SKIP

    Args:
        folder: of the bundle, see `make bundle`.
        device: `cpu`, or `cuda`.

    Raises:
        ModelError: a file is missing, damaged, or of another bundle.
    """
    folder = Path(folder)
    config, name = read_config(folder)
    try:
        return Model(config, name, folder, torch.device(device))
    except (KeyError, RuntimeError, TypeError, ValueError) as error:
        raise ModelError(f"The bundle in {folder} cannot be loaded ({error}); make it again.") from error


class Model:
    """Answers voices; from any thread, each in turn. A context manager, which ends the process that reads files."""

    def __init__(self, config: Mapping[str, Any], name: str, folder: Path, device: torch.device) -> None:
        self.id = name
        self.world: str = config["world"]
        self.config = config
        self.device = device
        self.calibration = CalibrationModel(load_arrays(str(folder / CALIBRATION)), config["calibration"])
        self.ear = Ear(_encoders(config["voice_encoder"], folder / VOICE_ENCODER, device))
        self.decoder = build_face_decoder(**config["face_decoder"])
        self.decoder.load_state_dict(load_file(str(folder / FACE_DECODER)))
        self.decoder.eval().to(device)
        self._drawing = fast_copy(self.decoder, fast_precision(device))
        self._heads = SolidHeads.load(folder / HEADS) if config["heads"] else None
        self._detector = SpeechDetector()
        self._usual = torch.from_numpy(self.calibration.tensor("doubt.usual"))
        self._reader = SoundReader(parse(Clips, config["clips"], "the bundle's clips"))
        self._turn = threading.Lock()
        # Nine pictures are large: memory that is fetched anew for each answer costs more than to draw them.
        self._memory = contextlib.ExitStack()
        self._memory.enter_context(freed_memory_kept())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give memory back, and end the process that reads files; the next file starts another."""
        self._reader.close()
        self._memory.close()

    def warm_up(self) -> None:
        """Start that process now, while there is something else to wait for."""
        self._reader.start()

    def face(self, source: str | Path, start: float = 0.0, everything: bool = False) -> Answer:
        """What the voice in an audio or video file says of the face.

        Args:
            source: any container and codec that FFmpeg reads, 8 to 192 kHz, mono to 7.1.
            start: seconds into the recording from where a voice is looked for; 6 s of it are heard.
            everything: hear all that follows (10 minutes at most) in stretches of 6 s, and put them together.

        Raises:
            NotAVoice: there is no answer to this file; says why in one sentence.
        """
        return self._answer(self._reader.read(Path(source), start, _reach(start, everything)), start, everything)

    def face_of(
        self, samples: Shaped[np.ndarray, "samples *channels"], rate: int, start: float = 0.0, everything: bool = False
    ) -> Answer:
        """The same for sound that is in memory already.

        Args:
            samples: 16-bit integers, or floats with full scale at 1; mono, or with channels last.
            rate: samples a second, 8,000 to 192,000.

        Raises:
            NotAVoice: there is no answer to this sound.
            ValueError: it is no sound: another type, rate or shape, or numbers that are not finite.
        """
        low, high = self.config["clips"]["sample_rates"]
        if not low <= rate <= high:
            raise ValueError(f"The rate is {rate} Hz; give sound of {low} to {high} Hz.")
        mono = samples if samples.ndim == 1 else samples.astype(np.float64).mean(axis=1)
        if samples.dtype == np.int16 and mono.dtype != np.int16:
            mono = mono / 32768
        mono = unit_samples(mono)[round(start * rate) : round((start + _reach(start, everything)) * rate)]
        sound = soxr.resample(mono, rate, SAMPLE_RATE) if rate != SAMPLE_RATE and len(mono) else mono
        return self._answer(np.round(sound * 32768).clip(-32768, 32767).astype(np.int16), start, everything)

    def _answer(self, sound: np.ndarray, start: float, everything: bool) -> Answer:
        if not len(sound):
            raise NotAVoice(Refusal.TOO_SHORT, "There is no sound from that moment on.")
        with self._turn, one_thread():
            stretches = find_speech(
                sound, self._detector, everything=everything, min_loudness_db=self.config["min_loudness_db"]
            )
            return self._tell(stretches, start)

    @torch.inference_mode()
    def _tell(self, stretches: Sequence[Stretch], start: float) -> Answer:
        heard = Heard(
            seconds=sum(len(stretch.sound) for stretch in stretches) / SAMPLE_RATE,
            speech_seconds=round(sum(stretch.speech_seconds for stretch in stretches), 3),
            start_s=round(start + stretches[0].start / SAMPLE_RATE, 3),
            segments=len(stretches),
        )
        voice = self._listen(stretches, min(heard.seconds, heard.speech_seconds / _USUAL_SPEECH))
        p = self.calibration.outside(voice)
        outside = Outside(flagged=p <= self.calibration.outside_limit, p=p)
        # What the turns of two people sound like is known of voices that the model knows.
        if not outside.flagged and self._are_two(stretches):
            raise NotAVoice(
                Refusal.TWO_PEOPLE,
                "Two people seem to speak in this recording: cut it, or say with the start where one speaks alone.",
            )
        face = self.calibration.face(voice)
        drawn = face.sample(OTHERS, self._chance(stretches))
        embeddings = self.calibration.embeddings(np.concatenate([face.mean[None], drawn])).astype(np.float32)
        pictures = self._drawing(torch.from_numpy(embeddings).to(self.device)).clamp(0, 1).cpu()
        spread = pixel_spread(pictures[0], pictures[1:], self._usual)
        doubt = (spread * float(self.calibration.tensor("doubt.factor")[0])).clamp(0, 1).numpy()
        picture, *others = to_pictures(pictures)
        told = self.calibration.information(voice)
        description = self.config["calibration"]
        information = Information(
            bits=told.value,
            low=told.low,
            high=told.high,
            says_little=told.low <= 0 or told.value < description["little_bits"],
        )
        intervals = {name: self._interval(name, voice) for name in self.calibration.targets}
        sex = None
        if self.calibration.sexes:
            sex = Set(values=self.calibration.sex(voice), coverage=self.calibration.coverage)
        age = intervals.pop(AGE, None)
        return Answer(
            picture=picture,
            others=tuple(others),
            doubt=doubt,
            doubt_coverage=self.calibration.coverage,
            sex=sex,
            age=age,
            ratios=intervals,
            information=information,
            outside=outside,
            heard=heard,
            embedding=embeddings[0],
            head=self._heads.head(embeddings[0]) if self._heads else None,
            model=self.id,
            world=self.world,
            sentences=in_words(
                information=information,
                outside=outside,
                sex=sex,
                age=age,
                ratios=intervals,
                nothing=description["nothing"],
                heard=heard,
                world=self.world,
            ),
        )

    def _listen(self, stretches: Sequence[Stretch], seconds: float) -> Voice:
        waves = [torch.from_numpy(unit_samples(stretch.sound)) for stretch in stretches]
        parts = [self.ear.hear(torch.stack(waves[at : at + _BATCH])) for at in range(0, len(waves), _BATCH)]

        def fused(name: str) -> np.ndarray:
            return torch.cat([getattr(part, name) for part in parts]).mean(dim=0).double().numpy()

        return Voice(
            embedding=fused("embedding"),
            disagreement=float(fused("disagreement")),
            features=fused("features"),
            sound=fused("sound"),
            seconds=seconds,
        )

    def _are_two(self, stretches: Sequence[Stretch]) -> bool:
        """Whether two people take turns within the first stretch, if it is long enough to tell."""
        sound = stretches[0].sound
        if not self.calibration.tells_turns or len(sound) < WINDOWS * WINDOW_SECONDS * SAMPLE_RATE:
            return False
        windows = self.ear.windows(torch.from_numpy(unit_samples(sound))[None])[0].numpy()
        return self.calibration.one_speaker(windows) <= TWO_SPEAKERS

    def _chance(self, stretches: Sequence[Stretch]) -> np.random.Generator:
        """Chance that depends on the bundle and the sound alone."""
        digest = hashlib.sha256(self.id.encode())
        for stretch in stretches:
            digest.update(stretch.sound.tobytes())
        return np.random.default_rng(list(digest.digest()))

    def _interval(self, name: str, voice: Voice) -> Interval:
        found = self.calibration.range(name, voice)
        return Interval(
            low=found.low,
            high=found.high,
            unit="years" if name == AGE else "ratio",
            coverage=self.calibration.coverage,
            typical=found.typical,
        )


def _reach(start: float, everything: bool) -> float:
    """How much of the recording is read."""
    if not 0 <= start < float("inf"):
        raise ValueError(f"The start is {start} s; give 0 or more seconds into the recording.")
    return _MOST_SECONDS if everything else _LOOK_SECONDS


def _encoders(config: Mapping[str, Any], weights: Path, device: torch.device) -> list[VoiceEncoder]:
    tensors = load_file(str(weights))
    encoders = []
    for number in range(config["count"]):
        encoder = build_voice_encoder(config["preset"], config["arguments"])
        prefix = f"{number}."
        encoder.load_state_dict({n.removeprefix(prefix): t for n, t in tensors.items() if n.startswith(prefix)})
        encoders.append(encoder.eval().to(device))
    return encoders
