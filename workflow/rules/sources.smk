from speech2face.data.sources.listing import load_source

# The talkers come with manifests of their own.
LISTED = CONFIG.source if CONFIG.source != "talkers" else ""


def listed_clips():
    """What makes the list of clips another one: taken when the workflow starts."""
    if not LISTED:
        return ""
    try:
        return load_source(LISTED).fingerprint(
            getattr(CONFIG, LISTED.replace("-", "_"))
        )
    except (FileNotFoundError, ValueError) as error:
        raise WorkflowError(str(error))


if LISTED:

    # The manifest of every clip of the source, shared out over the shards in one pass.
    rule list_source:
        input:
            # What is not at hand is fetched first.
            (
                rules.fetch_samples.output
                if LISTED == "samples" and not CONFIG.samples.folder
                else []
            ),
        output:
            manifests=expand(f"{DATA}/sources/{{shard}}.arrow", shard=SHARDS),
        log:
            f"{DATA_LOGS}/sources/list.log",
        benchmark:
            f"{DATA_BENCHMARKS}/sources/list.tsv"
        resources:
            mem_mb=memory(1000),
        params:
            source=LISTED,
            settings=section(LISTED.replace("-", "_")),
            shards=len(SHARDS),
            folder=f"{DATA}/sources",
            # The name alone: a longer list must not start every phase again.
            forgotten=CONFIG.forgotten,
            clips=listed_clips(),
            code=code_hash("data.sources.listing")
            + code_hash(f"data.sources.{LISTED.replace('-', '_')}"),
        shell:
            "{SPEECH2FACE} list-source --source {params.source} --settings {params.settings:q}"
            " --shards {params.shards} --forgotten {params.forgotten:q} --folder {params.folder} 2> >(tee {log} >&2)"
