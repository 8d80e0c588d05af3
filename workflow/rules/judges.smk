from speech2face.evaluation.judges import fetch as judges

JUDGES = expand(f"{RESULTS}/judges/{{judge}}.arrow", judge=judges.JUDGES)


for judge in judges.JUDGES:

    # True faces and pictures of the test split, embedded by a recogniser that trains nothing; of all folds in one table.
    rule:
        name:
            f"judge_{judge}"
        input:
            indices=[f"{DATA}/{fold}splits/index.arrow" for fold in FOLDS],
            faces=expand(rules.find_faces.output.shard, shard=SHARDS),
            reconstructions=[
                f"{RESULTS}/{fold}reconstructions/test.arrow" for fold in FOLDS
            ],
            published=PUBLISHED,
        output:
            table=f"{RESULTS}/judges/{judge}.arrow",
        log:
            f"{LOGS}/judges/{judge}.log",
        benchmark:
            f"{BENCHMARKS}/judges/{judge}.tsv"
        group:
            "predictions"
        threads: CONFIG.judges.threads
        resources:
            mem_mb=memory(2000),
        params:
            judge=judge,
            settings=section("judges"),
            faces=f"{DATA}/faces",
            published=f"--published {DATA}/samples" if PUBLISHED else "",
            seed=CONFIG.seed,
            # A judge that was fetched since makes the rule run again.
            missing=judges.missing(judge),
            code=code_hash("evaluation.judges.judge"),
        shell:
            "{SPEECH2FACE} judge-pictures --judge {params.judge} --settings {params.settings:q} --seed {params.seed}"
            " --indices {input.indices} --faces {params.faces} --reconstructions {input.reconstructions}"
            " {params.published} --output {output.table} 2> >(tee {log} >&2)"
