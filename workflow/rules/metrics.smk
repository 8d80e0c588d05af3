_PREDICTIONS = {"predictions": PREDICTIONS}
_FACES = {
    "index": INDEX,
    "faces": expand(rules.find_faces.output.shard, shard=SHARDS),
}
_MADE = {"reconstructions": RECONSTRUCTIONS}
# Neutral stills of the test talkers; photographs of real people have no better original than themselves.
_STILLS = (
    {"stills": PORTRAITS_INDEX.format(fold=""), "portraits": PORTRAITS}
    if CONFIG.portraits.source == "talkers"
    else {}
)
# The inputs of each family of measures.
FAMILIES = {
    "retrieval": _PREDICTIONS,
    "similarity": _PREDICTIONS,
    "association": _PREDICTIONS,
    "leakage": _PREDICTIONS,
    "judges": {"judges": JUDGES},
    "features": _PREDICTIONS,
    "attributes": _PREDICTIONS | _FACES,
    "confusion": _PREDICTIONS | _FACES,
    "failures": _PREDICTIONS | _FACES,
    "generation": _PREDICTIONS | _FACES | _MADE,
    "sharpness": _MADE | _STILLS,
    "population": {"index": INDEX},
    "craniofacial": _MADE,
    "lengths": {"lengths": rules.encode_trials.output.lengths},
    "consistency": {"moments": rules.encode_trials.output.moments},
    "languages": {"languages": rules.encode_trials.output.languages} | _FACES,
    "convergence": {"variants": rules.encode_variants.output.variants},
    # Of cross-validated runs of preset speaker.
    "scaling": {
        "folds": [f"{DATA}/{fold}splits/index.arrow" for fold in FOLDS],
        "speakers": expand(rules.embed_speakers.output.shard, shard=SHARDS),
        "faces": _FACES["faces"],
        "history": f"{RESULTS}/{FOLDS[0]}encoder/history.json",
    },
}
METRICS = f"{RESULTS}/metrics"


def as_json(inputs, **more):
    """A rule's named inputs as JSON for its command; the shards of a phase are named by their folder."""
    folders = {
        phase: f"{DATA}/{phase}"
        for phase in ("clips", "faces", "voices", "speakers", "portraits")
    }
    files = {
        name: value if isinstance(value, str) else folders.get(name, list(value))
        for name, value in inputs.items()
        if name != "notebook"
    }
    return json.dumps({"inputs": files, **more})


def measured(*families):
    """The file of a family of measures, or those of several."""
    files = [f"{METRICS}/{family}.json" for family in families]
    return {"measures": files if len(files) > 1 else files[0]}


for family, family_inputs in FAMILIES.items():

    # One family of measures, each with its interval over speakers.
    rule:
        name:
            f"measure_{family}"
        input:
            **family_inputs,
        output:
            figures=f"{METRICS}/{family}.json",
        log:
            f"{LOGS}/metrics/{family}.log",
        benchmark:
            f"{BENCHMARKS}/metrics/{family}.tsv"
        group:
            "figures"
        resources:
            mem_mb=memory(2000),
        params:
            family=family,
            settings=section("metrics"),
            given=lambda wildcards, input: as_json(input),
            seed=CONFIG.seed,
            code=code_hash(f"evaluation.metrics.{family}"),
        shell:
            "{SPEECH2FACE} measure --family {params.family} --given {params.given:q}"
            " --settings {params.settings:q} --seed {params.seed} --output {output.figures} 2> >(tee {log} >&2)"


# All measures in one file, and as a table.
rule collect_metrics:
    input:
        families=lambda wildcards: MEASURES_OF_RUN,
    output:
        summary=f"{METRICS}/summary.json",
        table=report(f"{METRICS}/summary.csv", category="Tables"),
        # No family of measures, so not beside them.
        headline=f"{RESULTS}/report/headline.json",
    log:
        f"{LOGS}/metrics/collect.log",
    benchmark:
        f"{BENCHMARKS}/metrics/collect.tsv"
    group:
        "figures"
    resources:
        mem_mb=memory(500),
    params:
        code=code_hash("evaluation.metrics.collect"),
    shell:
        "{SPEECH2FACE} collect-metrics --families {input.families} --summary {output.summary}"
        " --table {output.table} --headline {output.headline} 2> >(tee {log} >&2)"
