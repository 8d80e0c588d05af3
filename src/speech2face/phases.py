"""Every command of the command line: the function that it runs, and one line of help.

The signature of the function is the command's options (see `cli`), so that a new option is one parameter of the
function and one line in the rule that passes it.
"""

from typing import NamedTuple


class Phase(NamedTuple):
    target: str
    """`module:function`, the module within this package."""
    help: str


PEOPLE = {
    "face": Phase("product.inference.many:answer_recordings", "Predict a face from a voice (docs/inference.md)."),
    "app": Phase("product.app.serve:serve_bundle", "Serve a page to try a model on (docs/app.md)."),
    "audit": Phase("product.audit.write:audit_bundle", "Audit a model's coverage and leakage (docs/audit.md)."),
    "export": Phase("product.bundle.onnx:export_onnx", "Export the networks as ONNX (docs/inference.md)."),
    "export-clips": Phase("product.dataset.export:export_clips", "Export the talkers as a data set (docs/talkers.md)."),
    "push": Phase("product.bundle.hub:push_bundle", "Upload a model to a hub (docs/inference.md)."),
    "forget": Phase("consent.forget:forget_speaker", "Remove a person from every run (docs/consent.md)."),
    "verify": Phase("base.verify:verify", "Check the files of a run, bundle or answer (docs/recovery.md)."),
    "tabulate-scaling": Phase(
        "evaluation.metrics.repeats:tabulate_scaling", "Tabulate recall over the number of training talkers."
    ),
    "tabulate-seeds": Phase(
        "evaluation.metrics.repeats:tabulate_seeds", "Tabulate measures over other worlds and trainings."
    ),
    "compare": Phase("evaluation.metrics.compare:compare", "Compare the costs and measures of runs in a table."),
    "check-config": Phase("config.commands:check_config", "Check a config file with its overlays."),
}
"""Commands that people type."""

RULES = {
    "build-head-model": Phase("data.talkers.head:build_head_model", "Build the head model that all talkers share."),
    "make-talkers": Phase("data.talkers.make:make_talkers", "Draw, speak and film one shard of the talkers."),
    "list-source": Phase("data.sources.listing:list_source", "List the clips of a source, divided into shards."),
    "download-clips": Phase("data.downloads.shard:download_clips", "Fetch the clips of one shard."),
    "summarise-downloads": Phase("data.downloads.summary:summarise_downloads", "Count fetched and missing clips."),
    "fetch-samples": Phase("data.samples.fetch:fetch_samples", "Fetch the samples that the paper's authors publish."),
    "see-samples": Phase("data.samples.see:see_published", "Find the faces in the pictures of the paper's authors."),
    "cut-clips": Phase("data.clips.cut:cut_clips", "Cut sound and frames of one shard."),
    "fetch-weights": Phase("data.faces.weights:fetch_weights", "Fetch and check the weights of a face encoder."),
    "find-faces": Phase("data.faces.find:find_faces", "Find, crop and embed the faces of one shard."),
    "measure-voices": Phase("data.voices.measure:measure_voices", "Measure the voices of one shard."),
    "split-clips": Phase("data.splits.share:split_clips", "Index the good clips and split them by speaker."),
    "draw-portraits": Phase("data.portraits.draw:draw_portraits", "Draw one shard of stills of synthetic people."),
    "list-pictures": Phase("data.portraits.pictures:list_pictures", "List a folder of face pictures, in shards."),
    "find-portraits": Phase("data.portraits.find:find_portraits", "Cut out the faces of pictures and clips."),
    "index-portraits": Phase("data.portraits.index:index_portraits", "Index the good portraits and split them."),
    "gather-folds": Phase("data.splits.gather:gather_folds", "Join the tables of all folds."),
    "gather-predictions": Phase("evaluation.predictions.gather:gather_predictions", "Join predictions of all folds."),
    "train-decoder": Phase("learning.decoder.train:train_decoder", "Train the face decoder."),
    "embed-speakers": Phase("learning.encoder.embed:embed_speakers", "Embed the voices of one shard for all folds."),
    "train-encoder": Phase("learning.encoder.train:train_encoder", "Train the voice encoder."),
    "choose-gain": Phase("evaluation.reconstructions.gain:choose_gain", "Choose how far from the mean voices draw."),
    "reconstruct": Phase("evaluation.reconstructions.reconstruct:reconstruct", "Reconstruct the test faces."),
    "predict": Phase("evaluation.predictions.predict:predict", "Predict the face of every test clip by every method."),
    "judge-pictures": Phase("evaluation.judges.judge:judge_pictures", "Embed the pictures by another recogniser."),
    "speak-trials": Phase("evaluation.trials.speech:speak_trials", "Synthesise further speech of the test talkers."),
    "encode-trials": Phase("evaluation.trials.encode:encode_trials", "Encode voices by length, moment and language."),
    "encode-variants": Phase("evaluation.trials.encode:encode_variants", "Encode test voices with several encoders."),
    "make-panel": Phase("uncertainty.panel.make:make_panel", "Make one shard of people who are in no video."),
    "measure-membership": Phase(
        "product.audit.membership:measure_membership", "Measure whether errors tell who was trained on."
    ),
    "collect-people": Phase("uncertainty.calibration.collect:collect_people", "Encode calibration or audit people."),
    "collect-folds": Phase("uncertainty.calibration.collect_folds:collect_folds", "Encode the people of all folds."),
    "calibrate": Phase("uncertainty.calibration.calibrate:calibrate", "Fit the intervals and sets of the answers."),
    "check-coverage": Phase("uncertainty.calibration.coverage:check_coverage", "Measure coverage on the audit people."),
    "fit-heads": Phase("uncertainty.heads.fit:fit_heads", "Fit heads in three dimensions to face embeddings."),
    "pack-bundle": Phase("product.bundle.pack:pack_bundle", "Pack the models of a run into one folder."),
    "keep-at-hand": Phase("product.bundle.at_hand:keep_at_hand", "Make a bundle the one that comes with the package."),
    "answer-example": Phase("product.inference.example:answer_example", "Answer one voice, for the docs."),
    "measure": Phase("evaluation.metrics.measure:measure", "Compute one family of measures."),
    "collect-metrics": Phase("evaluation.metrics.collect:collect_metrics", "Join all measures in one file."),
    "write-report": Phase("evaluation.report.write:write_report", "Write the page of all figures and claims."),
    "schema": Phase("config.commands:write_schema", "Write the JSON schema of the config."),
    "shrink-picture": Phase("evaluation.figures.page:shrink_picture", "Make a figure small enough for the docs."),
    "mend-transfers": Phase("base.versions:mend_transfers", "Make DVC transfer what a killed push or pull left out."),
    "check-untracked": Phase("base.versions:check_untracked", "Find versioned files that no rule makes."),
}
"""Commands that the workflow's rules and make run."""

PHASES = PEOPLE | RULES
