"""The decoder phase: trains a face decoder on portraits."""

from pathlib import Path

from speech2face.base.weights import save_model
from speech2face.config import Decoder, Faces
from speech2face.learning.decoder.appearance import STORED_AS
from speech2face.learning.decoder.cole_objective import ColeObjective
from speech2face.learning.decoder.fit import fit_appearance
from speech2face.learning.training import processes
from speech2face.learning.training.files import Files
from speech2face.learning.training.loop import train
from speech2face.learning.training.objective import fingerprint, learning_splits
from speech2face.learning.training.optimise import prepare
from speech2face.learning.training.record import write_history


def train_decoder(
    *,
    index: Path,
    portraits: Path,
    faces_settings: Faces,
    settings: Decoder,
    seed: int,
    weights: Path,
    config: Path,
    history: Path,
    checkpoint: Path,
    logs: Path,
) -> None:
    """Fit the face decoder on the training portraits.

    The validation portraits choose the penalty of preset `appearance`, and the epoch of preset `cole`.

    Args:
        index: index of the portraits.
        portraits: folder of their shards.
        faces_settings: config section `faces`; it names the face encoder that made the embeddings.
        settings: config section `decoder`.
        seed: of the initial weights and of the order of the samples.
        weights: file of the weights to write.
        config: description of the model to write (JSON).
        history: losses at each penalty, or of each epoch, to write (JSON).
        checkpoint: file from which a stopped training goes on; deleted at the end.
        logs: folder for the logs of the training.
    """
    files = Files(weights=weights, config=config, history=history, checkpoint=checkpoint, logs=logs)
    processes.join()
    prepare(seed, settings.training.threads)
    parts = learning_splits(index)
    if settings.preset == "appearance":
        # A closed form has no batches to share: the other processes have nothing to do.
        if processes.rank() == 0:
            fitted = fit_appearance(parts, portraits, settings)
            save_model(fitted.network, files.weights, files.config, fitted.description, STORED_AS)
            write_history(files.history, fitted.history)
        processes.leave()
        return
    objective = ColeObjective(parts, portraits, faces_settings, settings)
    train(
        objective,
        settings=settings.training,
        seed=seed,
        what="face decoder",
        identity={
            **settings.model_dump(mode="json", exclude={"training", "appearance"}),
            "face_encoder": faces_settings.encoder,
            "data": fingerprint(parts),
        },
        description={"preset": settings.preset, "arguments": objective.arguments},
        files=files,
    )
