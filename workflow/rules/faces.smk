# The best face of each clip: landmarks, aligned crop and embedding.
rule find_faces:
    input:
        manifest=rules.cut_clips.input.manifest,
        clips=rules.cut_clips.output.shard,
        weights=FACE_WEIGHTS,
    output:
        shard=f"{DATA}/faces/{{shard}}.arrow",
    log:
        f"{DATA_LOGS}/faces/{{shard}}.log",
    benchmark:
        f"{DATA_BENCHMARKS}/faces/{{shard}}.tsv"
    group:
        "shards"
    resources:
        mem_mb=memory(2000),
    params:
        settings=FACES_SETTINGS,
        clips_settings=section("clips"),
        code=code_hash("data.faces.find"),
    shell:
        "{SPEECH2FACE} find-faces --settings {params.settings:q} --clips-settings {params.clips_settings:q}"
        " --manifest {input.manifest} --clips {input.clips} --output {output.shard} 2> >(tee {log} >&2)"
