report: "../report.rst"


# The page with every figure, the paper's claims about it and this run's measures.
rule write_report:
    input:
        figures=figure_files("png"),
        captions=[own(f"workflow/captions/{name}.rst") for name in FIGURES_OF_RUN],
        summary=(rules.collect_metrics.output.summary if MEASURES_OF_RUN else []),
        index=INDEX,
    output:
        page=report(f"{RESULTS}/report.html", category="Report"),
        claims=f"{RESULTS}/report/claims.json",
        table=report(f"{RESULTS}/report/claims.csv", category="Tables"),
    log:
        f"{LOGS}/report/write.log",
    benchmark:
        f"{BENCHMARKS}/report/write.tsv"
    group:
        "figures"
    resources:
        mem_mb=memory(1000),
    params:
        title=RESULTS.partition(os.sep)[2] or "the default run",
        code=code_hash("evaluation.report.write"),
    shell:
        "{SPEECH2FACE} write-report --title {params.title:q} --figures {input.figures} --captions {input.captions}"
        " --summary {input.summary} --index {input.index} --page {output.page} --claims {output.claims} --table {output.table}"
        " 2> >(tee {log} >&2)"
