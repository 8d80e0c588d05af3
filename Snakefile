# Snakemake finds this file in the top folder; the workflow itself is in workflow/Snakefile.
include: "workflow/Snakefile"


# Snakemake takes no default target from an include.
workflow.default_target = "all"
