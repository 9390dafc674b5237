PYTHON ?= python3
BIN := .venv/bin
TEST_PACKAGES := 'postgresql=/usr/lib/postgresql/*/bin/initdb' 'chromium=/usr/bin/chromium'

.PHONY: help demo test check bench clean build

help: ## Say what each target does
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: ## A small chain on this machine until Ctrl-C; ONCE=1 ends by itself
	@$(PYTHON) scripts/bootstrap.py gateway,central
	@$(BIN)/tillgate demo --folder build/demo $(if $(ONCE),--once)

build:
	@$(PYTHON) scripts/bootstrap.py gateway,central,hid,dev $(TEST_PACKAGES)

check: build ## Style, types, import rules, contracts
	@scripts/check

test: check ## Everything: the checks, then every suite
	@scripts/test

bench: build ## Measure, print a table, write build/bench.json
	@$(BIN)/python tests/perf

clean: ## Remove what was built
	rm -rf .venv build dist *.egg-info accel/*.c accel/*.so
	find protos -name '*_pb2*' -delete
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
