def ensemble(wildcards):
    """The run's voice encoder and the further ones: weights, config, weights, config, ..."""
    if CONFIG.models or CONFIG.splits.folds:
        why = (
            "splits.folds trains several (set it to null)"
            if CONFIG.splits.folds
            else f"this one uses those in {CONFIG.models} (make the bundle of that run)"
        )
        raise WorkflowError(f"A bundle is made of the models of one run, and {why}.")
    numbers = range(1, CONFIG.calibration.ensemble + 1)
    more = [of_run("encoder", f"{RESULTS}/ensemble/{number}") for number in numbers]
    return [
        path.format(fold="")
        for files in (MODELS["encoder"], *more)
        for path in (files.weights, files.config)
    ]


# What is heard of people whom the models never met: some to calibrate on, others to check with.
rule collect_people:
    input:
        panel=lambda wildcards: PANEL[wildcards.kind],
        index=INDEX,
        clips=expand(rules.cut_clips.output.shard, shard=SHARDS),
        faces=expand(rules.find_faces.output.shard, shard=SHARDS),
        encoders=ensemble,
    output:
        heard=f"{RESULTS}/calibration/{{kind}}.arrow",
    log:
        f"{LOGS}/calibration/{{kind}}.log",
    benchmark:
        f"{BENCHMARKS}/calibration/{{kind}}.tsv"
    wildcard_constraints:
        kind="calibration|audit",
    threads: CONFIG.calibration.threads
    resources:
        gpu=1,
        mem_mb=4000,
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


# What an answer may promise, from what was heard of the people to calibrate on.
rule calibrate:
    input:
        heard=f"{RESULTS}/calibration/calibration.arrow",
        decoder=model_files("decoder")[:2],
    output:
        weights=f"{RESULTS}/calibration/model.safetensors",
        config=f"{RESULTS}/calibration/config.json",
    log:
        f"{LOGS}/calibration/calibrate.log",
    benchmark:
        f"{BENCHMARKS}/calibration/calibrate.tsv"
    group:
        "bundle"
    threads: CONFIG.calibration.threads
    resources:
        mem_mb=4000,
    params:
        settings=section("calibration"),
        seed=CONFIG.seed,
        code=code_hash("uncertainty.calibration.calibrate"),
    # One thread of linear algebra: the results are then the same on any number of cores.
    shell:
        "OPENBLAS_NUM_THREADS=1 {SPEECH2FACE} calibrate --settings {params.settings:q} --seed {params.seed}"
        " --heard {input.heard} --decoder {input.decoder} --weights {output.weights} --config {output.config}"
        " 2> >(tee {log} >&2)"


# How often it holds, for people whom nothing was fitted on.
rule check_coverage:
    input:
        heard=f"{RESULTS}/calibration/audit.arrow",
        calibration=[rules.calibrate.output.weights, rules.calibrate.output.config],
    output:
        coverage=f"{RESULTS}/calibration/coverage.json",
    log:
        f"{LOGS}/calibration/coverage.log",
    benchmark:
        f"{BENCHMARKS}/calibration/coverage.tsv"
    group:
        "bundle"
    resources:
        mem_mb=2000,
    params:
        code=code_hash("uncertainty.calibration.coverage"),
    shell:
        "OPENBLAS_NUM_THREADS=1 {SPEECH2FACE} check-coverage --heard {input.heard} --calibration {input.calibration}"
        " --output {output.coverage} 2> >(tee {log} >&2)"
