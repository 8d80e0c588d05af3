# What the bundle promises, counted, and what it tells of people, bounded: one page for those who judge it. The null world is
# part of it where the bundle of that run was made.
NULL_WORLD = [
    path
    for path in expand(
        f"{RESULTS}/null/calibration/{{kind}}.arrow", kind=["calibration", "audit"]
    )
    if Path(path).exists()
]


# Whether the voice encoder's errors tell whom it learned from; a run with models of another one has no such people.
rule measure_membership:
    input:
        indexes=[f"{DATA}/{fold}splits/index.arrow" for fold in FOLDS],
        clips=expand(rules.cut_clips.output.shard, shard=SHARDS),
        faces=expand(rules.find_faces.output.shard, shard=SHARDS),
        encoders=model_files("encoder"),
    output:
        found=f"{RESULTS}/audit/membership.json",
    log:
        f"{LOGS}/audit/membership.log",
    benchmark:
        f"{BENCHMARKS}/audit/membership.tsv"
    threads: CONFIG.reconstructions.threads
    resources:
        gpu=1,
        mem_mb=2000,
    params:
        clips=f"{DATA}/clips",
        faces=f"{DATA}/faces",
        seed=CONFIG.seed,
        code=code_hash("product.audit.membership"),
    shell:
        "{SPEECH2FACE} measure-membership --seed {params.seed} --threads {threads} --indexes {input.indexes}"
        " --encoders {input.encoders} --clips {params.clips} --faces {params.faces} --output {output.found}"
        " 2> >(tee {log} >&2)"


rule audit_bundle:
    input:
        config=rules.pack_bundle.output.config,
        heard=ALL_HEARD,
        null=NULL_WORLD,
        membership=[] if CONFIG.models else rules.measure_membership.output.found,
    output:
        page=f"{RESULTS}/audit/audit.html",
        findings=f"{RESULTS}/audit/audit.json",
    log:
        f"{LOGS}/audit/audit.log",
    benchmark:
        f"{BENCHMARKS}/audit/audit.tsv"
    resources:
        mem_mb=memory(4000),
    params:
        bundle=f"{RESULTS}/bundle",
        membership=(
            ""
            if CONFIG.models
            else f" --membership {rules.measure_membership.output.found}"
        ),
        code=code_hash("product.audit.write"),
    shell:
        "OPENBLAS_NUM_THREADS=1 {SPEECH2FACE} audit {params.bundle} --output $(dirname {output.page})"
        "{params.membership} 2> >(tee {log} >&2)"
