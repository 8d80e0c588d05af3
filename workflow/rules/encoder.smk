# The voice encoder, from the voices of the training speakers and their face embeddings.
rule train_encoder:
    input:
        index=rules.split_clips.output.index,
        clips=expand(rules.cut_clips.output.shard, shard=SHARDS),
        faces=expand(rules.find_faces.output.shard, shard=SHARDS),
        decoder=[MODELS["decoder"].weights, MODELS["decoder"].config],
    output:
        weights=f"{RESULTS}/encoder/model.safetensors",
        config=f"{RESULTS}/encoder/config.json",
        history=f"{RESULTS}/encoder/history.jsonl",
    log:
        f"{LOGS}/encoder/train.log",
    benchmark:
        f"{BENCHMARKS}/encoder/train.tsv"
    threads: CONFIG.encoder.training.threads * CONFIG.encoder.training.processes
    resources:
        gpu=CONFIG.encoder.training.processes,
        mem_mb=4000,
    params:
        settings=section("encoder"),
        command=training_command(CONFIG.encoder.training),
        # Neither is an output: a killed run leaves its checkpoint, and the next goes on from it.
        checkpoint=f"{RESULTS}/encoder/checkpoint.safetensors",
        logs=f"{LOGS}/encoder",
        clips=f"{DATA}/clips",
        faces=f"{DATA}/faces",
        seed=CONFIG.seed,
        code=code_hash("encoder.train"),
    shell:
        "{params.command} train-encoder --settings {params.settings:q} --seed {params.seed} --index {input.index}"
        " --clips {params.clips} --faces {params.faces} --decoder {input.decoder}"
        " --weights {output.weights} --config {output.config} --history {output.history}"
        " --checkpoint {params.checkpoint} --logs {params.logs} 2> >(tee {log} >&2)"
