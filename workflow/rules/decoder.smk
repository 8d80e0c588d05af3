# The face decoder, from the crops and embeddings of the training speakers.
rule train_decoder:
    input:
        index=rules.split_clips.output.index,
        faces=expand(rules.find_faces.output.shard, shard=SHARDS),
    output:
        weights=f"{RESULTS}/decoder/model.safetensors",
        config=f"{RESULTS}/decoder/config.json",
        history=f"{RESULTS}/decoder/history.jsonl",
    log:
        f"{LOGS}/decoder/train.log",
    benchmark:
        f"{BENCHMARKS}/decoder/train.tsv"
    threads: CONFIG.decoder.training.threads
    resources:
        gpu=1,
        mem_mb=4000,
    params:
        settings=section("decoder"),
        faces=f"{RESULTS}/faces",
        seed=CONFIG.seed,
        code=code_hash("decoder.train"),
    shell:
        "{SPEECH2FACE} train-decoder --settings {params.settings:q} --seed {params.seed}"
        " --index {input.index} --faces {params.faces}"
        " --weights {output.weights} --config {output.config} --history {output.history} 2> >(tee {log} >&2)"
