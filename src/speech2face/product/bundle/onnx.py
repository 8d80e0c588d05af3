"""Voice encoder and face decoder of a bundle as ONNX files, for programs without PyTorch."""

import contextlib
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from speech2face.base.files import atomic_path, file_sha256, lineage, write_sealed
from speech2face.base.options import Option
from speech2face.base.sound import SAMPLE_RATE
from speech2face.learning.encoder.networks import VoiceEncoder
from speech2face.learning.encoder.paper import PaperVoiceEncoder
from speech2face.learning.encoder.speaker import SpeakerVoiceEncoder
from speech2face.product.bundle.files import CONFIG
from speech2face.product.inference.model import load_model

TOLERANCE = 1e-3
"""Largest absolute difference to PyTorch's results that an export may have."""
_SHORTEST_S, _USUAL_S, _LONGEST_S = 0.5, 6, 600
_OPSET = 20
_STEPS = 60


class ExportError(RuntimeError):
    """A network cannot be exported, or its export gives other results."""


@dataclass(frozen=True, kw_only=True)
class _Export:
    """A network, the length that its input may have along the second dimension, and inputs to try it with."""

    network: nn.Module
    lengths: torch.export.Dim | None
    examples: list[Tensor]
    """The network is traced with the first."""


def export_onnx(
    *,
    folder: Annotated[Path, Option(name="onnx")],
    bundle: Annotated[Path, Option(name="model")] = Path("results/bundle"),
) -> None:
    """Write voice_encoder_1.onnx (and one for each further encoder of the ensemble), face_decoder.onnx and onnx.json.

    The voice encoders take sound of any length from half a second on (of preset paper, from 2.6 s), float32
    [1, samples] in -1..1 at 16 kHz, and give face embeddings [1, d], whose mean is the ensemble's; the decoder takes
    embeddings [1, d] and gives pictures [1, 3, height, width] in 0..1. ONNX Runtime runs each file, the voice encoders
    with sounds of three lengths, before it gets its name.

    Args:
        folder: folder for the ONNX files.
        bundle: folder of the bundle.

    Raises:
        ModelError: the bundle cannot be loaded.
        ExportError: packages are missing, a network cannot be exported, or its results differ.
    """
    try:
        import onnx  # noqa: F401
        import onnxruntime
        import onnxscript  # noqa: F401
    except ImportError as error:
        raise ExportError(f"Exporting needs the package {error.name}: pip install 'speech2face[onnx]'.") from None
    with load_model(bundle) as model:
        if any(isinstance(encoder, SpeakerVoiceEncoder) for encoder in model.extractor.encoders):
            raise ExportError(
                "A voice encoder of preset speaker measures acoustics outside of the network, which ONNX cannot hold: "
                "export a bundle of another encoder.preset."
            )
        chance = torch.Generator().manual_seed(0)
        embedding = model.decoder.mean + model.decoder.spread * torch.randn(
            1, len(model.decoder.mean), generator=chance
        )
        networks = {
            f"voice_encoder_{number}": _of_sound(encoder, chance)
            for number, encoder in enumerate(model.extractor.encoders, 1)
        }
        networks["face_decoder"] = _Export(network=model.decoder, lengths=None, examples=[embedding])
        report: dict[str, Any] = {"model": model.id, "world": model.world, "opset": _OPSET, "largest_difference": {}}
        for name, export in networks.items():
            with atomic_path(folder / f"{name}.onnx") as temporary:
                _export(name, export, temporary)
                session = onnxruntime.InferenceSession(str(temporary), providers=["CPUExecutionProvider"])
                given = session.get_inputs()[0].name
                found = [session.run(None, {given: example.numpy()})[0] for example in export.examples]
                with torch.inference_mode():
                    expected = [export.network(example).numpy() for example in export.examples]
                difference = max(float(np.abs(one - other).max()) for one, other in zip(found, expected, strict=True))
                if not difference <= TOLERANCE:
                    raise ExportError(f"{name} differs by {difference:.2g} after the export, more than {TOLERANCE:g}.")
            report["largest_difference"][name] = difference
        report["sha256"] = {f"{name}.onnx": file_sha256(folder / f"{name}.onnx") for name in networks}
        write_sealed(folder / "onnx.json", report | {"made_from": lineage([bundle / CONFIG])})
        for name, difference in report["largest_difference"].items():
            print(f"{folder / name}.onnx: differs from PyTorch by {difference:.1e} at most")


def _of_sound(encoder: VoiceEncoder, chance: torch.Generator) -> _Export:
    """A voice encoder with sounds of usual length, of the shortest that it takes without repeating it, and longer."""
    shortest = round(_SHORTEST_S * SAMPLE_RATE)
    if isinstance(encoder, PaperVoiceEncoder):
        shortest = max(shortest, encoder.minimum_samples)
    lengths = (_USUAL_S * SAMPLE_RATE, shortest, 2 * _USUAL_S * SAMPLE_RATE + 1)
    return _Export(
        network=encoder,
        lengths=torch.export.Dim("samples", min=shortest, max=_LONGEST_S * SAMPLE_RATE),
        examples=[0.1 * torch.randn(1, samples, generator=chance) for samples in lengths],
    )


def _export(name: str, export: _Export, path: Path) -> None:
    try:
        with warnings.catch_warnings(), _solving_by(solve_by_products):
            warnings.simplefilter("ignore")
            torch.onnx.export(
                export.network,
                (export.examples[0],),
                str(path),
                dynamo=True,
                dynamic_shapes=({1: export.lengths},) if export.lengths else None,
                opset_version=_OPSET,
                external_data=False,
                verbose=False,
            )
    except Exception as error:  # the exporter has a dozen error classes of its own
        raise ExportError(f"{name} cannot be exported to ONNX ({type(error).__name__}: {error}).") from error


@contextlib.contextmanager
def _solving_by(solve: Any) -> Iterator[None]:
    """Replace `torch.linalg.solve` within the block: ONNX has no operator for it."""
    usual = torch.linalg.solve
    torch.linalg.solve = solve
    try:
        yield
    finally:
        torch.linalg.solve = usual


def solve_by_products(
    system: Float[Tensor, "batch rows rows"], right: Float[Tensor, "batch rows values"]
) -> Float[Tensor, "batch rows values"]:
    """Solve systems of equations by matrix products alone (the iteration of Schulz 1933), for double precision.

    From this start it converges quadratically for every regular matrix; a condition number of 10^8 takes 60 steps.
    """
    size = system.abs()
    start = system.transpose(1, 2) / (size.sum(dim=1).amax(dim=1) * size.sum(dim=2).amax(dim=1))[:, None, None]
    twice = 2 * torch.eye(system.shape[1], dtype=system.dtype, device=system.device)
    inverse = start
    for _ in range(_STEPS):
        inverse = inverse @ (twice - system @ inverse)
    return inverse @ right
