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
        answers=f"{RESULTS}/{{fold}}answers/test.arrow",
    log:
        f"{LOGS}/{{fold}}answers/answer.log",
    benchmark:
        f"{BENCHMARKS}/{{fold}}answers/answer.tsv"
    group:
        "answers"
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


if CONFIG.splits.folds:
    # What every clip was tested with, whichever fold it is in.
    _GATHERED = {
        "splits/index": (DATA, "folds"),
        "reconstructions/test": (RESULTS, "folds"),
        "answers/test": (RESULTS, "answers"),
    }
    for table, (place, kind) in _GATHERED.items():

        rule:
            name:
                f"gather_{table.partition('/')[0]}"
            input:
                tables=[f"{place}/{fold}{table}.arrow" for fold in FOLDS],
            output:
                table=f"{place}/{table}.arrow",
            log:
                f"{LOGS}/{table}.gather.log",
            benchmark:
                f"{BENCHMARKS}/{table}.gather.tsv"
            resources:
                mem_mb=2000,
            params:
                kind=kind,
                code=code_hash(
                    "answers.gather" if kind == "answers" else "splits.gather"
                ),
            shell:
                "{SPEECH2FACE} gather-{params.kind} --tables {input.tables} --output {output.table} 2> >(tee {log} >&2)"

    ruleorder: gather_splits > split_clips
    ruleorder: gather_reconstructions > reconstruct
    ruleorder: gather_answers > answer
