# Every figure with its interval, from the reconstructions and the world's truth where there is one.
rule measure:
    input:
        index=rules.split_clips.output.index,
        faces=expand(rules.find_faces.output.shard, shard=SHARDS),
        reconstructions=rules.reconstruct.output.shard,
        truth=(
            expand(rules.make_talkers.output.truth, shard=SHARDS)
            if CONFIG.source == "talkers"
            else []
        ),
    output:
        summary=f"{RESULTS}/metrics/summary.json",
        table=f"{RESULTS}/metrics/summary.csv",
    log:
        f"{LOGS}/metrics/measure.log",
    benchmark:
        f"{BENCHMARKS}/metrics/measure.tsv"
    resources:
        mem_mb=2000,
    params:
        settings=section("metrics"),
        faces=f"{DATA}/faces",
        seed=CONFIG.seed,
        code=code_hash("metrics.measure"),
    shell:
        "{SPEECH2FACE} measure --settings {params.settings:q} --seed {params.seed} --index {input.index}"
        " --faces {params.faces} --reconstructions {input.reconstructions} --truth {input.truth}"
        " --summary {output.summary} --table {output.table} 2> >(tee {log} >&2)"
