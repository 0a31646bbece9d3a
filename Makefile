# Everything starts here: `make help` lists it. Each target makes what it needs first.
PYTHON ?= python3
STAGE ?= dev
VENV := .venv/stamp
LOCAL := .local/ministack-venv/stamp .local/lambda-venv/stamp
RUN := .venv/bin/python
export PYTHONDONTWRITEBYTECODE = 1

.DEFAULT_GOAL := help
.PHONY: help run demo fleet test test-long check format generate lock policy deploy package doctor reconcile destroy bench cost weight clean

help: ## List what there is
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

run: $(VENV) $(LOCAL) ## Run the engine on this machine until Ctrl-C (PORT=5000 AWS_PORT=4566; IAM=1: calls have to be signed)
	@$(RUN) -m infra.local

demo: $(VENV) $(LOCAL) ## See one of a fleet of emulated instances being terminated
	@$(RUN) -m infra.demo

fleet: $(VENV) ## Give the running local engine three instances tagged Chaos=true to attack
	@$(RUN) -m infra.fleet

test: $(VENV) $(LOCAL) ## All tests but the slow suites, with coverage
	@$(RUN) -m pytest -n 2 --dist loadgroup --cov --cov-fail-under=95

# pytest's status 5 is that it found none.
test-long: $(VENV) $(LOCAL) ## The slow suites
	@$(RUN) -m pytest -m long -n 2 --dist loadgroup || { test $$? -eq 5 && echo "There are no slow suites yet."; }

check: $(VENV) ## Requirements, format, lint, types, import contracts, generated files, unit tests
	@$(RUN) -m infra.lock --check
	@.venv/bin/deptry . --config infra/deptry.toml
	@.venv/bin/deptry . --config infra/deptry-dev.toml
	@$(RUN) -m ruff format --check .
	@$(RUN) -m ruff check .
	@$(RUN) -m mypy
	@.venv/bin/lint-imports --no-logo
	@$(RUN) -m infra.generate --check
	@$(RUN) -m pytest -q -n 2 tests/unit tests/infra

format: $(VENV) ## Format the code
	@$(RUN) -m ruff format .
	@$(RUN) -m ruff check --fix .

generate: $(VENV) ## Write .chalice/config.json and the policies from infra/
	@$(RUN) -m infra.generate

lock: $(VENV) ## Pin what the requirements*.in ask for, with hashes (UPGRADE=yes: the newest releases that fit)
	@$(RUN) -m infra.lock $(if $(filter yes,$(UPGRADE)),--upgrade)

policy: $(VENV) ## Print what the attack function may do, for the plugins that are here (STAGE=dev)
	@$(RUN) -m infra.policy $(STAGE)

deploy: $(VENV) ## Deploy a stage to AWS, or bring it up to date (STAGE=dev)
	@$(RUN) -m infra.chalice_deploy $(STAGE)

package: $(VENV) ## Put what CloudFormation alone takes into build/, and say what to call (STAGE=dev)
	@$(RUN) -m infra.package_folder $(STAGE)

doctor: $(VENV) ## Look at a stage, and say what mends what is not well (STAGE=dev, or local)
	@$(RUN) -m infra.doctor $(STAGE)

reconcile: $(VENV) ## Compare all schedules of a stage with its table; REPAIR=yes mends (STAGE=dev, or local)
	@$(RUN) -m infra.reconcile $(STAGE) $(if $(filter yes,$(REPAIR)),--repair)

destroy: $(VENV) ## Take a stage away from AWS; TABLES=yes with its table, after asking (STAGE=dev)
	@$(RUN) -m infra.destroy $(STAGE) $(TABLES)

bench: $(VENV) $(LOCAL) ## Measure what it costs in time and memory, on an engine of its own (DOCS=yes: into docs/performance.md)
	@$(RUN) -m infra.bench $(if $(filter yes,$(DOCS)),--docs)

cost: $(VENV) ## What a stage costs, and which quota binds first: the tables of docs/cost.md (WRITE=yes puts them there)
	@$(RUN) -m infra.costs $(if $(filter yes,$(WRITE)),--write)

weight: $(VENV) .local/lambda-venv/stamp ## What the package holds, by weight, and which function imports it (docs/package.md)
	@$(RUN) -m infra.weight

clean: ## Remove all that was made here, the local engine's state too
	@rm -rf .venv .local .coverage coverage.xml htmlcov .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/stamp: requirements-dev.txt requirements.txt
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is missing: install Python 3.11 or newer" >&2; exit 1; }
	@$(PYTHON) infra/local/make_venv.py .venv requirements-dev.txt

.local/ministack-venv/stamp: requirements-local.txt .venv/stamp
	@$(RUN) infra/local/make_venv.py .local/ministack-venv requirements-local.txt

# The Python that runs the Lambda functions locally: a bare one, so that what the package lacks is lacking.
.local/lambda-venv/stamp: .venv/stamp
	@$(RUN) infra/local/make_venv.py .local/lambda-venv
