# The voice encoder, from the voices of the training speakers and their face embeddings.
rule train_encoder:
    input:
        index=rules.split_clips.output.index,
        clips=expand(rules.cut_clips.output.shard, shard=SHARDS),
        faces=expand(rules.find_faces.output.shard, shard=SHARDS),
    output:
        weights=f"{RESULTS}/encoder/model.safetensors",
        config=f"{RESULTS}/encoder/config.json",
        history=f"{RESULTS}/encoder/history.jsonl",
    log:
        f"{LOGS}/encoder/train.log",
    benchmark:
        f"{BENCHMARKS}/encoder/train.tsv"
    threads: CONFIG.encoder.training.threads
    resources:
        gpu=1,
        mem_mb=4000,
    params:
        settings=section("encoder"),
        clips=f"{RESULTS}/clips",
        faces=f"{RESULTS}/faces",
        seed=CONFIG.seed,
        code=code_hash("encoder.train"),
    shell:
        "{SPEECH2FACE} train-encoder --settings {params.settings:q} --seed {params.seed} --index {input.index}"
        " --clips {params.clips} --faces {params.faces}"
        " --weights {output.weights} --config {output.config} --history {output.history} 2> >(tee {log} >&2)"
