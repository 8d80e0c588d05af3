# How long the run will still take. Snakemake's hooks in workspace.smk start and end it.
from speech2face.base.remaining import Job, Reporter

# Core-seconds of all jobs of a rule together, in the default run on two cores with AVX2; `draw` and `measure`: of one.
CORE_SECONDS = {
    "build_head_model": 5,
    "make_talkers": 740,
    "cut_clips": 35,
    "find_faces": 90,
    "measure_voices": 75,
    "train_decoder": 15,
    "train_encoder": 110,
    "reconstruct": 50,
    "predict": 12,
    "speak_trials": 10,
    "encode_trials": 40,
    "encode_variants": 20,
    "make_panel": 1000,
    "collect_people": 200,
    "draw": 8,
    "measure": 6,
}
_OTHERS = 4
# The one of this run, from its start on.
REPORTERS = []
_OF_ANY_SIZE = {"draw", "measure", "build_head_model"}
# How large this run's world is, against that of the default run.
_SIZE = (
    CONFIG.talkers.count * CONFIG.talkers.clips_per_talker / 1240
    if CONFIG.source == "talkers"
    else 1
)


def job_of(job):
    """What is known of one of Snakemake's jobs before it runs."""
    what = job.rule.name
    if what not in CORE_SECONDS:
        what = next((k for k in ("draw", "measure") if what.startswith(f"{k}_")), what)
    cost = CORE_SECONDS.get(what, _OTHERS)
    if what not in _OF_ANY_SIZE:
        cost *= _SIZE
    if "shard" in job.wildcards_dict:
        cost /= CONFIG.shards
    return Job(what=what, cost=cost, threads=job.threads)


def start_reporter(workflow):
    """Estimates from now on: every ten seconds on a terminal, every minute in a file."""
    jobs = {job: job_of(job) for job in workflow.dag.needrun_jobs()}
    reporter = Reporter(
        jobs,
        cores=workflow.cores,
        finished=lambda: [job for job in jobs if workflow.dag.finished(job)],
        running=lambda: list(workflow.scheduler.running),
        say=logger.info,
        interval=10 if sys.stderr.isatty() else 60,
    )
    REPORTERS.append(reporter)


def seconds_spent(workflow):
    """Seconds of all finished jobs of a kind together, from the benchmarks that they left."""
    spent = {}
    for job in workflow.dag.needrun_jobs(exclude_finished=False):
        if (
            job.benchmark
            and workflow.dag.finished(job)
            and Path(job.benchmark).exists()
        ):
            what = job_of(job).what
            # The first column of the only row: seconds.
            seconds = Path(job.benchmark).read_text().splitlines()[1].split("\t")[0]
            spent[what] = spent.get(what, 0.0) + float(seconds)
    return spent


def end_reporter(workflow):
    """Say what took how long; nothing where the run ended before its first job."""
    if REPORTERS:
        try:
            REPORTERS.pop().end(seconds_spent(workflow))
        except Exception as error:
            # What it reads belongs to the workflow engine, and no run may fail for a line about it.
            logger.warning(f"What took how long is not known: {error!r}.")


onsuccess:
    end_reporter(workflow)
    if edited := edited_meanwhile():
        # Snakemake has recorded the code of the plan; with the present one the jobs run again.
        raise WorkflowError(
            f"Code was edited while the run went on ({', '.join(edited)}), so that results may be of the old or of the "
            "new code: run the same command again."
        )


onerror:
    end_reporter(workflow)
