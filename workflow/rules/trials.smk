# Further recordings of the test talkers: a long one, and others in several languages.
rule speak_trials:
    input:
        index=INDEX,
    output:
        speech=f"{DATA}/trials/speech.arrow",
    log:
        f"{DATA_LOGS}/trials/speech.log",
    benchmark:
        f"{DATA_BENCHMARKS}/trials/speech.tsv"
    resources:
        mem_mb=memory(1000),
    params:
        world=section("talkers"),
        settings=section("trials"),
        seed=CONFIG.seed,
        code=code_hash("evaluation.trials.speech"),
    shell:
        "{SPEECH2FACE} speak-trials --settings {params.settings:q} --world {params.world:q} --seed {params.seed}"
        " --index {input.index} --output {output.speech} 2> >(tee {log} >&2)"


# Voice embeddings of other lengths, moments and languages.
rule encode_trials:
    input:
        index=INDEX,
        clips=expand(rules.cut_clips.output.shard, shard=SHARDS),
        faces=expand(rules.find_faces.output.shard, shard=SHARDS),
        speech=rules.speak_trials.output.speech,
        encoder=model_files("encoder")[:2],
    output:
        lengths=f"{RESULTS}/trials/lengths.arrow",
        moments=f"{RESULTS}/trials/moments.arrow",
        languages=f"{RESULTS}/trials/languages.arrow",
    log:
        f"{LOGS}/trials/encode.log",
    benchmark:
        f"{BENCHMARKS}/trials/encode.tsv"
    threads: CONFIG.reconstructions.threads
    resources:
        gpu=1,
        mem_mb=memory(2000),
    params:
        settings=section("trials"),
        clips=f"{DATA}/clips",
        faces=f"{DATA}/faces",
        seed=CONFIG.seed,
        code=code_hash("evaluation.trials.encode"),
    shell:
        "{SPEECH2FACE} encode-trials --settings {params.settings:q} --seed {params.seed} --threads {threads}"
        " --index {input.index} --clips {params.clips} --faces {params.faces} --speech {input.speech}"
        " --encoder {input.encoder} --lengths {output.lengths} --moments {output.moments}"
        " --languages {output.languages} 2> >(tee {log} >&2)"


VARIANT_FOLDERS = [f"{DATA}/variants/{name}" for name in CONFIG.trials.variants]
VARIANT_MODELS = expand(
    "{folder}/encoder/{file}",
    folder=VARIANT_FOLDERS,
    file=["model.safetensors", "config.json"],
)


# Embeddings of the test clips by the run's voice encoder and its variants.
rule encode_variants:
    input:
        index=INDEX,
        clips=expand(rules.cut_clips.output.shard, shard=SHARDS),
        faces=expand(rules.find_faces.output.shard, shard=SHARDS),
        encoders=[*model_files("encoder")[:2], *VARIANT_MODELS],
    output:
        variants=f"{RESULTS}/trials/variants.arrow",
    log:
        f"{LOGS}/trials/variants.log",
    benchmark:
        f"{BENCHMARKS}/trials/variants.tsv"
    threads: CONFIG.reconstructions.threads
    resources:
        gpu=1,
        mem_mb=memory(2000),
    params:
        names=["run", *CONFIG.trials.variants],
        clips=f"{DATA}/clips",
        faces=f"{DATA}/faces",
        seed=CONFIG.seed,
        code=code_hash("evaluation.trials.encode"),
    shell:
        "{SPEECH2FACE} encode-variants --seed {params.seed} --threads {threads} --index {input.index}"
        " --clips {params.clips} --faces {params.faces} --names {params.names} --encoders {input.encoders}"
        " --output {output.variants} 2> >(tee {log} >&2)"
