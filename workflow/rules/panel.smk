# Talkers who are in no video, for calibrating what is promised of an answer and for checking it.
from speech2face.data.talkers.population import world_of_panel

PANEL = {
    kind: (
        [
            f"{DATA}/panel/{kind}/{shard}.arrow"
            for shard in shard_names(CONFIG.panel.shards)
        ]
        if CONFIG.source == "talkers"
        else []
    )
    for kind in ("calibration", "audit")
}


# A picture, its face, and recordings of the people of one shard.
rule make_panel:
    input:
        model=rules.build_head_model.output.model,
        face_weights=FACE_WEIGHTS,
    output:
        shard=f"{DATA}/panel/{{kind}}/{{shard}}.arrow",
    log:
        f"{DATA_LOGS}/panel/{{kind}}/{{shard}}.log",
    benchmark:
        f"{DATA_BENCHMARKS}/panel/{{kind}}/{{shard}}.tsv"
    wildcard_constraints:
        kind="calibration|audit",
    group:
        "shards"
    resources:
        mem_mb=memory(2000),
    params:
        world=as_settings(world_of_panel(CONFIG.talkers)),
        settings=section("panel"),
        faces_settings=FACES_SETTINGS,
        seed=CONFIG.seed,
        code=code_hash("uncertainty.panel.make"),
    shell:
        "{SPEECH2FACE} make-panel --kind {wildcards.kind} --world {params.world:q} --settings {params.settings:q}"
        " --faces-settings {params.faces_settings:q} --seed {params.seed} --shard {wildcards.shard}"
        " --head-model {input.model} --output {output.shard} 2> >(tee {log} >&2)"
