"""The log of a training run: what was logged before a checkpoint is on the disk when the checkpoint is."""

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from speech2face.learning.training.record import Log


def test_what_was_logged_is_on_the_disk_after_a_flush(tmp_path):
    with Log(tmp_path, 0) as log:
        log.write(20, {"loss": 0.5})
        log.flush()
        shown = EventAccumulator(str(tmp_path / "tensorboard")).Reload()
        assert [(event.step, event.value) for event in shown.Scalars("loss")] == [(20, 0.5)]
