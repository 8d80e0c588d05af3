# What of a list of segments can still be had, fetched: the seconds of each clip, and the reason where there are none.
from speech2face.data.downloads.summary import attempt_of

if LISTED == "segments":

    # However many cores there are: what the service sees is one reader with few connections.
    workflow.register_resource("downloads", CONFIG.downloads.jobs)

    # The clips of one shard as files, and the manifest that names them. Goes on where it was stopped.
    rule download_clips:
        input:
            manifest=f"{DATA}/sources/{{shard}}.arrow",
        output:
            manifest=f"{DATA}/downloads/{{shard}}.arrow",
            summary=f"{DATA}/downloads/{{shard}}.json",
        log:
            f"{DATA_LOGS}/downloads/{{shard}}.log",
        benchmark:
            f"{DATA_BENCHMARKS}/downloads/{{shard}}.tsv"
        resources:
            mem_mb=memory(1000),
            downloads=1,
        params:
            settings=section("downloads"),
            # Another one, and so another run, while clips could not be reached.
            attempt=lambda wildcards: attempt_of(
                Path(f"{DATA}/downloads/{wildcards.shard}.json")
            ),
            code=code_hash("data.downloads.shard"),
        shell:
            # SIGTERM comes to all processes at once: the shell, and what reads the output, stay until this one has saved.
            "trap : TERM; {SPEECH2FACE} download-clips --settings {params.settings:q} --attempt {params.attempt}"
            " --manifest {input.manifest} --output {output.manifest} --summary {output.summary}"
            " 2> >(trap '' TERM; tee {log} >&2)"

    # How much of the list is left.
    rule summarise_downloads:
        input:
            shards=expand(rules.download_clips.output.summary, shard=SHARDS),
        output:
            summary=f"{DATA}/downloads/summary.json",
            table=f"{DATA}/downloads/summary.csv",
        log:
            f"{DATA_LOGS}/downloads/summary.log",
        benchmark:
            f"{DATA_BENCHMARKS}/downloads/summary.tsv"
        resources:
            mem_mb=memory(500),
        params:
            folder=f"{DATA}/downloads",
            shards=len(SHARDS),
            code=code_hash("data.downloads.summary"),
        shell:
            "{SPEECH2FACE} summarise-downloads --folder {params.folder} --shards {params.shards}"
            " --summary {output.summary} --table {output.table} 2> >(tee {log} >&2)"
