# The index of clips that are good on both sides, shared out by speaker, and the status of every clip.
rule split_clips:
    input:
        clips=expand(rules.cut_clips.output.shard, shard=SHARDS),
        faces=expand(rules.find_faces.output.shard, shard=SHARDS),
        voices=expand(rules.hear_voices.output.shard, shard=SHARDS),
    output:
        index=f"{DATA}/splits/index.arrow",
    log:
        f"{DATA_LOGS}/splits/split.log",
        # Not an output: it must be there to read when no clip is left and the job fails.
        status=f"{DATA}/splits/status.csv",
    benchmark:
        f"{DATA_BENCHMARKS}/splits/split.tsv"
    resources:
        mem_mb=2000,
    params:
        settings=section("splits"),
        seed=CONFIG.seed,
        shards=SHARDS,
        code=code_hash("splits.share"),
    shell:
        "{SPEECH2FACE} split-clips --settings {params.settings:q} --seed {params.seed} --shards {params.shards}"
        " --clips {input.clips} --faces {input.faces} --voices {input.voices}"
        " --index {output.index} --status {log.status} 2> >(tee {log[0]} >&2)"
