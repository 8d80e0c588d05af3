# The index of clips that are good on both sides, shared out by speaker, and the status of every clip.
rule split_clips:
    input:
        clips=expand(rules.cut_clips.output.shard, shard=SHARDS),
        faces=expand(rules.find_faces.output.shard, shard=SHARDS),
        voices=expand(rules.measure_voices.output.shard, shard=SHARDS),
    output:
        index=f"{DATA}/{{fold}}splits/index.arrow",
    log:
        f"{DATA_LOGS}/{{fold}}splits/split.log",
        # Not an output: it must be there to read when no clip is left and the job fails.
        status=f"{DATA}/{{fold}}splits/status.csv",
    benchmark:
        f"{DATA_BENCHMARKS}/{{fold}}splits/split.tsv"
    resources:
        mem_mb=memory(2000),
    params:
        settings=lambda wildcards: as_settings(
            CONFIG.splits.model_copy(update={"test": 0.0})
            if wildcards.fold == "final/"
            else CONFIG.splits
        ),
        seed=CONFIG.seed,
        fold=lambda wildcards: (
            f"--fold {wildcards.fold.split('/')[1]}"
            if wildcards.fold.startswith("folds/")
            else ""
        ),
        shards=SHARDS,
        # Not the files: thousands would be longer than a command may be.
        folder=DATA,
        code=code_hash("data.splits.share"),
    shell:
        "{SPEECH2FACE} split-clips --settings {params.settings:q} --seed {params.seed} {params.fold} --shards {params.shards}"
        " --folder {params.folder}"
        " --index {output.index} --status {log.status} 2> >(tee {log[0]} >&2)"
