# The face decoder, from the portraits of the training split.
rule train_decoder:
    input:
        index=PORTRAITS_INDEX,
        portraits=PORTRAITS,
        face_weights=FACE_WEIGHTS,
    output:
        weights=f"{DATA}/{{fold}}decoder/model.safetensors",
        config=f"{DATA}/{{fold}}decoder/config.json",
        history=f"{DATA}/{{fold}}decoder/history.json",
    log:
        f"{DATA_LOGS}/{{fold}}decoder/train.log",
    benchmark:
        f"{DATA_BENCHMARKS}/{{fold}}decoder/train.tsv"
    threads: CONFIG.decoder.training.threads * CONFIG.decoder.training.processes
    resources:
        gpu=CONFIG.decoder.training.processes,
        mem_mb=memory(4000),
    params:
        settings=section("decoder"),
        faces_settings=FACES_SETTINGS,
        command=training_command(CONFIG.decoder.training),
        # Neither is an output: a killed run leaves its checkpoint, and the next goes on from it.
        checkpoint=f"{DATA}/{{fold}}decoder/checkpoint.safetensors",
        logs=f"{DATA_LOGS}/{{fold}}decoder",
        portraits=f"{DATA}/portraits",
        seed=CONFIG.seed,
        code=code_hash("learning.decoder.train"),
    shell:
        # SIGTERM comes to all processes at once: the shell, and what reads the output, stay until this one has saved.
        "trap : TERM; {PYTHON} {params.command} train-decoder --settings {params.settings:q}"
        " --faces-settings {params.faces_settings:q} --seed {params.seed}"
        " --index {input.index} --portraits {params.portraits}"
        " --weights {output.weights} --config {output.config} --history {output.history}"
        " --checkpoint {params.checkpoint} --logs {params.logs} 2> >(trap '' TERM; tee {log} >&2)"
