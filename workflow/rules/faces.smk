# The best face of each clip: landmarks, aligned crop and embedding.
rule find_faces:
    input:
        clips=rules.cut_clips.output.shard,
    output:
        shard=f"{DATA}/faces/{{shard}}.arrow",
    log:
        f"{DATA_LOGS}/faces/{{shard}}.log",
    benchmark:
        f"{DATA_BENCHMARKS}/faces/{{shard}}.tsv"
    resources:
        mem_mb=2000,
    params:
        settings=section("faces"),
        code=code_hash("faces.find"),
    shell:
        "{SPEECH2FACE} find-faces --settings {params.settings:q} --clips {input.clips}"
        " --output {output.shard} 2> >(tee {log} >&2)"
