# The page with every figure, the paper's claims about it and this run's measures.
rule write_report:
    input:
        figures=figure_files("png"),
        captions=expand("workflow/captions/{name}.rst", name=FIGURES_OF_RUN),
        summary=(rules.collect_metrics.output.summary if MEASURES_OF_RUN else []),
        index=INDEX,
    output:
        page=f"{RESULTS}/report.html",
        claims=f"{RESULTS}/report/claims.json",
        table=f"{RESULTS}/report/claims.csv",
    log:
        f"{LOGS}/report/write.log",
    benchmark:
        f"{BENCHMARKS}/report/write.tsv"
    group:
        "figures"
    resources:
        mem_mb=1000,
    params:
        title=RESULTS.partition("/")[2] or "the default run",
        code=code_hash("evaluation.report.write"),
    shell:
        "{SPEECH2FACE} write-report --title {params.title:q} --figures {input.figures} --captions {input.captions}"
        " --summary {input.summary} --index {input.index} --page {output.page} --claims {output.claims} --table {output.table}"
        " 2> >(tee {log} >&2)"
