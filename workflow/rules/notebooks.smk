# What each notebook reads, in the order of the report, and which of them this run can draw.
_INDEX = {"index": INDEX}
_DECODER = {"decoder": model_files("decoder")[:2]}
_ENCODER = {"encoder": model_files("encoder")[:2]}
_CLIPS = {"clips": expand(rules.cut_clips.output.shard, shard=SHARDS)}


def measured(family):
    """The measures that a figure shows."""
    return {"measures": f"{METRICS}/{family}.json"}


FIGURES = {
    "teaser": _MADE | _INDEX | _CLIPS,
    "system": _MADE
    | _ENCODER
    | _DECODER
    | {"history": f"{RESULTS}/encoder/history.json"},
    "talkers": {
        "truth": expand(rules.make_talkers.output.truth, shard=SHARDS),
        "clips": rules.cut_clips.output.shard.format(shard=SHARDS[0]),
    },
    "population": measured("population"),
    "triplets": _MADE,
    "triplet_gallery": _MADE,
    "decoder_parts": _MADE | _DECODER,
    "generation": measured("generation"),
    "attributes": measured("attributes"),
    "confusion": measured("confusion"),
    "confusion_upper": measured("confusion"),
    "craniofacial": measured("craniofacial") | _MADE,
    "similarity": measured("similarity"),
    "retrieval": measured("retrieval"),
    "retrieval_examples": _MADE | _PREDICTIONS,
    "retrieval_gallery": _MADE | _PREDICTIONS,
    "matching": measured("association"),
    "leakage": measured("leakage"),
    "lengths": measured("lengths")
    | {"lengths": rules.encode_trials.output.lengths}
    | _MADE
    | _DECODER,
    "consistency": measured("consistency")
    | {"moments": rules.encode_trials.output.moments}
    | _MADE
    | _DECODER,
    "languages": measured("languages")
    | {"languages": rules.encode_trials.output.languages}
    | _MADE
    | _DECODER,
    "failures": measured("failures") | _PREDICTIONS | _FACES | _MADE,
    "cartoons": _MADE,
    "features": measured("features") | _PREDICTIONS,
    "learning_curves": {
        "decoder": f"{DATA}/decoder/history.json",
        "encoder": f"{RESULTS}/encoder/history.json",
    },
    "convergence": measured("convergence")
    | {
        "histories": [
            f"{folder}/encoder/history.json" for folder in [RESULTS, *VARIANT_FOLDERS]
        ],
        "variants": rules.encode_variants.output.variants,
    }
    | _MADE
    | _DECODER,
}
if unknown := set(CONFIG.figures.shown or []) - set(FIGURES):
    raise WorkflowError(
        f"There is no figure {min(unknown)!r}; figures.shown may name {', '.join(FIGURES)}."
    )
# The truth, and more speech, are there for the talkers alone; what is read of single people is not drawn of real ones.
_OF_TALKERS = {"talkers", "lengths", "consistency", "languages", "failures"}
# A variant is not compared with variants of its own.
_OF_TRAINING = {"convergence"} if CONFIG.variant else set()
if CONFIG.models or CONFIG.splits.folds:
    _OF_TRAINING = {"convergence", "learning_curves"}
# Several folds have no one training split that probes of attributes could learn from.
if CONFIG.splits.folds:
    _OF_TRAINING |= {"attributes", "confusion", "confusion_upper"}
FIGURES_OF_RUN = [
    name
    for name in FIGURES
    if name in (CONFIG.figures.shown or FIGURES)
    and name not in _OF_TRAINING
    and (CONFIG.source == "talkers" or name not in _OF_TALKERS)
]
# The families of measures that they show.
MEASURES_OF_RUN = sorted(
    {
        FIGURES[name]["measures"]
        for name in FIGURES_OF_RUN
        if "measures" in FIGURES[name]
    }
)
