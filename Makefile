# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Short on purpose: what a target does is in tests/tools/, in typed Python.
# ENV is the environment to work in: `make unit ENV=.venv-newest` runs the unit tests with the newest ansible.
ENV ?= .venv
PYTHON ?= python3
ARGS ?=
BIN := $(ENV)/bin
RUN := $(BIN)/python tests/tools
SOURCES := plugins tests

# Bytecode beside the sources would be copied, packed and linted with them.
export PYTHONDONTWRITEBYTECODE := 1

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help env demo pages test test-newest test-oldest format lint types ansible-lint docs site unit coverage integration faults ee sanity bench build importer installed release-check clean

help:  ## this list
	@echo 'cloudpki.aws: make TARGET'
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 16

env:  ## set up the environment in .venv (again only when something changed)
	@$(PYTHON) tests/tools/make_env.py $(ENV)

demo: env  ## audit a small organization on a local AWS, twice; the reports are in demo-output/
	@$(BIN)/python tests/demo/run.py $(ARGS)

pages: env  ## the page that the last `make demo` left, in Chromium
	@$(BIN)/python -m pytest -n 0 -m demo_page tests/unit/pages

test: env  ## every part below, with a summary; the main ones also with the newest and the oldest ansible
	@$(RUN)/run_tests.py

test-newest:  ## sanity, demo, unit and all of integration with the newest ansible, in .venv-newest
	@$(PYTHON) tests/tools/make_env.py .venv-newest
	@.venv-newest/bin/python tests/tools/run_tests.py sanity demo unit integration

test-oldest:  ## demo and unit tests with the oldest versions that the collection supports, in .venv-oldest
	@$(PYTHON) tests/tools/make_env.py .venv-oldest
	@.venv-oldest/bin/python tests/tools/run_tests.py

format: env  ## rewrite the Python files in the project's format, and the tables of README.md
	@$(BIN)/ruff check --fix-only --quiet $(SOURCES)
	@$(BIN)/ruff format $(SOURCES)
	@$(RUN)/readme_tables.py

lint: env  ## ruff (rules and format), yamllint, licenses, and the files of GitHub
	@$(BIN)/ruff check --quiet --output-format concise $(SOURCES)
	@$(BIN)/ruff format --check --quiet $(SOURCES) || { echo 'Not in the project'"'"'s format: make format rewrites it.'; exit 1; }
	@$(BIN)/yamllint --strict .
	@$(BIN)/reuse lint --lines
	@$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml
	@$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-issue-forms .github/ISSUE_TEMPLATE/[!c]*.yml
	@$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-issue-config .github/ISSUE_TEMPLATE/config.yml
	@$(BIN)/check-jsonschema --quiet --builtin-schema vendor.dependabot .github/dependabot.yml

types: env  ## mypy
	@$(RUN)/stage.py mypy -p ansible_collections.cloudpki.aws.plugins
	@$(RUN)/stage.py mypy tests/awx tests/emulator tests/tools tests/demo tests/pages tests/execution_environment tests/faults tests/docsite
	@MYPYPATH=tests/benchmarks $(RUN)/stage.py mypy tests/benchmarks

ansible-lint: env  ## ansible-lint, production profile, offline
	@$(RUN)/stage.py ansible-lint --nocolor --offline --profile production

docs: env  ## antsibull-docs over the plugins' documentation, the changelog, and the tables of README.md
	@$(RUN)/readme_tables.py --check
	@$(RUN)/lint_docs.py

site: env  ## the documentation site in build/site/; every warning fails
	@$(RUN)/build_site.py

unit: env  ## unit tests (ARGS='-k word' selects)
	@$(BIN)/python -m pytest $(ARGS)

coverage: env  ## unit tests with the branch coverage of plugins/
	@$(BIN)/python -m pytest --cov=plugins --cov-branch --cov-report=term-missing:skip-covered --cov-fail-under=95 $(ARGS)

integration: env  ## integration targets on a local AWS (ARGS='target ...' selects)
	@$(RUN)/run_integration.py $(ARGS)

faults: env  ## faults of AWS and of the network, crashes and races; writes docs/reliability.md (ARGS='--rounds 1' is short, ARGS=--help tells the rest)
	@$(BIN)/python tests/faults/run.py $(ARGS)

ee: env  ## an execution environment, built from Debian's packages, in which ansible-runner audits a local AWS (as root)
	@$(BIN)/python tests/execution_environment/run.py

sanity: env  ## ansible-test sanity, all tests, no exceptions (ARGS='--test pylint' selects)
	@$(RUN)/run_sanity.py $(ARGS)

bench: env  ## benchmarks, 20 minutes; writes docs/benchmarks.md (ARGS=--quick tries them, ARGS=--help tells the rest)
	@$(BIN)/python tests/benchmarks/run.py $(ARGS)

build: env  ## the collection's archive in build/, its contents checked
	@$(RUN)/build_collection.py

importer: build  ## galaxy-importer over the archive
	@$(RUN)/run_importer.py

installed: build  ## the archive where it is installed: a playbook by its name and the README's task, with an empty home
	@$(RUN)/try_archive.py

release-check: env  ## whether a tag can be published (ARGS=1.2.3)
	@$(RUN)/check_release.py $(ARGS)

clean:  ## remove everything made by the targets above, the environments too
	@rm -rf .venv .venv-newest .venv-oldest .venv-rulebook build demo-output tests/output .mypy_cache .pytest_cache .ruff_cache .ansible .coverage
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
