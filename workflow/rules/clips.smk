# The manifest of a shard, as the source gives it.
MANIFEST = (
    rules.make_talkers.output.manifest
    if CONFIG.source == "talkers"
    else (
        rules.download_clips.output.manifest
        if CONFIG.source == "segments"
        else f"{DATA}/sources/{{shard}}.arrow"
    )
)


# Sound and a few frames of each clip, from the videos of one shard.
rule cut_clips:
    input:
        manifest=MANIFEST,
    output:
        shard=f"{DATA}/clips/{{shard}}.arrow",
    log:
        f"{DATA_LOGS}/clips/{{shard}}.log",
    benchmark:
        f"{DATA_BENCHMARKS}/clips/{{shard}}.tsv"
    group:
        "shards"
    resources:
        mem_mb=memory(1000),
    params:
        settings=section("clips"),
        code=code_hash("data.clips.cut"),
    shell:
        "{SPEECH2FACE} cut-clips --settings {params.settings:q} --manifest {input.manifest}"
        " --output {output.shard} 2> >(tee {log} >&2)"
