"""The model: a loaded bundle, which gives answers to recordings."""

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
from safetensors import SafetensorError
from torch import Tensor

from speech2face.base.estimates import Estimate
from speech2face.base.images import to_pictures
from speech2face.base.precision import fast_precision, freed_memory_kept
from speech2face.base.sound import SAMPLE_RATE
from speech2face.base.weights import ModelError
from speech2face.config import Clips, parse
from speech2face.data.voices.activity import SpeechDetector
from speech2face.data.voices.samples import unit_samples
from speech2face.learning.decoder.presets import build_face_decoder, sampled
from speech2face.learning.encoder.networks import VoiceEncoder
from speech2face.learning.encoder.presets import build_voice_encoder
from speech2face.product.bundle.at_hand import usual_bundle
from speech2face.product.bundle.files import CALIBRATION, FACE_DECODER, HEADS, VOICE_ENCODER, Bundle, read_bundle
from speech2face.product.inference.answer import Answer, Excerpt, Information, Outside
from speech2face.product.inference.drawing import Drawing, fast_copy
from speech2face.product.inference.reading import SoundReader
from speech2face.product.inference.refusals import NotAVoice, Refusal
from speech2face.product.inference.sentences import in_words
from speech2face.product.inference.speech import Stretch, find_speech
from speech2face.product.inference.threads import one_thread
from speech2face.uncertainty.calibration.doubt import OTHERS, pixel_spread
from speech2face.uncertainty.calibration.extraction import WINDOW_SECONDS, WINDOWS, VoiceFeatureExtractor
from speech2face.uncertainty.calibration.judgement import FaceDistribution, VoiceFeatures
from speech2face.uncertainty.calibration.model import TWO_SPEAKERS, CalibrationModel
from speech2face.uncertainty.calibration.unseen import unseen_shifts
from speech2face.uncertainty.heads.model import HeadRegressor

# How much of a recording is searched for 6 s of speech, and how much is used at most where all of it is asked for.
_LOOK_SECONDS, _MOST_SECONDS = 30.0, 600.0
_BATCH = 16
# Share of speech in calibration recordings: a recording with more pauses counts as shorter.
_USUAL_SPEECH = 0.8


def load_model(
    folder: str | Path | None = None, device: str = "cpu", *, revision: str | None = None, page: bool = False
) -> "Model":
    """The model of a bundle, ready to answer.

    >>> model = load_model()                                       # doctest: +SKIP
    >>> model.face("voice.wav").save("out")                        # doctest: +SKIP

    Args:
        folder: of the bundle, see `make bundle`; with `revision`, the name `owner/name` of a model on a hub. None:
            results/bundle if it exists, else the model that comes with the package.
        device: `cpu`, or `cuda`.
        revision: the commit of that model; see `fetch_bundle`. It needs the extra `hub`.
        page: answer as for the page, which tells no trait of a real person.

    Raises:
        ModelError: a file is missing, damaged, or of another bundle.
    """
    if revision is not None:
        from speech2face.product.bundle.hub import fetch_bundle  # not part of the core

        folder = fetch_bundle(str(folder), revision)
    folder = usual_bundle() if folder is None else Path(folder)
    bundle = read_bundle(folder)
    try:
        return Model(bundle, torch.device(device), page=page)
    except (AttributeError, KeyError, RuntimeError, SafetensorError, TypeError, ValueError) as error:
        raise ModelError(f"The bundle in {folder} cannot be loaded ({error}); make it again.") from error


class Model:
    """A loaded bundle. Threads may share it; they are answered one at a time. A context manager: see `close`."""

    def __init__(self, bundle: Bundle, device: torch.device, *, page: bool) -> None:
        config = bundle.config
        self.id = bundle.id
        self.world: str = config["world"]
        self.config = config
        self.tells_traits: bool = config["traits"] and (not page or config["source"] == "talkers")
        """Whether answers have sets and intervals of traits; see config field `calibration.traits`."""
        self.device = device
        self.calibration = CalibrationModel(bundle.arrays(CALIBRATION), config["calibration"])
        self.extractor = VoiceFeatureExtractor(
            _encoders(config["voice_encoder"], bundle.tensors(VOICE_ENCODER), device)
        )
        self.decoder = build_face_decoder(**config["face_decoder"])
        self.decoder.load_state_dict(bundle.tensors(FACE_DECODER))
        self.decoder.eval().to(device)
        self._fast_decoder = fast_copy(self.decoder, fast_precision(device))
        self._heads = HeadRegressor(**bundle.arrays(HEADS)) if config["heads"] else None
        self._detector = SpeechDetector()
        self._usual_doubt = torch.from_numpy(self.calibration.tensor("doubt.usual"))
        self._reader = SoundReader(parse(Clips, config["clips"], "the bundle's clips"))
        self._lock = threading.Lock()
        # Nine pictures are large: fetching memory anew for each answer costs more time than drawing them.
        self._memory = contextlib.ExitStack()
        self._memory.enter_context(freed_memory_kept())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Free memory, and end the process that reads files; the next file starts a new one."""
        self._reader.close()
        self._memory.close()

    def warm_up(self) -> None:
        """Start the process that reads files now, so that the first file does not wait for it."""
        self._reader.start()

    def face(self, source: str | Path, start: float = 0.0, everything: bool = False) -> Answer:
        """The answer to the voice in an audio or video file.

        Args:
            source: any usual container and codec (`data.clips.decoders`), 8 to 192 kHz, mono to 7.1.
            start: seconds into the recording where the search for speech begins; 6 s from the first speech are used.
            everything: use all that follows (10 minutes at most) in stretches of 6 s, and average their features.

        Raises:
            NotAVoice: the file has no answer; the message is one sentence that says why.
        """
        return self._answer(self._reader.read(Path(source), start, _reach(start, everything)), start, everything)

    def face_of(
        self, samples: Shaped[np.ndarray, "samples *channels"], rate: int, start: float = 0.0, everything: bool = False
    ) -> Answer:
        """The answer to sound in memory; see `face`.

        Args:
            samples: 16-bit integers, or floats with full scale at 1; mono, or with channels last.
            rate: samples a second, 8,000 to 192,000.

        Raises:
            NotAVoice: the sound has no answer.
            ValueError: the samples have another type, rate or shape, or are not finite.
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
        with self._lock, one_thread():
            stretches = find_speech(
                sound, self._detector, everything=everything, min_loudness_db=self.config["min_loudness_db"]
            )
            return self._answer_stretches(stretches, start)

    @torch.inference_mode()
    def _answer_stretches(self, stretches: Sequence[Stretch], start: float) -> Answer:
        heard = Excerpt(
            seconds=sum(len(stretch.sound) for stretch in stretches) / SAMPLE_RATE,
            speech_seconds=round(sum(stretch.speech_seconds for stretch in stretches), 3),
            start_s=round(start + stretches[0].start / SAMPLE_RATE, 3),
            segments=len(stretches),
        )
        features = self._features(stretches, min(heard.seconds, heard.speech_seconds / _USUAL_SPEECH))
        judgement = self.calibration.judge(features)
        p, bits = judgement.outside_p, judgement.information
        outside = Outside(flagged=p <= self.calibration.outside_limit, p=p)
        # Speaker changes were calibrated on voices that are not outside.
        if not outside.flagged and self._are_two(stretches):
            raise NotAVoice(
                Refusal.TWO_PEOPLE,
                "Two people seem to speak in this recording: cut it, or say with the start where one speaks alone.",
            )
        # For a flagged voice nothing was calibrated, so that nothing is told of its speaker.
        told = self.tells_traits and not outside.flagged
        attributes = judgement.attributes if told else {}
        ratios = judgement.ratios if told else {}
        information = None if outside.flagged else self._information(bits)
        drawing = self._draw(judgement.face, self._random(stretches))
        return Answer(
            picture=drawing.picture,
            others=drawing.others,
            doubt=drawing.doubt,
            doubt_coverage=self.calibration.coverage,
            attributes=attributes,
            ratios=ratios,
            prior_intervals={name: _ends(self.calibration.prior_intervals[name]) for name in ratios},
            information=information,
            outside=outside,
            heard=heard,
            embedding=drawing.embedding,
            head=self._heads.head(drawing.embedding) if self._heads else None,
            model=self.id,
            sound=hashlib.sha256(b"".join(stretch.sound.tobytes() for stretch in stretches)).hexdigest(),
            world=self.world,
            sentences=in_words(
                information=information,
                outside=outside,
                attributes=attributes,
                ratios=ratios,
                prior_intervals=self.calibration.prior_intervals,
                heard=heard,
                world=self.world,
                unseen=unseen_shifts(self.config["coverage"]),
            ),
        )

    def _information(self, bits: Estimate) -> Information:
        return Information(
            bits=bits.value,
            low=bits.low,
            high=bits.high,
            says_little=bits.low <= 0 or bits.value < self.config["calibration"]["little_bits"],
            people=bits.n,
        )

    def _draw(self, face: FaceDistribution, rng: np.random.Generator) -> Drawing:
        """Pictures of the expected face and of others, and the map of doubt."""
        faces = np.concatenate([face.mean[None], face.sample(OTHERS, rng)])
        embeddings = self.calibration.embeddings(faces).astype(np.float32)
        wanted = torch.from_numpy(embeddings).to(self.device)
        pictures = self._fast_decoder(wanted).clamp(0, 1).cpu()
        # The map was calibrated on expected faces; the others are shown as pictures of single people.
        spread = pixel_spread(pictures[0], pictures[1:], self._usual_doubt)
        doubt = (spread * float(self.calibration.tensor("doubt.factor")[0])).clamp(0, 1).numpy()
        picture = to_pictures(pictures[0])
        others = to_pictures(sampled(self._fast_decoder, wanted[1:], rng).cpu())
        return Drawing(picture=picture, others=tuple(others), doubt=doubt, embedding=embeddings[0])

    def _features(self, stretches: Sequence[Stretch], seconds: float) -> VoiceFeatures:
        waves = [torch.from_numpy(unit_samples(stretch.sound)) for stretch in stretches]
        parts = [self.extractor.extract(torch.stack(waves[at : at + _BATCH])) for at in range(0, len(waves), _BATCH)]

        def fused(name: str) -> np.ndarray:
            return torch.cat([getattr(part, name) for part in parts]).mean(dim=0).double().numpy()

        return VoiceFeatures(
            embedding=fused("embedding"),
            disagreement=float(fused("disagreement")),
            features=fused("features"),
            sound=fused("sound"),
            seconds=seconds,
        )

    def _are_two(self, stretches: Sequence[Stretch]) -> bool:
        """Whether the speaker changes within the first stretch, if it is long enough to tell."""
        sound = stretches[0].sound
        if not self.calibration.detects_speaker_change or len(sound) < WINDOWS * WINDOW_SECONDS * SAMPLE_RATE:
            return False
        windows = self.extractor.windows(torch.from_numpy(unit_samples(sound))[None])[0].numpy()
        return self.calibration.one_speaker(windows) <= TWO_SPEAKERS

    def _random(self, stretches: Sequence[Stretch]) -> np.random.Generator:
        """A random generator whose seed depends on the bundle and the sound alone."""
        digest = hashlib.sha256(self.id.encode())
        for stretch in stretches:
            digest.update(stretch.sound.tobytes())
        return np.random.default_rng(list(digest.digest()))


def _ends(interval: Sequence[float]) -> tuple[float, float]:
    low, high = interval
    return low, high


def _reach(start: float, everything: bool) -> float:
    """Seconds of the recording that are read."""
    if not 0 <= start < float("inf"):
        raise ValueError(f"The start is {start} s; give 0 or more seconds into the recording.")
    return _MOST_SECONDS if everything else _LOOK_SECONDS


def _encoders(config: Mapping[str, Any], tensors: Mapping[str, Tensor], device: torch.device) -> list[VoiceEncoder]:
    encoders = []
    for number in range(config["count"]):
        encoder = build_voice_encoder(config["preset"], config["arguments"])
        prefix = f"{number}."
        encoder.load_state_dict({n.removeprefix(prefix): t for n, t in tensors.items() if n.startswith(prefix)})
        encoders.append(encoder.eval().to(device))
    return encoders
