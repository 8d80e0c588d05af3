# One notebook a figure: what it reads, and how the report introduces it.
FIGURES = {
    "talkers": {
        "truth": expand(rules.make_talkers.output.truth, shard=SHARDS),
        "clips": rules.cut_clips.output.shard.format(shard=SHARDS[0]),
    },
    "triplets": {"reconstructions": rules.reconstruct.output.shard},
    "decoder_parts": {
        "reconstructions": rules.reconstruct.output.shard,
        "decoder": [MODELS["decoder"].weights, MODELS["decoder"].config],
    },
    "retrieval": {"summary": rules.measure.output.summary},
    "retrieval_examples": {"reconstructions": rules.reconstruct.output.shard},
    "attributes": {"summary": rules.measure.output.summary},
    "learning_curves": {
        "decoder": f"{DATA}/decoder/history.jsonl",
        "encoder": f"{RESULTS}/encoder/history.jsonl",
    },
}
# What can be drawn of a folder of videos that nothing is known about.
FIGURES_OF = {"talkers": list(FIGURES), "folder": ["triplets", "decoder_parts"]}


def figure_files():
    """The figures that this run's source allows, as pictures and as vectors."""
    return expand(
        f"{RESULTS}/figures/{{name}}.{{kind}}",
        name=FIGURES_OF[CONFIG.source],
        kind=["png", "pdf"],
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
            pdf=f"{RESULTS}/figures/{figure}.pdf",
        log:
            notebook=f"{LOGS}/figures/{figure}.ipynb",
            text=f"{LOGS}/figures/{figure}.log",
        benchmark:
            f"{BENCHMARKS}/figures/{figure}.tsv"
        resources:
            mem_mb=1500,
        params:
            # Notebooks get paths and settings as one JSON parameter.
            given=lambda wildcards, input: json.dumps(
                {
                    "inputs": {
                        key: value for key, value in input.items() if key != "notebook"
                    },
                    "settings": CONFIG.figures.model_dump(mode="json"),
                },
                default=list,
            ),
            stem=f"{RESULTS}/figures/{figure}",
            timeout=CONFIG.figures.timeout_seconds,
            code=code_hash(f"figures.{figure}"),
        shell:
            "{sys.executable} -m papermill {input.notebook} {log.notebook} -k python3 --no-progress-bar"
            " --execution-timeout {params.timeout} -r given {params.given:q} -r stem {params.stem:q}"
            " 2> {log.text}"
