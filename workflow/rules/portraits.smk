# Pictures of faces for the face decoder, with the mask of the head.
# Whether the decoder learns from the faces of the run's clips.
OF_CLIPS = CONFIG.portraits.source == "clips" or (
    CONFIG.portraits.source == "folder" and CONFIG.portraits.folder.clips
)


# Portraits of one shard. Of the invented world: stills of people who are in no video, and of the test talkers as the
# reference of what is made for them. Of real people: the faces of the folder's pictures, of the clips, or of both.
if CONFIG.portraits.source == "talkers":

    rule draw_portraits:
        input:
            index=INDEX,
            model=rules.build_head_model.output.model,
            face_weights=FACE_WEIGHTS,
        output:
            shard=f"{DATA}/portraits/{{shard}}.arrow",
        log:
            f"{DATA_LOGS}/portraits/{{shard}}.log",
        benchmark:
            f"{DATA_BENCHMARKS}/portraits/{{shard}}.tsv"
        group:
            "portraits"
        resources:
            mem_mb=memory(2000),
        params:
            world=section("talkers"),
            settings=section("portraits"),
            faces_settings=FACES_SETTINGS,
            seed=CONFIG.seed,
            shards=len(SHARDS),
            code=code_hash("data.portraits.draw"),
        shell:
            "{SPEECH2FACE} draw-portraits --index {input.index} --world {params.world:q} --settings {params.settings:q}"
            " --faces-settings {params.faces_settings:q} --seed {params.seed} --shard {wildcards.shard}"
            " --shards {params.shards} --head-model {input.model} --output {output.shard} 2> >(tee {log} >&2)"

else:

    rule find_portraits:
        input:
            pictures=[f"{DATA}/portraits/pictures/{{shard}}.arrow"] if PICTURES else [],
            clips=[rules.cut_clips.output.shard] if OF_CLIPS else [],
            faces=[rules.find_faces.output.shard] if OF_CLIPS else [],
            face_weights=FACE_WEIGHTS,
        output:
            shard=f"{DATA}/portraits/{{shard}}.arrow",
        log:
            f"{DATA_LOGS}/portraits/{{shard}}.log",
        benchmark:
            f"{DATA_BENCHMARKS}/portraits/{{shard}}.tsv"
        group:
            "shards"
        resources:
            mem_mb=memory(2000),
        params:
            settings=FACES_SETTINGS,
            clips_settings=section("clips"),
            code=code_hash("data.portraits.find"),
        shell:
            "{SPEECH2FACE} find-portraits --pictures {input.pictures} --clips {input.clips} --faces {input.faces}"
            " --settings {params.settings:q} --clips-settings {params.clips_settings:q} --output {output.shard}"
            " 2> >(tee {log} >&2)"


# The shards that the face decoder learns from.
PORTRAITS = expand(f"{DATA}/portraits/{{shard}}.arrow", shard=SHARDS)


# The index of usable portraits, shared out by person; whoever is in the clips keeps the split of these.
rule index_portraits:
    input:
        clips=rules.split_clips.output.index,
        portraits=PORTRAITS,
    output:
        index=f"{DATA}/{{fold}}portraits/index.arrow",
    log:
        f"{DATA_LOGS}/{{fold}}portraits/index.log",
        # Not an output: it must be there to read when no portrait is left and the job fails.
        status=f"{DATA}/{{fold}}portraits/status.csv",
    benchmark:
        f"{DATA_BENCHMARKS}/{{fold}}portraits/index.tsv"
    resources:
        mem_mb=memory(2000),
    params:
        settings=section("portraits"),
        seed=CONFIG.seed,
        shards=SHARDS,
        # Not the files: thousands would be longer than a command may be.
        folder=f"{DATA}/portraits",
        code=code_hash("data.portraits.index"),
    shell:
        "{SPEECH2FACE} index-portraits --folder {params.folder} --shards {params.shards} --clips {input.clips}"
        " --settings {params.settings:q} --seed {params.seed} --index {output.index} --status {log.status}"
        " 2> >(tee {log[0]} >&2)"


# Where the portraits of each split are: those of clips alone are where the clips are.
PORTRAITS_INDEX = (
    rules.split_clips.output.index
    if CONFIG.portraits.source == "clips"
    else rules.index_portraits.output.index
)
