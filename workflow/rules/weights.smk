# Weights and description of a face encoder that no package carries; dlib needs none.
FACE_WEIGHTS = CONFIG.faces.weight_files
# What the phases see of section `faces`: other encoders do not matter.
FACES_SETTINGS = as_settings(CONFIG.faces.of_encoder)


if FACE_WEIGHTS:
    FACE_WEIGHTS_SOURCE = CONFIG.faces.pretrained.weights

    # The publisher's file, fetched or given, checked and turned into plain arrays, once for all overlays.
    rule fetch_weights:
        input:
            [FACE_WEIGHTS_SOURCE.file] if FACE_WEIGHTS_SOURCE.file else [],
        output:
            weights=FACE_WEIGHTS[0],
            config=FACE_WEIGHTS[1],
        log:
            f"logs/weights/{CONFIG.faces.encoder}.log",
        benchmark:
            f"{CONFIG.faces.weights_folder}/benchmarks/{CONFIG.faces.encoder}.tsv"
        resources:
            mem_mb=memory(3000),
        params:
            encoder=CONFIG.faces.encoder,
            settings=as_settings(FACE_WEIGHTS_SOURCE),
            code=code_hash("data.faces.weights"),
        shell:
            "{SPEECH2FACE} fetch-weights --encoder {params.encoder} --settings {params.settings:q}"
            " --weights {output.weights} --config {output.config} 2> >(tee {log} >&2)"
