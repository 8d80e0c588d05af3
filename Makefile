# What people type. Everything needs only Python 3.11 to 3.13 and make; the environment is made from the lock file.
VENV ?= .venv
PYTHON3 ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3.13 || command -v python3)
# make environment TORCH=cpu: PyTorch without CUDA, for machines without a GPU.
TORCH ?=
$(if $(filter-out cpu,$(TORCH)),$(error TORCH=$(TORCH) is unknown: TORCH=cpu, or nothing))
BIN := $(VENV)/bin
READY := $(VENV)/ready
export PYTHONHASHSEED := 0

# make figures OVERLAY=name: apply config/overlays/name.yaml to config/config.yaml.
OVERLAY ?=
# make figures OVERLAY=folder VIDEOS=DIR: the folder of your own videos.
VIDEOS ?=
# make figures OVERLAY=pairs PAIRS=DIR: the folder of recordings and face pictures.
PAIRS ?=
# make figures OVERLAY=samples SAMPLES=DIR: a checkout of the paper's project page; without it, it is fetched.
SAMPLES ?=
# make figures VARIANT=name: another voice encoder on the same data, from config/variants/name.yaml.
VARIANT ?=
# The variant comes last, because it replaces the voice encoder that the overlay may set.
FILES := $(OVERLAY:%=config/overlays/%.yaml) $(VARIANT:%=config/variants/%.yaml)
CONFIGFILES := $(if $(VARIANT)$(OVERLAY),--configfile $(FILES))
# Through the environment: a name of a folder may hold what the shell would run.
export VIDEOS PAIRS SAMPLES
SET = --config "$$($(BIN)/python -c 'import json, os; print("$1=" + json.dumps({"$2": os.environ["$3"]}))')"
CONFIG = $(if $(VIDEOS),$(call SET,folder,videos,VIDEOS)) $(if $(PAIRS),$(call SET,pairs,folder,PAIRS)) \
    $(if $(SAMPLES),$(call SET,samples,folder,SAMPLES))
RESULTS := results$(OVERLAY:%=/%)$(VARIANT:%=/variants/%)
SNAKEMAKE = $(BIN)/snakemake --cores all --resources gpu=1 $(CONFIGFILES) $(CONFIG)

.PHONY: help figures provenance repro untracked pull push bundle at-hand audit app face seeds scaling test soak bench lint \
    format environment schema reference docs compare pictures lock
.DELETE_ON_ERROR:

help: ## list these targets (the default)
	@echo "make TARGET, where TARGET is one of:"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' Makefile

figures: $(READY) ## make every figure and the report
	@$(SNAKEMAKE)
	@$(MAKE) --no-print-directory provenance
	@echo "Figures: $(RESULTS)/figures   Report: $(RESULTS)/report.html"

bundle: $(READY) ## make the calibrated model for `speech2face face`: results/bundle
	@$(SNAKEMAKE) -- $(RESULTS)/bundle/config.json
	@echo "Model: $(RESULTS)/bundle   Model card: $(RESULTS)/bundle/README.md   Measured coverage: $(RESULTS)/calibration/coverage.json"

audit: $(READY) ## measure coverage and leakage of that model: results/audit/audit.html
	@$(SNAKEMAKE) -- $(RESULTS)/audit/audit.html
	@echo "Audit: $(RESULTS)/audit/audit.html"

# Snakemake's own report: how each file was made, and how long it took. Written again when a figure is newer; under a
# temporary name first, because a partial report would look newer than all figures.
provenance: $(READY)
	@if [ -z "$$(find $(RESULTS)/workflow.html 2>/dev/null)" ] || \
	    [ -n "$$(find $(RESULTS)/figures $(RESULTS)/metrics workflow -newer $(RESULTS)/workflow.html 2>/dev/null | head -n 1)" ]; \
	    then $(SNAKEMAKE) --report $(RESULTS)/.workflow.html --quiet all >/dev/null && \
	    mv $(RESULTS)/.workflow.html $(RESULTS)/workflow.html; fi

# Versions (docs/versions.md). The stages call snakemake, which must be the one of this environment.
DVC := PATH="$(abspath $(BIN)):$$PATH" $(BIN)/dvc
# Everybody on the machine may write into DVC's usual folder for its databases, and DVC unpickles what is in them.
SITE := .dvc/site
$(SITE): $(READY)
	@mkdir -p -m 700 $@
	@$(DVC) config --local core.site_cache_dir "$(CURDIR)/$@"
figures environment repro pull push: $(SITE)

define CHECK_UNTRACKED
	@$(SNAKEMAKE) --list-untracked --quiet all >results/.untracked
	@$(BIN)/speech2face check-untracked --stages dvc.yaml --untracked results/.untracked
endef

repro: $(READY) ## rerun what changed of the default run and record it as a new DVC version
	@$(DVC) repro
	$(CHECK_UNTRACKED)

untracked: $(READY) ## check that a rule makes every file among the versioned results
	$(CHECK_UNTRACKED)

pull: $(READY) ## download the results of the checked-out version; nothing runs
	@$(BIN)/speech2face mend-transfers --cache
	@$(DVC) pull || { echo "make pull: the remote that $(BIN)/dvc remote list names does not have everything or cannot be" \
	    "reached: set another one (docs/versions.md), or make the results here by make repro."; exit 1; }
	@$(DVC) status --quiet || { echo "make pull: the results were downloaded, but dvc.lock was written for other code" \
	    "or config ($(BIN)/dvc status lists the differences). make repro updates the results."; exit 1; }
	@# --forceall: Snakemake notices a change of the config only for files that it has a record of.
	@$(SNAKEMAKE) --touch --forceall --quiet all

# Twice: after a push that was killed, DVC may hold files for uploaded that are not.
push: $(READY) ## upload this version of the results to the remote
	@{ $(DVC) push && $(BIN)/speech2face mend-transfers && $(DVC) push; } || { \
	    echo "make push: not everything could be uploaded. List the remotes: $(BIN)/dvc remote list." \
	    "Set a remote: docs/versions.md. Run it again; uploaded files are skipped."; exit 1; }

# Two test processes share few cores: waiting threads must not occupy a core.
test: $(READY) ## run lint, types, unit, workflow and smoke tests
	@OMP_WAIT_POLICY=passive $(BIN)/pytest -n 2 --dist loadfile

soak: $(READY) ## run the repeated tests (such as damaged files) with full counts; the last lines are the results
	@$(BIN)/pytest --soak

lint: $(READY) ## run the formatting, lint and type checks
	@$(BIN)/pytest tests/workflow/test_lint.py

format: $(READY) ## format Python and Snakemake files
	@$(BIN)/ruff check --fix src tests && $(BIN)/ruff format src tests && $(BIN)/snakefmt Snakefile workflow

docs: $(READY) ## build the site of docs/: results/site/index.html
	@$(BIN)/python -m sphinx --quiet --fail-on-warning --keep-going -d results/.doctrees docs results/site
	@echo "Site: results/site/index.html"

reference: $(READY) ## regenerate the reference of the command line: docs/cli.md
	@$(BIN)/python docs/reference.py

schema: $(READY) ## regenerate the JSON schema of the config
	@$(BIN)/speech2face schema --output workflow/schemas/config.schema.json

# make compare VARIANTS="l1 squared": the default run and these variants (default: all; `paper` takes hours on a CPU).
VARIANTS ?= $(basename $(notdir $(wildcard config/variants/*.yaml)))
BASE := results$(OVERLAY:%=/%)
compare: $(READY) ## compare variants of the voice encoder in a table
	@$(SNAKEMAKE) --quiet rules -- $(BASE)/metrics/summary.json
	@for name in $(VARIANTS); do $(BIN)/snakemake --cores all --resources gpu=1 --quiet rules \
	    --configfile $(OVERLAY:%=config/overlays/%.yaml) config/variants/$$name.yaml $(CONFIG) \
	    -- $(BASE)/variants/$$name/metrics/summary.json || exit 1; done
	@$(BIN)/speech2face compare --runs $(BASE) $(VARIANTS:%=$(BASE)/variants/%) --table $(BASE)/comparison.csv
	@cat $(BASE)/comparison.md

# make face VOICE=voice.wav OUT=folder: the results for one recording, or for a folder of them.
VOICE ?=
OUT ?= answer
export VOICE OUT
face: $(READY) ## predict a face from a recording: make face VOICE=voice.wav OUT=answer
	$(if $(VOICE),,$(error make face needs a recording: make face VOICE=voice.wav))
	@$(BIN)/speech2face face "$$VOICE" --output "$$OUT"

# make app PORT=8000: use another port of this machine.
PORT ?=
app: $(if $(OVERLAY)$(VARIANT),bundle,$(READY)) ## serve a web page to try the model on this machine (docs/app.md)
	@$(BIN)/speech2face app $(if $(OVERLAY)$(VARIANT),--model $(RESULTS)/bundle) $(PORT:%=--port %)

# Before it, `make repro`: the model at hand says which version of the default run it is of.
at-hand: bundle ## make the default run's bundle the model that comes with the package
	@$(BIN)/speech2face keep-at-hand --bundle results/bundle --lock dvc.lock --commit $$(git rev-parse HEAD)

bench: $(READY) ## run every benchmark that needs no data; the last line of each is JSON
	@for name in training_speed ingestion decoder; do $(BIN)/python benchmarks/$$name.py || exit 1; done

# Seeds of worlds and of trainings, and the variants of the voice encoder that are trained with each (`paper` takes hours).
WORLDS ?= 1 2 3 4 5
TRAININGS ?= 1 2 3
ABLATIONS ?= l1 squared pixel_loss no_batch_norm
# Counts of talkers for `make scaling`.
TALKERS ?= 620 1240 2480 7200
# Only what the tables need.
REPEAT = $(BIN)/snakemake --cores all --resources gpu=1 --quiet rules
TABLED = 'figures={"shown": ["retrieval"]}'
seeds: $(READY) ## repeat the default run and its ablations in other worlds and trainings (a night): results/seeds.md
	@for world in $(WORLDS); do for training in $(TRAININGS); do for name in default $(ABLATIONS); do \
	    $(REPEAT) $$([ $$name = default ] || echo "--configfile config/variants/$$name.yaml") \
	    --config overlay=world-$$world seed=$$world variant=$$name-$$training "encoder={\"seed\": $$training}" $(TABLED) \
	    -- results/world-$$world/variants/$$name-$$training/metrics/summary.json || exit 1; done; done; done
	@$(BIN)/speech2face tabulate-seeds --table results/seeds.csv --runs $(foreach world,$(WORLDS),$(foreach \
	    training,$(TRAININGS),$(foreach name,default $(ABLATIONS),results/world-$(world)/variants/$(name)-$(training))))
	@cat results/seeds.md

scaling: $(READY) ## repeat the default run with more talkers (hours): results/scaling.md
	@for count in $(TALKERS); do $(REPEAT) --config overlay=talkers-$$count "talkers={\"count\": $$count}" $(TABLED) \
	    -- results/talkers-$$count/metrics/summary.json || exit 1; done
	@$(BIN)/speech2face tabulate-scaling --table results/scaling.csv --runs $(TALKERS:%=results/talkers-%)
	@cat results/scaling.md

pictures: figures ## remake the pictures of README and docs from the default run; needs Chromium
	@$(SNAKEMAKE) --quiet rules -- results/example/sheet.png
	@$(BIN)/python docs/pictures/page.py results/bundle results/example/voice.wav results/example/page.png
	@for name in figures/triplets figures/talkers figures/decoder_parts figures/leakage example/sheet example/page; do \
	    $(BIN)/speech2face shrink-picture --source results/$$name.png --target docs/pictures/$$(basename $$name).jpg \
	    || exit 1; done

environment: $(READY) ## the environment alone

UV_COMPILE := $(BIN)/uv pip compile --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
    --no-annotate --no-header --quiet
lock: ## resolve all versions again
	@$(UV_COMPILE) --extra dev pyproject.toml -o requirements.lock
	@echo uv | $(UV_COMPILE) - -o requirements-uv.txt

# What source distributions are built with is locked too.
BUILD_BY := --build-constraints requirements.lock
define SYNC
	@$(BIN)/uv pip sync $(BUILD_BY) --quiet --compile-bytecode --require-hashes requirements.lock
endef
# The lock has the hashes of PyTorch with CUDA. Without CUDA, PyTorch is installed by version and the rest by hash.
define SYNC_CPU
	@awk '/^[a-z0-9]/ {keep = !/^(torch|triton|nvidia-|cuda-)/} keep' requirements.lock >$(VENV)/requirements.lock
	@$(BIN)/uv pip sync $(BUILD_BY) --quiet --compile-bytecode --require-hashes $(VENV)/requirements.lock
	@$(BIN)/uv pip install $(BUILD_BY) --quiet --compile-bytecode --no-deps --torch-backend cpu \
	    $$(awk '/^torch/ {print $$1}' requirements.lock)
endef

# Compiled here, on all cores: where Python may not keep what it compiles, every job would do so again, for seconds.
$(READY): requirements.lock requirements-uv.txt pyproject.toml
	@$(PYTHON3) -c 'import sys; v = sys.version_info[:2]; (3, 11) <= v <= (3, 13) or sys.exit(f"Python 3.11, 3.12 or 3.13 is needed, and this is {v[0]}.{v[1]}: make PYTHON3=/path/to/python3.11")'
	@echo "Making the environment in $(VENV) ($(if $(TORCH),2,6) GB; minutes when the packages must be downloaded) ..."
	@$(PYTHON3) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-uv.txt
	$(if $(TORCH),$(SYNC_CPU),$(SYNC))
	@$(BIN)/uv pip install $(BUILD_BY) --quiet --no-deps --editable .
	@$(BIN)/python -m speech2face.learning.encoder.fetch_campplus
	@$(BIN)/python -m speech2face.evaluation.judges.fetch || echo "Runs leave out the measures of these judges (docs/judges.md)."
	@touch $@
