# Passerelle: everything that is done with it. `make help` lists it.
#
# Needs Rust, Python 3.11 or newer and Terraform 1.11 or newer; everything else is installed into .venv and target.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
PY := .venv/bin/python
export PATH := $(CURDIR)/.venv/bin:$(PATH)

# cargo lambda always builds for a named target. Tests and clippy name the same one, so that dependencies are compiled
# once for all of them.
HOST = $(shell rustc -vV | sed -n 's/^host: //p')

# A crate each, named like the function.
FUNCTIONS := $(patsubst functions/%,-p %,$(wildcard functions/*))

# Without its dependency zig (472 MB), which only a build for another processor needs.
CARGO_LAMBDA := cargo-lambda==1.9.2
ZIG := ziglang==0.15.2

TOOLS := .venv/.ready-$(CARGO_LAMBDA)

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@printf '%s\n' '' \
	  '  CONFIG=DIR       with run, up and check: another configuration than infra/environments/local' \
	  '  ENV=NAME         with deploy: the environment, a directory of infra/environments' \
	  '  FILE=…  FN=…     with drop, trigger and logs: the file, the function (fetch-orders)' \
	  '  INVOICES=N       with bench: how many invoices the large file has (100000)' \
	  '  AT=TIME          with trigger: the scheduled time (2026-11-24T00:00:00Z), now unless given'

# What is wrong with a configuration is said before anything is built or started with it.
.PHONY: check
check: ## Say all that is wrong with a configuration: make check CONFIG=infra/environments/prod
	cargo build --target $(HOST) --package passerelle-cli
	@target/$(HOST)/debug/passerelle check "$(or $(CONFIG),infra/environments/local)"

.PHONY: run
run: tools check build ## Play a whole day on this machine, from nothing, and show what happened
	@$(PY) -m tests.day $(if $(CONFIG),--config "$(CONFIG)")

.PHONY: up
up: tools check build ## Start the local cloud, or bring it up to date, and leave it running
	@$(PY) -m tests.local up $(if $(CONFIG),--config "$(CONFIG)")

.PHONY: shop
shop: tools ## Run the stand-in shop where the local configuration looks for it, until Ctrl-C
	@$(PY) -m tests.standins.shop --port 8787 --day "$$(TZ=Europe/Paris date +%F)" --state target/shop \
	  --key ck_local --secret cs_local

.PHONY: down
down: tools ## Stop the local cloud; what was in it is gone
	@$(PY) -m tests.local down

.PHONY: status
status: tools ## Show where the local cloud answers and what waits in its queues
	@$(PY) -m tests.local status

.PHONY: drop
drop: tools ## Drop an invoice file as the ERP does: make drop FILE=factures.csv
	@$(PY) -m tests.local drop "$(or $(FILE),$(error say which file: make drop FILE=factures.csv))"

.PHONY: trigger
trigger: tools ## Run a scheduled function now: make trigger FN=fetch-orders
	@$(PY) -m tests.local trigger "$(or $(FN),$(error say which function: make trigger FN=fetch-orders))" \
	  $(if $(AT),--at "$(AT)")

.PHONY: logs
logs: tools ## Show what a function logged: make logs FN=fetch-orders
	@$(PY) -m tests.local logs "$(or $(FN),$(error say which function: make logs FN=fetch-orders))"

.PHONY: test
test: tools ## Everything that CI runs
	$(MAKE) --no-print-directory lint-python
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --target $(HOST) -- -D warnings
	if cargo nextest --version >/dev/null 2>&1; then \
	  cargo nextest run --workspace --target $(HOST); \
	else \
	  cargo test --workspace --all-targets --target $(HOST); \
	fi
	cargo test --workspace --doc --target $(HOST)
	$(MAKE) --no-print-directory infra build
	$(PY) -m pytest -p no:cacheprovider -ra -v tests

.PHONY: bench
bench: tools build ## Measure: orders in, files beside csv readers, PDFs beside others, a large file on the local cloud
	cargo bench --quiet --package passerelle-shops --bench orders_in
	$(PY) tests/bench/invoices_in.py
	$(PY) -m pip install --quiet --disable-pip-version-check --requirement tests/bench/requirements.txt
	$(PY) -m tests.bench.render
	$(PY) -m tests.bench.ingest $(INVOICES)

.PHONY: sim
sim: ## Live through storms: make sim SEEDS=1..100000, or SEEDS=17 to see what that one does
	cargo run --quiet --package simulation --target $(HOST) -- "$(or $(SEEDS),1..2000)"

.PHONY: infra
infra: tools ## Check the Terraform: form, types, rules
	@$(PY) -m tests.local.check_infra

.PHONY: lint-python
lint-python: tools ## Check the Python: rules, types
	@.venv/bin/ruff check
	@.venv/bin/mypy

.PHONY: build
build: tools ## Build the functions for the local cloud, and the operator's command
	cargo lambda build --compiler cargo --output-format zip --target $(HOST) $(FUNCTIONS)
	cargo build --target $(HOST) --package passerelle-cli

.PHONY: tools
tools: $(TOOLS) ## Install what the local cloud and the tests need into .venv

$(TOOLS): tests/requirements.txt
	@command -v cargo >/dev/null || { echo 'cargo is missing: install Rust, https://rustup.rs' >&2; exit 1; }
	@command -v terraform >/dev/null || { echo 'terraform is missing: https://developer.hashicorp.com/terraform/install' >&2; exit 1; }
	@rm -rf .venv
	@$(PYTHON) -m venv .venv || { echo 'Python cannot make a virtual environment: on Debian, apt-get install python3-venv' >&2; exit 1; }
	$(PY) -m pip install --quiet --disable-pip-version-check --requirement tests/requirements.txt
	$(PY) -m pip install --quiet --disable-pip-version-check --no-deps $(CARGO_LAMBDA)
	@touch $@

# What a zip says of its file's age: with the time of the build in it, every build would deploy every function anew.
AGE = 198001010000

# Production's own directory: zips for another processor must not get into the local cloud.
DEPLOY = target/deploy/$(ENV)

.PHONY: deploy
deploy: tools ## Build for production and apply its Terraform, after showing the plan: make deploy ENV=prod
	@$(if $(filter-out local,$(ENV)),,$(error say which environment: make deploy ENV=prod))
	@test -f infra/environments/$(ENV)/backend.tf || { \
	  echo 'infra/environments/$(ENV)/backend.tf is missing: copy backend.tf.example beside it and fill it in' >&2; exit 1; }
	$(MAKE) --no-print-directory check CONFIG=infra/environments/$(ENV)
	$(PY) -m pip install --quiet --disable-pip-version-check $(ZIG)
	rustup target add aarch64-unknown-linux-gnu
	cargo lambda build --release --arm64 $(FUNCTIONS) --lambda-dir $(DEPLOY)/lambda
	for file in $(DEPLOY)/lambda/*/bootstrap; do touch -t $(AGE) $$file; $(PY) -m zipfile -c $$file.zip $$file; done
	rm -rf $(DEPLOY)/infra
	cp -R infra $(DEPLOY)/infra
	cp infra/environments/$(ENV)/backend.tf $(DEPLOY)/infra/
	terraform -chdir=$(DEPLOY)/infra init -input=false -backend-config=key=passerelle/$(ENV).tfstate
	terraform -chdir=$(DEPLOY)/infra apply -var-file=environments/$(ENV)/terraform.tfvars \
	  -var=artifacts_dir=$(CURDIR)/$(DEPLOY)/lambda
