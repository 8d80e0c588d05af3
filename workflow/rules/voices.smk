# How much of each clip's sound is speech, and how loud it is.
rule measure_voices:
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
        mem_mb=memory(1500),
    params:
        settings=section("voices"),
        code=code_hash("data.voices.measure"),
    shell:
        "{SPEECH2FACE} measure-voices --settings {params.settings:q} --clips {input.clips}"
        " --output {output.shard} 2> >(tee {log} >&2)"
