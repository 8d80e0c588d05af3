from speech2face.talkers.head import MODEL_FILE


# The head model that all talkers share, from the package's data: about a minute, once.
rule build_head_model:
    output:
        model=f"{RESULTS}/talkers/{MODEL_FILE}",
    log:
        f"{LOGS}/talkers/head_model.log",
    benchmark:
        f"{BENCHMARKS}/talkers/head_model.tsv"
    resources:
        mem_mb=2000,
    params:
        folder=f"{RESULTS}/talkers",
        code=code_hash("talkers.head"),
    shell:
        "{SPEECH2FACE} build-head-model --folder {params.folder} 2> >(tee {log} >&2)"


# Videos of one shard of talkers, with their manifest and the truth about each talker.
rule make_talkers:
    input:
        model=rules.build_head_model.output.model,
    output:
        videos=f"{RESULTS}/talkers/{{shard}}.tar",
        manifest=f"{RESULTS}/talkers/{{shard}}.manifest.arrow",
        truth=f"{RESULTS}/talkers/{{shard}}.truth.arrow",
    log:
        f"{LOGS}/talkers/{{shard}}.log",
    benchmark:
        f"{BENCHMARKS}/talkers/{{shard}}.tsv"
    resources:
        mem_mb=1500,
    params:
        settings=section("talkers"),
        seed=CONFIG.seed,
        shards=len(SHARDS),
        code=code_hash("talkers.make"),
    shell:
        "{SPEECH2FACE} make-talkers --settings {params.settings:q} --seed {params.seed}"
        " --shard {wildcards.shard} --shards {params.shards} --head-model {input.model}"
        " --videos {output.videos} --manifest {output.manifest} --truth {output.truth} 2> >(tee {log} >&2)"
