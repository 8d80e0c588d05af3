# What the paper's authors publish of their test set: recordings, true faces, and the pictures that their model decoded.
if CONFIG.source == "samples":

    if not CONFIG.samples.folder:

        # The folders that are needed, at one commit. Goes on where it was stopped.
        rule fetch_samples:
            output:
                listed=f"{DATA}/samples/fetched.json",
            log:
                f"{DATA_LOGS}/samples/fetch.log",
            benchmark:
                f"{DATA_BENCHMARKS}/samples/fetch.tsv"
            resources:
                mem_mb=memory(1000),
            params:
                settings=section("samples"),
                code=code_hash("data.samples.fetch"),
            shell:
                "{SPEECH2FACE} fetch-samples --settings {params.settings:q} --output {output.listed} 2> >(tee {log} >&2)"

    # The authors' pictures of each clip, and the face in each.
    rule see_samples:
        input:
            manifest=f"{DATA}/sources/{{shard}}.arrow",
            weights=FACE_WEIGHTS,
        output:
            shard=f"{DATA}/samples/{{shard}}.arrow",
        log:
            f"{DATA_LOGS}/samples/{{shard}}.log",
        benchmark:
            f"{DATA_BENCHMARKS}/samples/{{shard}}.tsv"
        group:
            "shards"
        resources:
            mem_mb=memory(2000),
        params:
            settings=section("samples"),
            faces_settings=FACES_SETTINGS,
            clips_settings=section("clips"),
            code=code_hash("data.samples.see"),
        shell:
            "{SPEECH2FACE} see-samples --settings {params.settings:q} --faces-settings {params.faces_settings:q}"
            " --clips-settings {params.clips_settings:q} --manifest {input.manifest} --output {output.shard}"
            " 2> >(tee {log} >&2)"


# The pictures of others for the same clips, which are measured beside this run's.
PUBLISHED = (
    expand(f"{DATA}/samples/{{shard}}.arrow", shard=SHARDS)
    if CONFIG.source == "samples"
    else []
)
