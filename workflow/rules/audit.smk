# What the bundle promises, counted, and what it tells of people, bounded: one page for those who judge it. The null world is
# part of it where the bundle of that run was made.
NULL_WORLD = [
    path
    for path in expand(
        f"{RESULTS}/null/calibration/{{kind}}.arrow", kind=["calibration", "audit"]
    )
    if Path(path).exists()
]


rule audit_bundle:
    input:
        config=rules.pack_bundle.output.config,
        heard=ALL_HEARD,
        null=NULL_WORLD,
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
        code=code_hash("product.audit.write"),
    shell:
        "OPENBLAS_NUM_THREADS=1 {SPEECH2FACE} audit {params.bundle} --output $(dirname {output.page})"
        " 2> >(tee {log} >&2)"
