# Nykter's only runner. Every target first makes a local .venv from requirements.lock; nothing else is needed but
# python3 (3.11 or newer). `make` alone lists the targets.

.DEFAULT_GOAL := help
.PHONY: help demo test check bench soak fuzz fuzz-ingest fuzz-api sbom lock fmt clean bootstrap format-check lint types imports unit access-doc
MAKEFLAGS += --no-print-directory

BIN := .venv/bin
# An ordinary user's PATH often leaves out where Debian keeps mosquitto and debootstrap.
export PATH := $(PATH):/usr/sbin:/sbin

help: ## this list
	@echo "Nykter: open platform for remote alcohol monitoring (not a certified medical device)"
	@echo
	@sed -n 's/^\([a-z][a-z-]*\):.*## \(.*\)$$/  make \1@\2/p' $(firstword $(MAKEFILE_LIST)) | awk -F@ '{printf "%-16s %s\n", $$1, $$2}'
	@echo
	@echo "  make demo takes PORT=, SPEED=, CLIENTS=, DAYS=, SEED= and DATA="

bootstrap:
	@scripts/bootstrap

demo: bootstrap ## the whole system on simulated people; prints the address and logins, Ctrl-C ends it
	@scripts/system-packages demo
	@exec $(BIN)/nykter demo $(if $(PORT),--port "$(PORT)") $(if $(SPEED),--speed "$(SPEED)") \
	  $(if $(CLIENTS),--clients "$(CLIENTS)") $(if $(DAYS),--days "$(DAYS)") $(if $(SEED),--seed "$(SEED)") \
	  $(if $(DATA),--data "$(DATA)")

check: bootstrap ## format, ruff, mypy, import rules, unit tests and schemas
	@$(MAKE) -j2 --output-sync=target unit types format-check lint imports

test: check ## everything: check, then the tests on real databases, brokers, processes and a browser
	@scripts/system-packages test
	$(BIN)/pytest tests --ignore=tests/unit --durations=15 -n $(or $(JOBS),2) --dist loadfile

bench: bootstrap ## measure this machine; prints a table and writes bench.json
	@scripts/system-packages demo
	@exec $(BIN)/nykter bench

soak: bootstrap ## ten minutes of 200 gateways while everything is killed, then a count; takes SECONDS=, GATEWAYS=, SEED=
	@scripts/system-packages test
	@exec $(BIN)/python -m tests.soak.run $(if $(SECONDS),--seconds "$(SECONDS)") \
	  $(if $(GATEWAYS),--gateways "$(GATEWAYS)") $(if $(SEED),--seed "$(SEED)")

fuzz: bootstrap ## a million random and mutated frames for every breathalyzer driver; takes FRAMES= and SEED=
	@exec nice $(BIN)/python -m tests.fuzz.drivers $(if $(FRAMES),--frames "$(FRAMES)") $(if $(SEED),--seed "$(SEED)")

fuzz-ingest: bootstrap ## 100,000 broken, oversized, replayed and forged messages into ingest; takes MESSAGES= and SEED=
	@scripts/system-packages demo
	@exec nice $(BIN)/python -m tests.fuzz.ingest $(if $(MESSAGES),--messages "$(MESSAGES)") $(if $(SEED),--seed "$(SEED)")

fuzz-api: bootstrap ## over 10,000 calls to every operation of the API as every role, another tenant's data planted; takes CASES= and SEED=
	@scripts/system-packages demo
	@exec nice $(BIN)/python -m tests.fuzz.api $(if $(CASES),--cases "$(CASES)") $(if $(SEED),--seed "$(SEED)")

sbom: bootstrap ## a bill of materials (CycloneDX) from the lock, as sbom.json
	@$(BIN)/python scripts/sbom

fmt: bootstrap ## format the code and mend what ruff can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

access-doc: bootstrap ## write docs/access.md from the table of roles and actions
	$(BIN)/python -m scripts.access_doc

lock: ## renew requirements.lock from pyproject.toml (hashes, no addresses)
	@test -x .venv-lock/bin/uv || { python3 -m venv .venv-lock && .venv-lock/bin/python -m pip install --quiet uv; }
	.venv-lock/bin/uv pip compile --quiet --generate-hashes --universal --all-extras --python-version 3.11 \
	  --no-emit-index-url --no-emit-find-links --no-header --output-file requirements.lock pyproject.toml
	@! grep -nE '://|^ *--(find-links|index-url|extra-index-url)' requirements.lock

clean: ## remove .venv, caches and build products; data and demo folders stay
	rm -rf .venv .venv-lock .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis build dist bench.json
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

format-check: bootstrap
	$(BIN)/ruff format --check .

lint: bootstrap
	$(BIN)/ruff check .

types: bootstrap
	$(BIN)/mypy

imports: bootstrap
	@$(BIN)/lint-imports --cache-dir .import_linter_cache

# The committed schemas are compared with the models by tests/unit/contracts/test_schemas.py.
unit: bootstrap
	$(BIN)/pytest tests/unit -q
