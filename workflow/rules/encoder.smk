OF_RUN = f"variants/{CONFIG.variant}/" if CONFIG.variant else ""
VARIANT_CONFIGS = {
    name: own(f"config/variants/{name}.yaml") for name in CONFIG.trials.variants
}


def encoder_config(wildcards):
    """The config section of the run's voice encoder, or of the variant that `of` names, put on top of the run's."""
    of = wildcards.of.partition("ensemble/")[0]
    if of == OF_RUN:
        return CONFIG.encoder
    return configs.with_overlay(VALUES, VARIANT_CONFIGS[Path(of).name]).encoder


def encoder_seed(wildcards):
    """The seed of the run and of its voice encoder; of a further one of the ensemble, another."""
    number = int(wildcards.of.partition("ensemble/")[2].rstrip("/") or 0)
    return CONFIG.seed + 1000 * encoder_config(wildcards).seed + number


# What preset `speaker` predicts faces from: every voice is heard once for all folds.
rule embed_speakers:
    input:
        clips=rules.cut_clips.output.shard,
    output:
        shard=f"{DATA}/speakers/{{shard}}.arrow",
    log:
        f"{DATA_LOGS}/speakers/{{shard}}.log",
    benchmark:
        f"{DATA_BENCHMARKS}/speakers/{{shard}}.tsv"
    group:
        "shards"
    resources:
        mem_mb=memory(2000),
    params:
        seed=CONFIG.seed,
        code=code_hash("learning.encoder.embed"),
    shell:
        "{SPEECH2FACE} embed-speakers --clips {input.clips} --seed {params.seed} --output {output.shard}"
        " 2> >(tee {log} >&2)"


# A voice encoder, from the voices of the training speakers and their face embeddings: the run's, a variant's, or one more of either.
rule train_encoder:
    input:
        index=rules.split_clips.output.index,
        clips=expand(rules.cut_clips.output.shard, shard=SHARDS),
        faces=expand(rules.find_faces.output.shard, shard=SHARDS),
        speakers=lambda wildcards: (
            expand(rules.embed_speakers.output.shard, shard=SHARDS)
            if encoder_config(wildcards).preset == "speaker"
            else []
        ),
        face_weights=FACE_WEIGHTS,
        decoder=[MODELS["decoder"].weights, MODELS["decoder"].config],
    output:
        weights=f"{DATA}/{{of}}{{fold}}encoder/model.safetensors",
        config=f"{DATA}/{{of}}{{fold}}encoder/config.json",
        history=f"{DATA}/{{of}}{{fold}}encoder/history.json",
    log:
        f"{DATA_LOGS}/{{of}}{{fold}}encoder/train.log",
    benchmark:
        f"{DATA}/{{of}}benchmarks/{{fold}}encoder/train.tsv"
    threads:
        lambda wildcards: encoder_config(wildcards).training.threads
        * encoder_config(wildcards).training.processes
    resources:
        gpu=lambda wildcards: encoder_config(wildcards).training.processes,
        mem_mb=memory(4000),
    params:
        settings=lambda wildcards: as_settings(encoder_config(wildcards)),
        faces_settings=FACES_SETTINGS,
        command=lambda wildcards: training_command(encoder_config(wildcards).training),
        # Neither is an output: a killed run leaves its checkpoint, and the next goes on from it.
        checkpoint=f"{DATA}/{{of}}{{fold}}encoder/checkpoint.safetensors",
        logs=f"{DATA_LOGS}/{{of}}{{fold}}encoder",
        clips=f"{DATA}/clips",
        faces=f"{DATA}/faces",
        speakers=f"{DATA}/speakers",
        seed=encoder_seed,
        code=code_hash("learning.encoder.train"),
    shell:
        # SIGTERM comes to all processes at once: the shell, and what reads the output, stay until this one has saved.
        "trap : TERM; {PYTHON} {params.command} train-encoder --settings {params.settings:q}"
        " --faces-settings {params.faces_settings:q} --seed {params.seed} --index {input.index}"
        " --clips {params.clips} --faces {params.faces} --speakers {params.speakers}"
        " --decoder {input.decoder}"
        " --weights {output.weights} --config {output.config} --history {output.history}"
        " --checkpoint {params.checkpoint} --logs {params.logs} 2> >(trap '' TERM; tee {log} >&2)"
