# What each figure is drawn from, in the order of the report. Its title and caption are in workflow/captions.
_INDEX = {"index": INDEX}
_CLIPS = {"clips": expand(rules.cut_clips.output.shard, shard=SHARDS)}
_DECODER = {"decoder": model_files("decoder")[:2]}
_ENCODER = {"encoder": model_files("encoder")[:2]}
_HISTORY = f"{DATA}/decoder/history.json"
_CURVES = expand("{folder}/encoder/history.json", folder=[RESULTS, *VARIANT_FOLDERS])


def trial(name):
    """The table of a trial, and what its pictures are drawn with."""
    return {name: f"{RESULTS}/trials/{name}.arrow"} | _MADE | _DECODER


FIGURES = {
    "teaser": _MADE | _INDEX | _CLIPS,
    "system": _MADE | _ENCODER | _DECODER | {"history": _CURVES[0]},
    "talkers": {
        "truth": expand(rules.make_talkers.output.truth, shard=SHARDS),
        "clips": rules.cut_clips.output.shard.format(shard=SHARDS[0]),
    },
    "population": measured("population"),
    "triplets": _MADE,
    "triplet_gallery": _MADE,
    "published": _MADE | {"published": PUBLISHED},
    "decoder_parts": _MADE | _DECODER,
    "gain": {"gain": f"{RESULTS}/reconstructions/gain.json"} | _MADE | _DECODER,
    "generation": measured("generation", "sharpness"),
    "attributes": measured("attributes"),
    "confusion": measured("confusion"),
    "confusion_upper": measured("confusion"),
    "craniofacial": measured("craniofacial") | _MADE,
    "similarity": measured("similarity"),
    "retrieval": measured("retrieval", "judges"),
    "retrieval_examples": _MADE | _PREDICTIONS,
    "retrieval_gallery": _MADE | _PREDICTIONS,
    "matching": measured("association"),
    "leakage": measured("leakage"),
    "lengths": measured("lengths") | trial("lengths"),
    "consistency": measured("consistency") | trial("moments"),
    "languages": measured("languages") | trial("languages"),
    "failures": measured("failures") | _PREDICTIONS | _FACES | _MADE,
    "cartoons": _MADE,
    "features": measured("features") | _PREDICTIONS,
    "scaling": measured("scaling"),
    "learning_curves": {"decoder": _HISTORY, "encoder": _CURVES[0]},
    "convergence": measured("convergence") | {"histories": _CURVES} | trial("variants"),
}
if unknown := set(CONFIG.figures.shown or []) - set(FIGURES):
    raise WorkflowError(
        f"There is no figure {min(unknown)!r}; figures.shown may name {', '.join(FIGURES)}."
    )
_LEFT_OUT = {
    # They need true parameters or trials, which talkers alone have, or read attributes off single people.
    "talkers lengths consistency languages failures": CONFIG.source != "talkers",
    # Only the samples come with pictures of others.
    "published": not PUBLISHED,
    # Only a run that trained one voice encoder is compared with its variants.
    "convergence": CONFIG.variant or CONFIG.models or CONFIG.splits.folds,
    # Each fold chooses and learns its own; a run without training does neither.
    "gain learning_curves": CONFIG.models or CONFIG.splits.folds,
    # Many fits, each to a part of the people: only the closed form makes that cheap.
    "scaling": not FINAL or CONFIG.encoder.preset != "speaker" or CONFIG.models,
    # Folds have no common training split for the probes of attributes.
    "attributes confusion confusion_upper": CONFIG.splits.folds,
}
_WANTED = set(CONFIG.figures.shown or FIGURES).difference(
    *(names.split() for names, left_out in _LEFT_OUT.items() if left_out)
)
FIGURES_OF_RUN = [name for name in FIGURES if name in _WANTED]
_MEASURED = flatten(FIGURES[x].get("measures", []) for x in FIGURES_OF_RUN)
MEASURES_OF_RUN = sorted(set(_MEASURED))


def figure_files(*kinds):
    """The figures that this run can draw, as files of some kinds."""
    files = f"{RESULTS}/figures/{{name}}.{{kind}}"
    return expand(files, name=FIGURES_OF_RUN, kind=kinds)


_SETTINGS = CONFIG.figures.model_dump() | {"invented": CONFIG.source == "talkers"}


for figure, figure_inputs in FIGURES.items():

    # Execute one notebook; the executed copy is a log, since it holds timings, but among the results, to be opened.
    rule:
        name:
            f"draw_{figure}"
        input:
            **figure_inputs,
            notebook=own(f"notebooks/{figure}.ipynb"),
        output:
            png=report(
                f"{RESULTS}/figures/{figure}.png",
                caption=f"../captions/{figure}.rst",
                category="Figures",
                labels={"figure": figure.replace("_", " ")},
            ),
            vectors=multiext(f"{RESULTS}/figures/{figure}", ".pdf", ".svg"),
        log:
            notebook=f"{RESULTS}/notebooks/{figure}.ipynb",
            text=f"{LOGS}/figures/{figure}.log",
        benchmark:
            f"{BENCHMARKS}/figures/{figure}.tsv"
        group:
            "figures"
        resources:
            mem_mb=memory(1500),
        params:
            # Paths and settings as JSON, which is YAML too; Snakemake ignores changes of what it derives from `input`.
            given=as_json(figure_inputs, settings=_SETTINGS),
            stem=f"{RESULTS}/figures/{figure}",
            timeout=CONFIG.figures.timeout_seconds,
            code=code_hash(f"evaluation.figures.{figure}"),
        shell:
            "{PYTHON} -m papermill {input.notebook} {log.notebook} -k python3 --no-progress-bar"
            " --execution-timeout {params.timeout} -y {params.given:q} -r stem {params.stem:q}"
            # Messages of the kernel go to the log; only the final error goes to the user.
            " 2> {log.text} || {{ tail -n 3 {log.text} >&2; exit 1; }}"
