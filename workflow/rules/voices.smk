# How much of each clip's sound is speech, and how loud it is.
rule hear_voices:
    input:
        clips=rules.cut_clips.output.shard,
    output:
        shard=f"{DATA}/voices/{{shard}}.arrow",
    log:
        f"{DATA_LOGS}/voices/{{shard}}.log",
    benchmark:
        f"{DATA_BENCHMARKS}/voices/{{shard}}.tsv"
    group:
        "shards"
    resources:
        mem_mb=1500,
    params:
        settings=section("voices"),
        code=code_hash("voices.hear"),
    shell:
        "{SPEECH2FACE} hear-voices --settings {params.settings:q} --clips {input.clips}"
        " --output {output.shard} 2> >(tee {log} >&2)"
