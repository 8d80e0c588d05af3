"""Tables of a cross-validated run: nobody is predicted by a fit that knew them, nor judged by one."""

import numpy as np
import pyarrow as pa
import pytest
import torch

from speech2face.base.columns import gather_arrays
from speech2face.base.shards import array_field, read_shard, write_shard
from speech2face.config import load_config
from speech2face.data.splits.share import INDEX, TRAIN, read_index, share_speakers
from speech2face.evaluation.metrics.proportions import RATIOS
from speech2face.learning.encoder.ridge import fit_face_ridge
from speech2face.learning.encoder.speaker import INPUTS, SpeakerVoiceEncoder
from speech2face.uncertainty.calibration import collect_folds as module
from speech2face.uncertainty.calibration.collect import schema
from speech2face.uncertainty.calibration.collect_folds import collect_folds
from tests.conftest import ROOT

CONFIG = load_config([ROOT / "config" / "config.yaml"])
FOLDS, PEOPLE, DIMENSION, SOUND = 3, 40, 6, 120
PENALTIES = (50.0, 500.0)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Voices and faces of two clips each that have nothing to do with each other, but are alike in each person."""
    folder = tmp_path_factory.mktemp("run")
    rng = np.random.default_rng(0)
    voices, faces = (rng.normal(size=(PEOPLE, size)).repeat(2, axis=0) for size in (INPUTS, DIMENSION))
    write_shard(
        folder / "speakers" / "00.arrow", pa.schema([array_field("inputs", INPUTS, pa.float32())]),
        [{"inputs": voice} for voice in voices],
    )  # fmt: skip
    write_shard(
        folder / "faces" / "00.arrow", pa.schema([array_field("embedding", DIMENSION, pa.float32())]),
        [{"embedding": face} for face in faces],
    )  # fmt: skip
    speakers = [f"s{clip // 2:02d}" for clip in range(2 * PEOPLE)]
    shares = CONFIG.splits.model_copy(update={"folds": FOLDS, "validation": 0.1})
    indexes = [folder / f"{fold}.arrow" for fold in range(FOLDS)]
    for fold, path in enumerate(indexes):
        split = share_speakers(speakers, 1, shares, fold)
        rows = [
            {"clip_id": f"c{clip:02d}", "speaker_id": speaker, "split": split[speaker], "shard": "00", "row": clip}
            for clip, speaker in enumerate(speakers)
        ]
        write_shard(path, INDEX, rows)
    torch.manual_seed(0)
    network = SpeakerVoiceEncoder(dimension=DIMENSION)
    network.mean.fill_(0.5)
    network.input_mean.fill_(0.25)
    network.input_spread.fill_(2.0)
    table = [
        {"speaker_id": f"s{person:02d}", "condition": condition, "seconds": 6.0, "face_embedding": faces[2 * person],
         "ratios": np.ones(len(RATIOS)), "voice_embedding": np.zeros(DIMENSION), "disagreement": 0.0,
         "features": ((voices[2 * person] - 0.25) / 2).astype(np.float32), "sound": np.zeros(SOUND), "windows": None}
        for person in range(PEOPLE) for condition in ("voice", "noise")
    ]  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "load_voice_encoder", lambda *_: network)
        patch.setattr(module, "people_of_clips", lambda *_, **__: None)
        patch.setattr(module, "schema_of", lambda *_: schema(DIMENSION, {"features": INPUTS, "sound": SOUND}))
        patch.setattr(module, "voice_rows", lambda *_: iter(table))
        collect_folds(
            settings=CONFIG.calibration.model_copy(update={"threads": 1}), penalties=PENALTIES, seed=1,
            index=indexes[0], folds=indexes, clips=folder / "clips", faces=folder / "faces",
            speakers=folder / "speakers", encoder=(folder / "w", folder / "c"), output=folder / "all.arrow",
            calibrations=[folder / f"calibration{fold}.arrow" for fold in range(FOLDS)],
            audits=[folder / f"audit{fold}.arrow" for fold in range(FOLDS)],
        )  # fmt: skip
    return folder


def people(path):
    return read_shard(path).to_pandas().set_index("speaker_id")


def fitted(run, fold, without=()):
    clips = read_index(run / f"{fold}.arrow", TRAIN)
    clips = clips[~clips["speaker_id"].isin(without)]
    inputs, faces = gather_arrays(clips, run / "speakers", "inputs"), gather_arrays(clips, run / "faces", "embedding")
    return fit_face_ridge(inputs.astype(float), faces.astype(float), clips["speaker_id"].tolist(), PENALTIES)


def voice(run, speaker):
    return np.array(read_shard(run / "speakers" / "00.arrow")["inputs"][2 * int(speaker[1:])].as_py())[None]


def test_everybody_is_in_the_calibration_and_each_fold_in_its_own_audit(run):
    everybody = set(people(run / "all.arrow").index)
    assert len(everybody) == PEOPLE
    audits = [people(run / f"audit{fold}.arrow") for fold in range(FOLDS)]
    assert sorted(speaker for audit in audits for speaker in set(audit.index)) == sorted(everybody)
    for fold, audit in enumerate(audits):
        assert set(people(run / f"calibration{fold}.arrow").index) == everybody - set(audit.index)
        # Shifts are for checking alone.
        assert set(audit["condition"]) == {"voice", "noise"}
        assert set(people(run / f"calibration{fold}.arrow")["condition"]) == {"voice"}


def test_predictions_come_from_fits_without_the_person_and_without_the_fold_that_judges(run):
    own = {speaker: fold for fold in range(FOLDS) for speaker in people(run / f"audit{fold}.arrow").index}
    for speaker, fold in list(own.items())[::5]:
        ridge = fitted(run, fold)
        expected = ridge(voice(run, speaker))[0] - ridge.mean
        for name, mean in ((f"audit{fold}", ridge.mean), ("all", 0.5)):
            row = people(run / f"{name}.arrow").query("condition == 'voice'").loc[speaker]
            np.testing.assert_allclose(row["voice_embedding"], expected + mean, atol=1e-5)
        for other in set(range(FOLDS)) - {fold}:
            tested = set(people(run / f"audit{fold}.arrow").index)
            ridge = fitted(run, other, tested)
            row = people(run / f"calibration{other}.arrow").loc[speaker]
            shifted = ridge(voice(run, speaker))[0] - ridge.mean + fitted(run, other).mean
            np.testing.assert_allclose(row["voice_embedding"], shifted, atol=1e-5)


def test_voices_that_say_nothing_predict_nothing(run):
    """A person in the fit would be found by the other clip, which is the same."""
    table = people(run / "all.arrow").query("condition == 'voice'")
    predicted, true = (np.stack(table[name].to_list()) for name in ("voice_embedding", "face_embedding"))
    predicted, true = predicted - predicted.mean(axis=0), true - true.mean(axis=0)
    cosine = (predicted * true).sum() / np.sqrt((predicted**2).sum() * (true**2).sum())
    # Standard error of 240 numbers: 0.065; with the persons in the fit it is above 0.5.
    assert abs(cosine) < 0.2
