from speech2face.folder import videos_in


def listed_videos():
    """The videos of the folder with size and time, so that the manifest follows what is in it."""
    if CONFIG.source != "folder":
        return []
    try:
        found = videos_in(Path(CONFIG.folder.videos))
    except FileNotFoundError as error:
        raise WorkflowError(str(error))
    return [(path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in found]


# The manifest of one shard of a folder of videos.
rule list_folder:
    output:
        manifest=f"{DATA}/folder/{{shard}}.manifest.arrow",
    log:
        f"{DATA_LOGS}/folder/{{shard}}.log",
    benchmark:
        f"{DATA_BENCHMARKS}/folder/{{shard}}.tsv"
    resources:
        mem_mb=500,
    params:
        settings=section("folder"),
        shards=len(SHARDS),
        videos=listed_videos(),
        code=code_hash("folder"),
    shell:
        "{SPEECH2FACE} list-folder --settings {params.settings:q} --shard {wildcards.shard}"
        " --shards {params.shards} --output {output.manifest} 2> >(tee {log} >&2)"
