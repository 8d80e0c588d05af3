"""The training loop: learns, repeats itself, survives every kind of end, and says clearly what is wrong."""

import contextlib
import functools
import json
import math
import os
import random
import signal
import subprocess
import sys
import time

import pytest
import torch
from safetensors.torch import load_file
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from speech2face.base.interruption import Interrupted
from speech2face.base.weights import load_metadata
from speech2face.config import load_config
from speech2face.learning.training.checkpoint import State
from speech2face.learning.training.errors import TrainingError
from speech2face.learning.training.loop import Run
from speech2face.learning.training.optimise import learning_rate
from tests.conftest import ROOT
from tests.unit.learning.training.toy import SEED, SETTINGS, Toy, files, train_toy


def read(folder):
    """All results of a run, as bytes."""
    return {name: (folder / name).read_bytes() for name in ("model.safetensors", "history.json", "config.json")}


def start(folder, processes=1, toy=None, **training):
    """The toy in a process of its own, or in several."""
    folder.mkdir(exist_ok=True)
    launcher = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(processes)]
    changes = json.dumps({"training": training, "toy": toy or {}})
    return subprocess.Popen(
        [
            sys.executable,
            *(launcher if processes > 1 else []),
            "-m",
            "tests.unit.learning.training.toy",
            str(folder),
            changes,
        ],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )


def test_training_learns_keeps_the_best_epoch_and_repeats_itself(tmp_path):
    settings = SETTINGS.model_copy(update={"epochs": 30, "learning_rate": 1e-2})
    objective = train_toy(tmp_path / "one", settings)
    history = json.loads((tmp_path / "one" / "history.json").read_text())
    losses = [epoch["validation_loss"] for epoch in history]
    assert len(history) == 30
    assert min(losses) < 0.5 * losses[0]
    best = json.loads((tmp_path / "one" / "config.json").read_text())["best_epoch"]
    assert best == 1 + losses.index(min(losses))
    objective.eval()
    assert objective.validation_loss() == pytest.approx(min(losses), rel=1e-6)
    assert history[0]["train_loss"] == pytest.approx(history[0]["squared"] + history[0]["absolute"])
    train_toy(tmp_path / "two", settings)
    assert read(tmp_path / "one") == read(tmp_path / "two")


def test_the_kept_weights_are_those_of_the_best_epoch_not_of_the_last(tmp_path):
    class Fading(Toy):
        """Its second epoch is said to be the best."""

        calls = 0

        def validation_loss(self):
            self.calls += 1
            if self.calls == 2:
                self.weights_then = self.network[0].weight.detach().clone()
            return [3.0, 1.0, 2.0, 2.0][self.calls - 1]

    objective = train_toy(tmp_path, make=Fading)
    assert torch.equal(load_file(tmp_path / "model.safetensors")["0.weight"], objective.weights_then)


def test_killed_at_five_moments_it_ends_with_the_same_bytes(tmp_path):
    train_toy(tmp_path / "whole")
    steps = 4 * 6
    chance = random.Random(3)
    folder = tmp_path / "killed"
    for moment in sorted(chance.sample(range(1, steps), 5)):
        process = start(folder, toy={"pause": 0.02})
        try:
            _wait_for_step(folder, moment, process)
        finally:
            process.kill()
            process.communicate()
        assert not (folder / "model.safetensors").exists()
    process = start(folder)
    _, error = process.communicate()
    assert process.returncode == 0, error
    assert "goes on from" in error
    assert read(folder) == read(tmp_path / "whole")
    assert not list(folder.glob("checkpoint*"))
    # TensorBoard shows every epoch once, however often its steps were taken.
    shown = EventAccumulator(str(folder / "logs" / "tensorboard")).Reload()
    assert [event.step for event in shown.Scalars("validation_loss")] == [6, 12, 18, 24]


def _wait_for_step(folder, step, process):
    """Until a checkpoint of `step` or later is there; the toy waits for nobody, so it may be later."""

    path = folder / "checkpoint.safetensors"
    while process.poll() is None:
        if path.exists():
            with contextlib.suppress(ValueError):
                if json.loads(load_metadata(path)["state"])["step"] >= step:
                    return
        time.sleep(0.001)
    pytest.fail("the run ended before it could be killed")


def test_asked_to_stop_it_saves_and_says_how_to_go_on(tmp_path):
    train_toy(tmp_path / "whole")

    class Stopped(Toy):
        """Asks its own process to stop in its tenth step."""

        def forward(self, step, **tensors):
            if step == 10:
                os.kill(os.getpid(), signal.SIGTERM)
            return super().forward(step, **tensors)

    folder = tmp_path / "stopped"
    rarely = SETTINGS.model_copy(update={"checkpoint_seconds": 1000.0})
    with pytest.raises(Interrupted, match=r"saved epoch 2, sample 38, to .*checkpoint.safetensors. Run the same"):
        train_toy(folder, rarely, Stopped)
    train_toy(folder, rarely)
    assert read(folder) == read(tmp_path / "whole")


def test_the_command_line_tells_a_scheduler_to_try_again(monkeypatch, capsys):
    from speech2face import cli
    from speech2face.learning.decoder import train

    @functools.wraps(train.train_decoder)
    def interrupted(**options):
        raise Interrupted("saved")

    monkeypatch.setattr(train, "train_decoder", interrupted)
    config = load_config([ROOT / "config" / "config.yaml"])
    settings = config.decoder.model_copy(update={"training": SETTINGS}).model_dump_json()
    faces = config.faces.model_dump_json()
    paths = ["index", "portraits", "weights", "config", "history", "checkpoint", "logs"]
    given = [part for name in paths for part in (f"--{name}", "x")]
    told = ["--settings", settings, "--faces-settings", faces, "--seed", "1", *given]
    assert cli.main(["train-decoder", *told]) == 75
    assert capsys.readouterr().err == "speech2face: saved\n"


def test_two_processes_learn_as_one_does(tmp_path):
    # Dropout is chance of each process and the one thing that they cannot share.
    toy = {"samples": 45, "dropout": 0.0}
    runs = {count: start(tmp_path / str(count), processes=count, toy=toy) for count in (1, 2)}
    for run in runs.values():
        _, error = run.communicate()
        assert run.returncode == 0, error
    seen = {}
    history = {}
    for count in runs:
        folder = tmp_path / str(count)
        rows = [[json.loads(line) for line in path.read_text().splitlines()] for path in folder.glob("seen-*.jsonl")]
        assert len(rows) == count
        seen[count] = [sorted(row for part in parts for row in part) for parts in zip(*rows, strict=True)]
        history[count] = json.loads((folder / "history.json").read_text())
    assert seen[1] == seen[2]
    assert len(history[1]) == 4
    for one, two in zip(history[1], history[2], strict=True):
        assert one == pytest.approx(two, abs=1e-4)
    for name, value in load_file(tmp_path / "1" / "model.safetensors").items():
        torch.testing.assert_close(load_file(tmp_path / "2" / "model.safetensors")[name], value, atol=1e-3, rtol=1e-3)


def test_a_checkpoint_of_another_config_names_the_fields_and_the_file(tmp_path):
    _interrupt(tmp_path)
    other = SETTINGS.model_copy(update={"batch": 9, "learning_rate": 1e-4})
    with pytest.raises(TrainingError) as error:
        train_toy(tmp_path, other)
    text = str(error.value)
    assert "training.batch was 8 and is now 9; training.learning_rate was 0.003 and is now 0.0001" in text
    assert f"Delete {tmp_path / 'checkpoint.safetensors'} to train from the start" in text


def test_how_often_to_save_may_change_before_a_run_goes_on(tmp_path):
    _interrupt(tmp_path)
    train_toy(tmp_path, SETTINGS.model_copy(update={"checkpoint_seconds": 7.0}))
    assert (tmp_path / "model.safetensors").exists()


@pytest.mark.parametrize("left", [0, 100, -1])
def test_a_damaged_checkpoint_is_a_clear_error(tmp_path, left):
    _interrupt(tmp_path)
    path = tmp_path / "checkpoint.safetensors"
    path.write_bytes(path.read_bytes()[:left])
    with pytest.raises(TrainingError, match=r"checkpoint\.safetensors cannot be read .*Delete "):
        train_toy(tmp_path)


def _interrupt(folder):
    class Ended(Toy):
        def forward(self, step, **tensors):
            if step == 5:
                raise KeyboardInterrupt
            return super().forward(step, **tensors)

    with pytest.raises(KeyboardInterrupt):
        train_toy(folder, make=Ended)
    assert (folder / "checkpoint.safetensors").exists()


def test_a_loss_that_is_no_number_is_a_clear_error_and_leaves_no_model(tmp_path):
    class Broken(Toy):
        def forward(self, step, **tensors):
            terms = super().forward(step, **tensors)
            return terms if step < 7 else terms | {"absolute": terms["absolute"] * torch.nan}

    with pytest.raises(TrainingError, match=r"loss of the toy is not finite in epoch 2, step 8 \(absolute is nan\)"):
        train_toy(tmp_path, make=Broken)
    assert not (tmp_path / "model.safetensors").exists()


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_validation_loss_that_is_no_number_is_a_clear_error(tmp_path, value):
    class Lost(Toy):
        def validation_loss(self):
            return value

    with pytest.raises(TrainingError, match=rf"validation loss of the toy is {value} after epoch 1.* Lower"):
        train_toy(tmp_path, make=Lost)
    assert not (tmp_path / "model.safetensors").exists()


def test_it_stops_when_nothing_gets_better(tmp_path):
    class Worse(Toy):
        calls = 0

        def validation_loss(self):
            self.calls += 1
            return float(self.calls)

    train_toy(tmp_path, SETTINGS.model_copy(update={"patience": 2}), Worse)
    assert len(json.loads((tmp_path / "history.json").read_text())) == 3


def test_gradients_are_clipped(tmp_path):
    run = Run(
        Toy(),
        settings=SETTINGS.model_copy(update={"clip": 1e-3}),
        seed=SEED,
        what="toy",
        identity={},
        files=files(tmp_path),
    )
    batch = next(run.sampler.batches(0, 0))
    logged = run.step(batch, run.objective.load(batch))
    assert logged["gradient_norm"] > 1e-3
    norms = torch.stack([p.grad.norm() for p in run.objective.network.parameters()])
    assert norms.norm().item() == pytest.approx(1e-3, rel=1e-3)
    assert run.state == State(epoch=0, done=8, step=1, sums=run.state.sums)


def test_the_log_holds_terms_norms_and_speed_and_a_resumed_run_repeats_no_line(tmp_path):
    class Ended(Toy):
        def forward(self, step, **tensors):
            if step == 21:
                raise KeyboardInterrupt
            return super().forward(step, **tensors)

    rarely = SETTINGS.model_copy(update={"checkpoint_seconds": 1000.0})
    with pytest.raises(KeyboardInterrupt):
        train_toy(tmp_path, rarely, Ended)
    train_toy(tmp_path, rarely)
    lines = [json.loads(line) for line in (tmp_path / "logs" / "steps.jsonl").read_text().splitlines()]
    steps = [line["step"] for line in lines if "gradient_norm" in line]
    assert steps == [20]
    wanted = {"loss", "squared", "absolute", "gradient_norm", "learning_rate", "samples_per_second"}
    assert wanted <= next(line for line in lines if line["step"] == 20).keys()
    assert [line["epoch"] for line in lines if "validation_loss" in line] == [1, 2, 3, 4]
    assert list((tmp_path / "logs" / "tensorboard").glob("events.*"))


def test_schedules():
    cosine = [learning_rate(SETTINGS, step, 200) for step in range(200)]
    assert cosine[:10] == pytest.approx([3e-4 * (step + 1) for step in range(10)])
    assert max(cosine) == pytest.approx(3e-3)
    assert 0 <= cosine[-1] < 1e-5
    paper = SETTINGS.model_copy(update={"schedule": "exponential"})
    rates = [learning_rate(paper, step, 637_500) for step in (0, 9_999, 10_000, 637_499)]
    assert rates == pytest.approx([3e-3, 3e-3, 3e-3 * 0.95, 3e-3 * 0.95**63])
