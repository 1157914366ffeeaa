# Two commands matter: `make run` and `make test`. The rest is for people who work on the code.
# The first of these that really runs and is new enough: version managers leave shims that do not.
ifeq ($(origin PYTHON),undefined)
PYTHON := $(shell for name in python3.13 python3.12 python3.11 python3.14 python3; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$name && break; done)
endif
BIN := .venv/bin
DATA ?=
PYTEST_ARGS ?= -n 2 --dist loadfile --timeout 1200
export PYTHONDONTWRITEBYTECODE := 1

# Asked in words that every Python understands, before any file of ours is read by one too old.
CHECK_PYTHON = $(or $(PYTHON),false) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	2>/dev/null || { echo "setup: Python 3.11 or newer is needed$(if $(PYTHON),; $(PYTHON) is not,): \
	apt-get install python3 python3-venv, or make PYTHON=/path/to/python" >&2; exit 1; }

.PHONY: run install install-tests test lint check campaign bench generate lock clean

run: install            ## install what is missing, start everything, load the demo story
	@exec env -u PYTHONDONTWRITEBYTECODE $(BIN)/provenance up  # the next start is quicker

install:                ## set up only
	@$(CHECK_PYTHON)
	@$(PYTHON) scripts/bootstrap.py

install-tests:
	@$(CHECK_PYTHON)
	@$(PYTHON) scripts/bootstrap.py --tests

test: install-tests     ## install what tests need and run every test; DATA=DIR adds conformance data
	@$(BIN)/python scripts/check.py
	@$(BIN)/python -m pytest $(if $(DATA),--data=$(DATA)) -m "not network" $(PYTEST_ARGS)
	@# Four validators and their blocks want both cores: one test at a time.
	@$(BIN)/python -m pytest $(if $(DATA),--data=$(DATA)) -m network --timeout 1200

lint:                   ## the static half of `make test`
	@$(BIN)/python scripts/check.py

campaign: install-tests ## the same tests at full size (hours); results go to bench/results/
	@CAMPAIGN=1 $(BIN)/python -m pytest $(if $(DATA),--data=$(DATA)) -m "not browser" $(PYTEST_ARGS)

bench: install-tests    ## measure every figure and rewrite bench/README.md
	@$(BIN)/python -m bench

generate:               ## rewrite everything that is generated
	@$(BIN)/python scripts/check.py --write

lock:                   ## resolve the requirement sets anew
	@$(BIN)/python scripts/lock.py

clean:
	rm -rf .venv build .cache hardhat-node/node_modules hardhat-node/artifacts hardhat-node/cache
