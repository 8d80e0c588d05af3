# One folder with all that is needed to answer a voice, and its model card.
rule pack_bundle:
    input:
        index=f"{DATA}/{FINAL}splits/index.arrow",
        heard=ALL_HEARD,
        encoders=ensemble,
        decoder=final_decoder,
        calibration=[rules.calibrate.output.weights, rules.calibrate.output.config],
        heads=(
            [rules.fit_heads.output.weights, rules.fit_heads.output.config]
            if CONFIG.source == "talkers"
            else []
        ),
        coverage=rules.check_coverage.output.coverage,
    output:
        voice_encoder=f"{RESULTS}/bundle/voice_encoder.safetensors",
        face_decoder=f"{RESULTS}/bundle/face_decoder.safetensors",
        calibration=f"{RESULTS}/bundle/calibration.safetensors",
        heads=(
            [f"{RESULTS}/bundle/heads.safetensors"]
            if CONFIG.source == "talkers"
            else []
        ),
        card=f"{RESULTS}/bundle/README.md",
        config=f"{RESULTS}/bundle/config.json",
    log:
        f"{LOGS}/bundle/pack.log",
    benchmark:
        f"{BENCHMARKS}/bundle/pack.tsv"
    group:
        "bundle"
    resources:
        mem_mb=memory(2000),
    params:
        source=CONFIG.source,
        limits=section("clips"),
        voices=section("voices"),
        # What a voice says of nobody may always be told.
        traits=(
            "--traits"
            if CONFIG.source == "talkers" or CONFIG.calibration.traits
            else ""
        ),
        code=code_hash("product.bundle.pack"),
    shell:
        "{SPEECH2FACE} pack-bundle --source {params.source} --limits {params.limits:q} --voices {params.voices:q} {params.traits}"
        " --index {input.index} --heard {input.heard} --encoders {input.encoders} --decoder {input.decoder}"
        " --calibration {input.calibration} --heads {input.heads} --coverage {input.coverage} --config {output.config}"
        " 2> >(tee {log} >&2)"


# An answer for the docs to show: the talkers' world alone has people whose pictures anybody may see.
rule answer_example:
    input:
        panel=PANEL["audit"][:1],
        config=rules.pack_bundle.output.config,
    output:
        voice=f"{RESULTS}/example/voice.wav",
        sheet=f"{RESULTS}/example/sheet.png",
    log:
        f"{LOGS}/example/answer.log",
    benchmark:
        f"{BENCHMARKS}/example/answer.tsv"
    resources:
        mem_mb=memory(2000),
    params:
        bundle=f"{RESULTS}/bundle",
        code=code_hash("product.inference.example"),
    shell:
        "{SPEECH2FACE} answer-example --panel {input.panel} --bundle {params.bundle}"
        " --output $(dirname {output.sheet}) 2> >(tee {log} >&2)"
