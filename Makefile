# `make demo` and `make test` each make everything ready first; neither needs the other. Python 3.11 or newer is found by itself;
# `make demo PYTHON=/path/to/python` names one.

VENV ?= .venv
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo $$p; break; }; done)
BIN = $(VENV)/bin
PIP = $(BIN)/python -m pip --quiet --disable-pip-version-check
CHAIN = sample_data

# Without compiled modules beside the source, each of the programs that tests start would compile everything anew: a tenth of the tests' time.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test test-slow lint pictures reference clean

demo: $(VENV)/.ready
	$(BIN)/lohko run $(CHAIN)
	$(BIN)/lohko report $(CHAIN)/work/segment --quiet
	@echo
	@echo "The same as a page: $(CURDIR)/$(CHAIN)/work/report.html"
	@echo "Its packages:       $(CURDIR)/$(CHAIN)/work/"
	@echo "In Finnish:         $(BIN)/lohko report $(CHAIN)/work/segment -o report-fi.html --lang fi"

# Bytecode is kept whatever the surroundings say: else every program that a test starts would compile all of lohko anew.
test test-slow: export PYTHONDONTWRITEBYTECODE =

test: $(VENV)/.ready-dev
	$(BIN)/python -m pytest -n 2 --dist worksteal

test-slow: $(VENV)/.ready-dev
	$(BIN)/python -m pytest -n 2 --dist worksteal -m slow

lint: $(VENV)/.ready-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

pictures: $(VENV)/.ready-dev
	$(BIN)/python docs/pictures.py

reference: $(VENV)/.ready-dev
	$(BIN)/python -m docs.reference

clean:
	rm -rf $(VENV) $(CHAIN)/work build dist

$(VENV)/pyvenv.cfg:
	@test -n "$(PYTHON)" || { echo "lohko needs Python 3.11 or newer; name one with PYTHON=/path/to/python" >&2; exit 2; }
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "this Python has no venv module (Debian: apt install python3-venv)" >&2; exit 2; }

$(VENV)/.ready: $(VENV)/pyvenv.cfg pyproject.toml constraints.txt
	$(PIP) install --constraint constraints.txt --editable .
	@touch $@

$(VENV)/.ready-dev: $(VENV)/pyvenv.cfg pyproject.toml constraints.txt
	$(PIP) install --constraint constraints.txt --editable '.[dev]'
	# a carrier of the published CDNOW sample; without what it needs to run, since nobody runs it (pandas stays out)
	$(PIP) install --constraint constraints.txt --no-deps lifetimes
	@touch $@ $(VENV)/.ready
