# Every command that the README and CONTRIBUTING name. `make` alone lists them.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input --quiet
SOURCES := core adapters bot tests examples deploy
JOBS ?= 3
NEW_ENOUGH = $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, for example: make PYTHON=python3.12 $(MAKECMDGOALS)" or 0)'

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: setup
setup: $(VENV)/.runtime ## make .venv with both programs in it, from the lock file

# Stamped last, so that a set-up which was broken off is begun again.
$(VENV)/.runtime: requirements.lock pyproject.toml
	@echo "setting up $(VENV) (once; about a minute)" >&2
	@$(NEW_ENOUGH)
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --editable .
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.runtime $(wildcard examples/*/pyproject.toml)
	@echo "adding what the checks need" >&2
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@for example in examples/*/; do $(PIP) install --no-deps --editable "$$example" || exit 1; done
	@touch $@

.PHONY: demo
demo: $(VENV)/.runtime ## play the group chat in this terminal, with a real shop behind it
	@$(BIN)/pretix-maintenance-bot demo

# Real parts for the end-to-end tests. Without root those tests skip and say why.
.PHONY: debian
debian:
	@tests/debian-packages nginx=nginx-light sudo=sudo strace=strace faketime=faketime chromium=chromium \
	  mkfs.xfs=xfsprogs xfs_io=xfsprogs mkfs.btrfs=btrfs-progs eatmydata=eatmydata \
	  systemd-analyze=systemd npm=npm mkfs.ext4=e2fsprogs openssl=openssl

.PHONY: lint
lint: $(VENV)/.dev ## ruff and mypy
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/mypy tests

.PHONY: test
test: debian lint lint-deploy ## all checks that need no systemd of their own
	@rm -f .coverage .coverage.*
	@$(BIN)/pytest -n $(JOBS) --dist=worksteal --cov --cov-report= tests examples
	@$(BIN)/python tests/coverage_gate.py

.PHONY: test-web
test-web: $(VENV)/.dev debian ## nginx and the page alone, in a real nginx and Chromium
	@$(BIN)/pytest -n $(JOBS) --dist=worksteal tests/web

.PHONY: test-pretix
test-pretix: $(VENV)/.dev debian ## a real pretix behind nginx, with a fake Mollie (minutes)
	@tests/debian-packages redis-server=redis-server openssl=openssl
	@$(BIN)/pytest -v --capture=sys tests/pretix

$(VENV)-deploy/.done: requirements-deploy.lock
	@$(NEW_ENOUGH)
	@$(PYTHON) -m venv $(VENV)-deploy
	@$(VENV)-deploy/bin/python -m pip --disable-pip-version-check --no-input --quiet install --require-hashes -r $<
	@touch $@

.PHONY: setup-deploy
setup-deploy: $(VENV)-deploy/.done ## make .venv-deploy with Ansible and its linters

.PHONY: lint-deploy
lint-deploy: $(VENV)-deploy/.done ## yamllint and ansible-lint (production profile)
	@cd deploy && ../$(VENV)-deploy/bin/yamllint -s . && ../$(VENV)-deploy/bin/ansible-lint --offline

.PHONY: test-host
test-host: $(VENV)-deploy/.done ## the role on real Debian 12 and 13 hosts, in containers (root, minutes)
	@tests/debian-packages systemd-nspawn=systemd-container mmdebstrap=mmdebstrap ip=iproute2 ssh=openssh-client
	@$(VENV)-deploy/bin/python -m tests.host

.PHONY: faults
faults: $(VENV)/.dev debian ## every kill point and failing call, a year, chaos, a minute of fuzz each (an hour and more)
	@$(BIN)/pytest --all-faults -n $(JOBS) --dist=worksteal -o timeout=7200 tests/faults tests/property tests/fuzz

$(VENV)-mutants/.done: requirements-mutants.lock
	@$(PYTHON) -m venv $(VENV)-mutants
	@$(VENV)-mutants/bin/python -m pip --disable-pip-version-check --no-input --quiet install --require-hashes -r $<
	@touch $@

.PHONY: mutants
mutants: $(VENV)-mutants/.done ## would a test notice a wrong line in the modules that decide? (minutes)
	@$(VENV)-mutants/bin/python -m tests.mutation

.PHONY: attacks
attacks: $(VENV)/.dev debian ## forged requests, floods, sudo's misuse, planted secrets
	@$(BIN)/pytest --all-faults -v -o timeout=900 tests/attacks tests/e2e/test_sudo_rule.py tests/e2e/test_sudo_signals.py tests/e2e/test_sudo_directory_attacks.py

.PHONY: bench
bench: $(VENV)/.dev $(VENV)-deploy/.done debian ## costs, in one interleaved run, against the field (10 min)
	@tests/debian-packages wrk=wrk npm=npm
	@$(BIN)/python -m tests.bench

.PHONY: lock-files
lock-files: ## renew both lock files (needs uv); no download addresses in them
	uv pip compile --universal --generate-hashes --no-header --no-emit-index-url --no-emit-find-links --python-version 3.11 --extra signatures pyproject.toml -o requirements.lock
	uv pip compile --universal --generate-hashes --no-header --no-emit-index-url --no-emit-find-links --python-version 3.11 --extra signatures --group dev -c requirements.lock pyproject.toml -o requirements-dev.lock
	uv pip compile --universal --generate-hashes --no-header --no-emit-index-url --no-emit-find-links --python-version 3.11 tests/pretix/requirements.in -o requirements-pretix.lock
	uv pip compile --universal --generate-hashes --no-header --no-emit-index-url --no-emit-find-links --python-version 3.11 -c requirements-dev.lock tests/mutation/requirements.in -o requirements-mutants.lock

.PHONY: clean
clean: ## remove everything that the other targets made
	rm -rf $(VENV) $(VENV)-deploy $(VENV)-mutants mutants .demo .bench .hosts .pretix .coverage .coverage.* .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist
