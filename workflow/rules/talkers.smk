from speech2face.data.talkers import MODEL_FILE
from speech2face.data.talkers.population import world_of_shard


# The head model that all talkers share, from the package's data: about a minute, once.
rule build_head_model:
    output:
        model=f"{DATA}/talkers/{MODEL_FILE}",
    log:
        f"{DATA_LOGS}/talkers/head_model.log",
    benchmark:
        f"{DATA_BENCHMARKS}/talkers/head_model.tsv"
    resources:
        mem_mb=memory(2000),
    params:
        folder=f"{DATA}/talkers",
        code=code_hash("data.talkers.head"),
    shell:
        "{SPEECH2FACE} build-head-model --folder {params.folder} 2> >(tee {log} >&2)"


# Videos of one shard of talkers, with their manifest and the truth about each talker.
rule make_talkers:
    input:
        model=rules.build_head_model.output.model,
    output:
        videos=f"{DATA}/talkers/{{shard}}.tar",
        manifest=f"{DATA}/talkers/{{shard}}.manifest.arrow",
        truth=f"{DATA}/talkers/{{shard}}.truth.arrow",
    log:
        f"{DATA_LOGS}/talkers/{{shard}}.log",
    benchmark:
        f"{DATA_BENCHMARKS}/talkers/{{shard}}.tsv"
    group:
        "shards"
    resources:
        mem_mb=memory(1500),
    params:
        # Only what this shard shows: another talker must not make it anew.
        world=lambda wildcards: as_settings(
            world_of_shard(CONFIG.talkers, int(wildcards.shard), len(SHARDS))
        ),
        seed=CONFIG.seed,
        shards=len(SHARDS),
        code=code_hash("data.talkers.make"),
    shell:
        "{SPEECH2FACE} make-talkers --world {params.world:q} --seed {params.seed}"
        " --shard {wildcards.shard} --shards {params.shards} --head-model {input.model}"
        " --videos {output.videos} --manifest {output.manifest} --truth {output.truth} 2> >(tee {log} >&2)"
