# What every way of guessing says of each test clip: the models, the world's ceiling and the floors.
rule answer:
    input:
        index=rules.split_clips.output.index,
        clips=expand(rules.cut_clips.output.shard, shard=SHARDS),
        faces=expand(rules.find_faces.output.shard, shard=SHARDS),
        voices=expand(rules.hear_voices.output.shard, shard=SHARDS),
        reconstructions=rules.reconstruct.output.shard,
        encoder=[MODELS["encoder"].weights, MODELS["encoder"].config],
        truth=(
            expand(rules.make_talkers.output.truth, shard=SHARDS)
            if CONFIG.source == "talkers"
            else []
        ),
    output:
        answers=f"{RESULTS}/answers/test.arrow",
    log:
        f"{LOGS}/answers/answer.log",
    benchmark:
        f"{BENCHMARKS}/answers/answer.tsv"
    threads: CONFIG.reconstructions.threads
    resources:
        gpu=1,
        mem_mb=2000,
    params:
        folders=f"--clips {DATA}/clips --faces {DATA}/faces --voices {DATA}/voices",
        seed=CONFIG.seed,
        code=code_hash("answers.guess"),
    shell:
        "{SPEECH2FACE} answer --seed {params.seed} --threads {threads} --index {input.index} {params.folders}"
        " --reconstructions {input.reconstructions} --encoder {input.encoder} --truth {input.truth}"
        " --output {output.answers} 2> >(tee {log} >&2)"
