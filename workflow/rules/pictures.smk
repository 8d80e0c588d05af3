# A folder of face pictures, from which portraits are made.
from speech2face.data.portraits.pictures import fingerprint

# What makes the list of pictures another one: taken when the workflow starts.
PICTURES = ""
if CONFIG.portraits.source == "folder":
    try:
        PICTURES = fingerprint(CONFIG.portraits.folder)
    except FileNotFoundError as error:
        raise WorkflowError(str(error))


# Which pictures the folder holds, and who is in them, shared out over the shards.
rule list_pictures:
    output:
        lists=expand(f"{DATA}/portraits/pictures/{{shard}}.arrow", shard=SHARDS),
    log:
        f"{DATA_LOGS}/portraits/list.log",
    benchmark:
        f"{DATA_BENCHMARKS}/portraits/list.tsv"
    resources:
        mem_mb=memory(4000),
    params:
        settings=as_settings(CONFIG.portraits.folder),
        shards=len(SHARDS),
        folder=f"{DATA}/portraits/pictures",
        # The name alone: a longer list must not start every phase again.
        forgotten=CONFIG.forgotten,
        pictures=PICTURES,
        code=code_hash("data.portraits.pictures"),
    shell:
        "{SPEECH2FACE} list-pictures --settings {params.settings:q} --shards {params.shards}"
        " --forgotten {params.forgotten:q} --folder {params.folder} 2> >(tee {log} >&2)"
