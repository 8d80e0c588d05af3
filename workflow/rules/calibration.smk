include: "people.smk"


# What an answer may promise, from what was heard of the people to calibrate on.
rule calibrate:
    input:
        heard=f"{RESULTS}/calibration/calibration.arrow",
        decoder=final_decoder,
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
        mem_mb=memory(4000),
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
        heard=FOLD_AUDITS or HEARD.format(kind="audit"),
        calibrations=FOLD_CALIBRATIONS,
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
        mem_mb=memory(2000),
    params:
        code=code_hash("uncertainty.calibration.coverage"),
    shell:
        "OPENBLAS_NUM_THREADS=1 {SPEECH2FACE} check-coverage --heard {input.heard} --calibration {input.calibration}"
        " --calibrations {input.calibrations} --output {output.coverage} 2> >(tee {log} >&2)"
