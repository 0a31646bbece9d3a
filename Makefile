# `make help` lists the commands. Each target first makes the environments that it needs.
PYTHON ?= python3
STAGE ?= dev
VENV := .venv/stamp
LOCAL := .local/stamp
RUN := .venv/bin/python
LEAN := .local/run-venv/bin/python
PYTHON_FOUND = command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is missing: install Python 3.11 or newer" >&2; exit 1; }
export PYTHONDONTWRITEBYTECODE = 1

.DEFAULT_GOAL := help
.PHONY: help environments run demo fleet test test-long check lint format generate docs lock policy deploy package doctor reconcile destroy script bench cost clean

help: ## List the commands
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

run: $(LOCAL) ## Run the engine on this computer until Ctrl-C (PORT=5000 AWS_PORT=4566; IAM=1 requires signed calls)
	@$(LEAN) -m infra.local

demo: $(LOCAL) ## Run one plan from its post to the termination of an emulated instance
	@$(LEAN) -m infra.local.demo

fleet: $(LOCAL) ## Launch three emulated instances tagged Chaos=true for the running local engine to attack
	@$(LEAN) -m infra.local.fleet

test: $(VENV) $(LOCAL) .local/docs-venv/stamp ## Run all tests but the slow suites (COVERAGE=yes measures it: 95 % at the least)
	@$(RUN) -m pytest -n 3 $(if $(filter yes,$(COVERAGE)),--cov --cov-fail-under=95)

test-long: $(VENV) $(LOCAL) ## Run the slow suites: every fault at every request, kills, loads, whole deployments
	@$(RUN) -m pytest -m long -n 2

check: lint ## Run lint and the unit tests
	@$(RUN) -m pytest -q -n 2 tests/unit tests/infra

lint: $(VENV) ## Check requirements, format, lint, types, import contracts and generated files
	@$(RUN) -m infra.packaging.lock --check
	@.venv/bin/deptry . --config infra/deptry.toml
	@.venv/bin/deptry . --config infra/deptry-dev.toml
	@$(RUN) -m ruff format --check .
	@$(RUN) -m ruff check .
	@$(RUN) -m mypy
	@.venv/bin/lint-imports --no-logo
	@$(RUN) -m infra.stage.generate --check
	@$(RUN) -m infra.docs.reference --check

format: $(VENV) ## Format the code
	@$(RUN) -m ruff format .
	@$(RUN) -m ruff check --fix .

generate: $(VENV) ## Write .chalice/config.json and the policies from infra/, and the generated parts of docs/reference
	@$(RUN) -m infra.stage.generate
	@$(RUN) -m infra.docs.reference

docs: $(VENV) .local/docs-venv/stamp ## Build the documentation as a site, into build/site
	@$(RUN) -m infra.docs.site

lock: $(VENV) ## Pin the requirements*.in with hashes (UPGRADE=yes takes the newest releases that fit)
	@$(RUN) -m infra.packaging.lock $(if $(filter yes,$(UPGRADE)),--upgrade)

policy: $(VENV) ## Print the IAM policy of the attack function for the installed attacks (STAGE=dev)
	@$(RUN) -m infra.stage.attack_policy $(STAGE)

deploy: $(VENV) ## Deploy a stage to AWS, or update it (STAGE=dev)
	@$(RUN) -m infra.deploy.chalice_deploy $(STAGE)

package: $(VENV) ## Write a stage's CloudFormation templates and archives to build/, and print the commands (STAGE=dev)
	@$(RUN) -m infra.packaging.package_folder $(STAGE)

doctor: $(VENV) ## Check a stage and suggest fixes (STAGE=dev, or local)
	@$(RUN) -m infra.doctor.checkup $(STAGE)

reconcile: $(VENV) ## Compare all schedules of a stage with its table; REPAIR=yes repairs them (STAGE=dev, or local)
	@$(RUN) -m infra.doctor.reconcile $(STAGE) $(if $(filter yes,$(REPAIR)),--repair)

destroy: $(VENV) ## Remove a stage from AWS; TABLES=yes deletes its table too, after asking (STAGE=dev)
	@$(RUN) -m infra.deploy.destroy $(STAGE) $(if $(filter yes,$(TABLES)),--tables)

script: $(VENV) ## Print a script in one file, to run it by hand (NAME=s_fill_memory)
	@$(RUN) -m infra.script $(NAME)

bench: $(VENV) $(LOCAL) ## Measure time and memory on a local engine of its own (DOCS=yes writes docs/internals/performance.md)
	@$(RUN) -m infra.bench $(if $(filter yes,$(DOCS)),--docs)

cost: $(VENV) ## Print the computed cost of a stage by the month (docs/internals/cost.md)
	@$(RUN) -m infra.cost

clean: ## Remove everything that these commands created here, the local engine's state too
	@rm -rf .venv .local .coverage coverage.xml htmlcov .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

DEV_VENV := .venv=requirements-dev.txt
DOCS_VENV := .local/docs-venv=requirements-docs.txt
# What runs the engine, the local AWS, and the Python that runs the Lambda functions: a bare one, so that what the
# package lacks is lacking.
LOCAL_VENVS := .local/run-venv=requirements-run.txt .local/ministack-venv=requirements-local.txt .local/lambda-venv
MAKE_VENV = $(PYTHON_FOUND) && $(PYTHON) infra/local/make_venv.py

environments: ## Make the environments of all other targets at once
	@$(MAKE_VENV) $(DEV_VENV) $(LOCAL_VENVS) $(DOCS_VENV)
	@touch $(LOCAL)

.venv/stamp: requirements-dev.txt
	@$(MAKE_VENV) $(DEV_VENV)

.local/stamp: requirements-run.txt requirements-local.txt
	@$(MAKE_VENV) $(LOCAL_VENVS)
	@touch $@

.local/docs-venv/stamp: requirements-docs.txt
	@$(MAKE_VENV) $(DOCS_VENV)
