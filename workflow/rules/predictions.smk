# Predictions of every method for each test clip: the models, the ceiling and the baselines.
rule predict:
    input:
        index=rules.split_clips.output.index,
        clips=expand(rules.cut_clips.output.shard, shard=SHARDS),
        faces=expand(rules.find_faces.output.shard, shard=SHARDS),
        voices=expand(rules.measure_voices.output.shard, shard=SHARDS),
        reconstructions=rules.reconstruct.output.shard,
        encoder=[MODELS["encoder"].weights, MODELS["encoder"].config],
        published=PUBLISHED,
        truth=(
            expand(rules.make_talkers.output.truth, shard=SHARDS)
            if CONFIG.source == "talkers"
            else []
        ),
    output:
        predictions=f"{RESULTS}/{{fold}}predictions/test.arrow",
    log:
        f"{LOGS}/{{fold}}predictions/predict.log",
    benchmark:
        f"{BENCHMARKS}/{{fold}}predictions/predict.tsv"
    group:
        "predictions"
    threads: CONFIG.reconstructions.threads
    resources:
        gpu=1,
        mem_mb=memory(2000),
    params:
        clips=f"{DATA}/clips",
        faces=f"{DATA}/faces",
        voices=f"{DATA}/voices",
        published=f"--published {DATA}/samples" if PUBLISHED else "",
        seed=CONFIG.seed,
        code=code_hash("evaluation.predictions.predict"),
    shell:
        "{SPEECH2FACE} predict --seed {params.seed} --threads {threads} --index {input.index} --clips {params.clips}"
        " --faces {params.faces} --voices {params.voices} --reconstructions {input.reconstructions}"
        " --encoder {input.encoder} {params.published} --truth {input.truth} --output {output.predictions} 2> >(tee {log} >&2)"


if CONFIG.splits.folds:
    # The tables of all folds in one: each clip is a test clip of one fold.
    _GATHERED = {
        "splits/index": (DATA, "folds"),
        "reconstructions/test": (RESULTS, "folds"),
        "predictions/test": (RESULTS, "predictions"),
    }
    for table, (folder, kind) in _GATHERED.items():

        rule:
            name:
                f"gather_{table.partition('/')[0]}"
            input:
                tables=[f"{folder}/{fold}{table}.arrow" for fold in FOLDS],
            output:
                table=f"{folder}/{table}.arrow",
            log:
                f"{LOGS}/{table}.gather.log",
            benchmark:
                f"{BENCHMARKS}/{table}.gather.tsv"
            resources:
                mem_mb=memory(2000),
            params:
                kind=kind,
                code=code_hash(
                    "evaluation.predictions.gather"
                    if kind == "predictions"
                    else "data.splits.gather"
                ),
            shell:
                "{SPEECH2FACE} gather-{params.kind} --tables {input.tables} --output {output.table} 2> >(tee {log} >&2)"

    ruleorder: gather_splits > split_clips
    ruleorder: gather_reconstructions > reconstruct
    ruleorder: gather_predictions > predict
