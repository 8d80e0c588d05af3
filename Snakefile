# From talking people to every figure, snakemake --cores all --resources gpu=1: the rules as data flow, and the phases.
from snakemake.utils import min_version

min_version("9.27")


configfile: "config/config.yaml"


include: "workflow/rules/common.smk"
include: "workflow/rules/workspace.smk"
include: "workflow/rules/talkers.smk"
include: "workflow/rules/weights.smk"
include: "workflow/rules/samples.smk"
include: "workflow/rules/sources.smk"
include: "workflow/rules/downloads.smk"
include: "workflow/rules/clips.smk"
include: "workflow/rules/faces.smk"
include: "workflow/rules/voices.smk"
include: "workflow/rules/splits.smk"
include: "workflow/rules/pictures.smk"
include: "workflow/rules/portraits.smk"
include: "workflow/rules/decoder.smk"
include: "workflow/rules/encoder.smk"
include: "workflow/rules/reconstructions.smk"
include: "workflow/rules/trials.smk"
include: "workflow/rules/predictions.smk"
include: "workflow/rules/judges.smk"
include: "workflow/rules/panel.smk"
include: "workflow/rules/calibration.smk"
include: "workflow/rules/heads.smk"
include: "workflow/rules/bundle.smk"
include: "workflow/rules/audit.smk"
include: "workflow/rules/metrics.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/report.smk"


report: "workflow/report.rst"


# Everything that the run's source allows.
rule all:
    default_target: True
    input:
        figure_files("png", "pdf", "svg"),
        rules.write_report.output.page,
        # How much of a list of segments could be had.
        rules.summarise_downloads.output if CONFIG.source == "segments" else [],
    localrule: True


# Videos and manifests, or whatever the source is, cut into clips.
rule phase_dataset:
    input:
        expand(rules.cut_clips.output.shard, shard=SHARDS),
    localrule: True


# Faces, voices, and the index of what is good on both sides.
rule phase_features:
    input:
        INDEX,
    localrule: True


# The face decoder, the voice encoder, and the variants of it that a figure compares.
rule phase_models:
    input:
        model_files("decoder"),
        model_files("encoder"),
        VARIANT_MODELS if "convergence" in FIGURES_OF_RUN else [],
    localrule: True


# Figures and the page that shows them.
rule phase_report:
    input:
        rules.all.input,
    localrule: True
