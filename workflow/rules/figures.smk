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
        group:
            "figures"
        resources:
            mem_mb=1500,
        params:
            # Notebooks get paths and settings as one JSON parameter. Not made of `input`: Snakemake takes no notice of
            # a change of what it derives itself.
            given=as_json(
                figure_inputs,
                settings=CONFIG.figures.model_dump(mode="json")
                | {"invented": CONFIG.source == "talkers"},
            ),
            stem=f"{RESULTS}/figures/{figure}",
            timeout=CONFIG.figures.timeout_seconds,
            code=code_hash(f"evaluation.figures.{figure}"),
        shell:
            "{sys.executable} -m papermill {input.notebook} {log.notebook} -k python3 --no-progress-bar"
            " --execution-timeout {params.timeout} -r given {params.given:q} -r stem {params.stem:q}"
            # What a kernel says is for the log; the error that ends it is for the user.
            " 2> {log.text} || {{ tail -n 3 {log.text} >&2; exit 1; }}"
