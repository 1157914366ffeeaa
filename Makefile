# Two commands matter: `make run` and `make test`. The rest is for people who work on the code.
PYTHON ?= $(shell command -v python3.13 || command -v python3.12 || command -v python3.11 || command -v python3 || echo python3)
BIN := .venv/bin
DATA ?=
PYTEST_ARGS ?=
export PYTHONDONTWRITEBYTECODE := 1

.PHONY: run install install-tests test lint check campaign bench generate lock clean

run: install            ## install what is missing, start everything, load the demo story
	@exec $(BIN)/provenance up

install:                ## set up only
	@$(PYTHON) scripts/bootstrap.py

install-tests:
	@$(PYTHON) scripts/bootstrap.py --tests

test: install-tests     ## install what tests need and run every test; DATA=DIR adds conformance data
	@$(BIN)/python scripts/check.py
	@$(BIN)/python -m pytest $(if $(DATA),--data $(DATA)) $(PYTEST_ARGS)

lint:                   ## the static half of `make test`
	@$(BIN)/python scripts/check.py

campaign: install-tests ## the same tests at full size (hours); results go to bench/results/
	@CAMPAIGN=1 $(BIN)/python -m pytest $(if $(DATA),--data $(DATA)) -m "not browser" $(PYTEST_ARGS)

bench: install-tests    ## measure every figure and rewrite bench/README.md
	@$(BIN)/python -m bench

generate:               ## rewrite everything that is generated
	@$(BIN)/python scripts/check.py --write

lock:                   ## resolve the requirement sets anew
	@$(BIN)/python scripts/lock.py

clean:
	rm -rf .venv build .cache hardhat-node/node_modules hardhat-node/artifacts hardhat-node/cache
