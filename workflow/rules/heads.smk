# Heads in three dimensions, which the talkers' world alone knows of its people.
rule fit_heads:
    input:
        heard=expand(rules.collect_people.output.heard, kind=["calibration", "audit"]),
        calibration=[rules.calibrate.output.weights, rules.calibrate.output.config],
        model=rules.build_head_model.output.model,
    output:
        weights=f"{RESULTS}/heads/model.safetensors",
        config=f"{RESULTS}/heads/config.json",
    log:
        f"{LOGS}/heads/fit.log",
    benchmark:
        f"{BENCHMARKS}/heads/fit.tsv"
    group:
        "bundle"
    resources:
        mem_mb=memory(4000),
    params:
        world=as_settings(world_of_panel(CONFIG.talkers)),
        seed=CONFIG.seed,
        code=code_hash("uncertainty.heads.fit"),
    # One thread of linear algebra: the results are then the same on any number of cores.
    shell:
        "OPENBLAS_NUM_THREADS=1 {SPEECH2FACE} fit-heads --world {params.world:q} --seed {params.seed}"
        " --heard {input.heard} --calibration {input.calibration} --head-model {input.model}"
        " --weights {output.weights} --config {output.config} 2> >(tee {log} >&2)"
