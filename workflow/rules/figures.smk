# One notebook a figure, in the order of the report: what it reads.
_INDEX = {"index": rules.split_clips.output.index}
_DECODER = {"decoder": [MODELS["decoder"].weights, MODELS["decoder"].config]}
_ENCODER = {"encoder": [MODELS["encoder"].weights, MODELS["encoder"].config]}
_CLIPS = {"clips": expand(rules.cut_clips.output.shard, shard=SHARDS)}


def measured(family):
    """The measures that a figure shows."""
    return {"measures": f"{METRICS}/{family}.json"}


FIGURES = {
    "teaser": _MADE | _INDEX | _CLIPS,
    "system": _MADE
    | _ENCODER
    | _DECODER
    | {"history": f"{RESULTS}/encoder/history.jsonl"},
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
    "retrieval_examples": _MADE,
    "retrieval_gallery": _MADE,
    "matching": measured("association"),
    "leakage": measured("leakage"),
    "lengths": measured("lengths")
    | {"lengths": rules.hear_trials.output.lengths}
    | _MADE
    | _DECODER,
    "consistency": measured("consistency")
    | {"moments": rules.hear_trials.output.moments}
    | _MADE
    | _DECODER,
    "languages": measured("languages")
    | {"languages": rules.hear_trials.output.languages}
    | _MADE
    | _DECODER,
    "failures": measured("failures") | _ANSWERS | _FACES | _MADE,
    "cartoons": _MADE,
    "features": measured("features") | _ANSWERS,
    "learning_curves": {
        "decoder": f"{DATA}/decoder/history.jsonl",
        "encoder": f"{RESULTS}/encoder/history.jsonl",
    },
    "convergence": measured("convergence")
    | {
        "histories": [
            f"{folder}/encoder/history.jsonl" for folder in [RESULTS, *VARIANT_FOLDERS]
        ],
        "variants": rules.hear_variants.output.variants,
    }
    | _MADE
    | _DECODER,
}
# What can be drawn of a folder of videos that nothing is known about.
_OF_FOLDER = ["teaser", "triplets", "triplet_gallery", "decoder_parts", "cartoons"]
FIGURES_OF_RUN = [
    name
    for name in (_OF_FOLDER if CONFIG.source == "folder" else FIGURES)
    if not (CONFIG.variant and name == "convergence")
]


def figure_files(*kinds):
    """The figures that this run's source allows, as files of some kinds."""
    return expand(
        f"{RESULTS}/figures/{{name}}.{{kind}}", name=FIGURES_OF_RUN, kind=kinds
    )


for figure, figure_inputs in FIGURES.items():

    # Execute one notebook; the executed copy is a log, since it holds timings.
    rule:
        name:
            f"draw_{figure}"
        input:
            **figure_inputs,
            notebook=f"notebooks/{figure}.ipynb",
        output:
            png=report(
                f"{RESULTS}/figures/{figure}.png",
                caption=f"../captions/{figure}.rst",
                category="Figures",
                labels={"figure": figure.replace("_", " ")},
            ),
            vectors=multiext(f"{RESULTS}/figures/{figure}", ".pdf", ".svg"),
        log:
            notebook=f"{LOGS}/figures/{figure}.ipynb",
            text=f"{LOGS}/figures/{figure}.log",
        benchmark:
            f"{BENCHMARKS}/figures/{figure}.tsv"
        resources:
            mem_mb=1500,
        params:
            # Notebooks get paths and settings as one JSON parameter.
            given=lambda wildcards, input: as_json(
                input,
                settings=CONFIG.figures.model_dump(mode="json")
                | {"invented": CONFIG.source == "talkers"},
            ),
            stem=f"{RESULTS}/figures/{figure}",
            timeout=CONFIG.figures.timeout_seconds,
            code=code_hash(f"figures.{figure}"),
        shell:
            "{sys.executable} -m papermill {input.notebook} {log.notebook} -k python3 --no-progress-bar"
            " --execution-timeout {params.timeout} -r given {params.given:q} -r stem {params.stem:q}"
            " 2> {log.text}"
