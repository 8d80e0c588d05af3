# How far from the mean face a voice is drawn, chosen with the validation speakers.
rule choose_gain:
    input:
        index=rules.split_clips.output.index,
        clips=expand(rules.cut_clips.output.shard, shard=SHARDS),
        faces=expand(rules.find_faces.output.shard, shard=SHARDS),
        face_weights=FACE_WEIGHTS,
        decoder=[MODELS["decoder"].weights, MODELS["decoder"].config],
        encoder=[MODELS["encoder"].weights, MODELS["encoder"].config],
    output:
        gain=f"{RESULTS}/{{fold}}reconstructions/gain.json",
    log:
        f"{LOGS}/{{fold}}reconstructions/gain.log",
    benchmark:
        f"{BENCHMARKS}/{{fold}}reconstructions/gain.tsv"
    group:
        "predictions"
    threads: CONFIG.reconstructions.threads
    resources:
        gpu=1,
        mem_mb=memory(3000),
    params:
        settings=section("reconstructions"),
        faces_settings=FACES_SETTINGS,
        clips=f"{DATA}/clips",
        faces=f"{DATA}/faces",
        seed=CONFIG.seed,
        code=code_hash("evaluation.reconstructions.gain"),
    shell:
        "{SPEECH2FACE} choose-gain --settings {params.settings:q} --faces-settings {params.faces_settings:q}"
        " --seed {params.seed} --index {input.index} --clips {params.clips} --faces {params.faces}"
        " --decoder {input.decoder} --encoder {input.encoder} --output {output.gain} 2> >(tee {log} >&2)"


# Pictures of the test split, decoded from face and from voice, and the faces found in them.
rule reconstruct:
    input:
        index=rules.split_clips.output.index,
        clips=expand(rules.cut_clips.output.shard, shard=SHARDS),
        faces=expand(rules.find_faces.output.shard, shard=SHARDS),
        face_weights=FACE_WEIGHTS,
        decoder=[MODELS["decoder"].weights, MODELS["decoder"].config],
        encoder=[MODELS["encoder"].weights, MODELS["encoder"].config],
        gain=rules.choose_gain.output.gain,
    output:
        shard=f"{RESULTS}/{{fold}}reconstructions/test.arrow",
    log:
        f"{LOGS}/{{fold}}reconstructions/reconstruct.log",
    benchmark:
        f"{BENCHMARKS}/{{fold}}reconstructions/reconstruct.tsv"
    group:
        "predictions"
    threads: CONFIG.reconstructions.threads
    resources:
        gpu=1,
        mem_mb=memory(3000),
    params:
        settings=section("reconstructions"),
        faces_settings=FACES_SETTINGS,
        clips=f"{DATA}/clips",
        faces=f"{DATA}/faces",
        seed=CONFIG.seed,
        code=code_hash("evaluation.reconstructions.reconstruct"),
    shell:
        "{SPEECH2FACE} reconstruct --settings {params.settings:q} --faces-settings {params.faces_settings:q}"
        " --seed {params.seed} --index {input.index} --clips {params.clips} --faces {params.faces}"
        " --decoder {input.decoder} --encoder {input.encoder} --gain {input.gain} --output {output.shard} 2> >(tee {log} >&2)"
