# Tables of what was heard: people to calibrate on and to check with; cross-validation checks the people of each fold.
HEARD = f"{RESULTS}/calibration/{{kind}}.arrow"
FOLD_CALIBRATIONS, FOLD_AUDITS = (
    [f"{RESULTS}/calibration/{fold}{kind}.arrow" for fold in FOLDS if fold]
    for kind in ("calibration", "audit")
)
ALL_HEARD = (
    [HEARD.format(kind="calibration"), *FOLD_CALIBRATIONS, *FOLD_AUDITS]
    if FOLD_AUDITS
    else expand(HEARD, kind=["calibration", "audit"])
)


def ensemble(wildcards):
    """The voice encoder of the bundle and the further ones: weights, config, weights, config, ..."""
    if CONFIG.models:
        raise WorkflowError(
            "A bundle is made of the models of one run, and this one uses those in "
            f"{CONFIG.models} (make the bundle of that run)."
        )
    if FINAL and CONFIG.encoder.preset != "speaker":
        raise WorkflowError(
            "A bundle of a cross-validated run needs a voice encoder that hears alike in every fold: set "
            f"encoder.preset to speaker (now '{CONFIG.encoder.preset}'), or splits.folds to null."
        )
    # A fit in closed form is the same with every seed.
    more = 0 if CONFIG.encoder.preset == "speaker" else CONFIG.calibration.ensemble
    runs = [f"{RESULTS}/ensemble/{number}" for number in range(1, more + 1)]
    return [
        path.format(fold=FINAL)
        for files in (MODELS["encoder"], *(of_run("encoder", run) for run in runs))
        for path in (files.weights, files.config)
    ]


def final_decoder(wildcards):
    """The face decoder of the bundle: weights and config."""
    files = MODELS["decoder"]
    return [path.format(fold=FINAL) for path in (files.weights, files.config)]


# What is heard of people whom the models never met: some to calibrate on, others to check with.
rule collect_people:
    input:
        panel=lambda wildcards: PANEL[wildcards.kind],
        index=INDEX,
        clips=expand(rules.cut_clips.output.shard, shard=SHARDS),
        faces=expand(rules.find_faces.output.shard, shard=SHARDS),
        encoders=ensemble,
    output:
        heard=HEARD,
    log:
        f"{LOGS}/calibration/{{kind}}.log",
    benchmark:
        f"{BENCHMARKS}/calibration/{{kind}}.tsv"
    wildcard_constraints:
        kind="calibration|audit",
    threads: CONFIG.calibration.threads
    resources:
        gpu=1,
        mem_mb=memory(4000),
    params:
        settings=section("calibration"),
        clips=f"{DATA}/clips",
        faces=f"{DATA}/faces",
        seed=CONFIG.seed,
        code=code_hash("uncertainty.calibration.collect"),
    shell:
        "{SPEECH2FACE} collect-people --kind {wildcards.kind} --settings {params.settings:q} --seed {params.seed}"
        " --panel {input.panel} --index {input.index} --clips {params.clips} --faces {params.faces}"
        " --encoders {input.encoders} --output {output.heard} 2> >(tee {log} >&2)"


if FINAL:

    # The same of everybody in a cross-validated run, predicted by fits to the other folds.
    rule collect_folds:
        input:
            index=INDEX,
            folds=[f"{DATA}/{fold}splits/index.arrow" for fold in FOLDS],
            clips=expand(rules.cut_clips.output.shard, shard=SHARDS),
            faces=expand(rules.find_faces.output.shard, shard=SHARDS),
            speakers=expand(rules.embed_speakers.output.shard, shard=SHARDS),
            encoder=ensemble,
        output:
            heard=HEARD.format(kind="calibration"),
            calibrations=FOLD_CALIBRATIONS,
            audits=FOLD_AUDITS,
        log:
            f"{LOGS}/calibration/collect_folds.log",
        benchmark:
            f"{BENCHMARKS}/calibration/collect_folds.tsv"
        threads: CONFIG.calibration.threads
        resources:
            gpu=1,
            mem_mb=memory(4000),
        params:
            settings=section("calibration"),
            penalties=CONFIG.encoder.speaker.penalties,
            clips=f"{DATA}/clips",
            faces=f"{DATA}/faces",
            speakers=f"{DATA}/speakers",
            seed=CONFIG.seed,
            code=code_hash("uncertainty.calibration.collect_folds"),
        shell:
            "{SPEECH2FACE} collect-folds --settings {params.settings:q} --penalties {params.penalties}"
            " --seed {params.seed} --index {input.index} --folds {input.folds} --clips {params.clips}"
            " --faces {params.faces} --speakers {params.speakers} --encoder {input.encoder} --output {output.heard}"
            " --calibrations {output.calibrations} --audits {output.audits} 2> >(tee {log} >&2)"

    ruleorder: collect_folds > collect_people
