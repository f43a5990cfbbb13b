# Every target sets itself up; the first one takes about a minute, later ones start at once.
# Bytecode is compiled once, on all cores: start-up is fast also where Python may not write it.

VENV := .venv
PY := $(VENV)/bin/python
ENVIRONMENT := $(VENV)/.environment
INSTALLED := $(VENV)/.installed
UV := .cache/uv/bin/uv
PIP := -m pip install --quiet --disable-pip-version-check

# PyTensor's compiled code and sources stay in the checkout, not in the home or temporary folder.
export PYTENSOR_FLAGS := base_compiledir=$(CURDIR)/.cache/pytensor,generated_src_dir=$(CURDIR)/.cache/pytensor-sources
export RUFF_CACHE_DIR := $(CURDIR)/.cache/ruff

.PHONY: install assess test test-slow lint lock notebooks notebooks-check bench clean
.DELETE_ON_ERROR:

assess: $(INSTALLED)
	$(VENV)/bin/bayesips assess --out results/hlc001

install: $(INSTALLED)

test: $(INSTALLED)
	OPENBLAS_NUM_THREADS=1 $(PY) -m pytest -q -n 2 --dist loadfile  # two workers have the cores already; a file shares its fixtures

test-slow: $(INSTALLED)
	$(PY) -m pytest -q -m slow

lint: $(INSTALLED)
	$(PY) -m ruff check
	$(PY) -m ruff format --check
	$(PY) -m mypy

notebooks: $(INSTALLED)
	$(PY) tools/build_notebooks.py

notebooks-check: $(INSTALLED)
	$(PY) tools/build_notebooks.py --check

bench: $(INSTALLED)
	$(PY) benchmarks/run.py

lock: $(UV)
	UV_PYTHON_DOWNLOADS=never $(UV) pip compile pyproject.toml --group dev --universal \
		--python .cache/uv/bin/python --python-version 3.12 --generate-hashes --no-header --no-annotate \
		--quiet -o requirements.lock

clean:
	rm -rf $(VENV) .cache results build dist

$(ENVIRONMENT): requirements.lock tools/find_python.sh
	py=$$(sh tools/find_python.sh) && rm -rf $(VENV) && "$$py" -m venv $(VENV)
	$(PY) $(PIP) --no-compile --require-hashes -r requirements.lock
	-$(PY) -m compileall -q -j 0 $(VENV)/lib >/dev/null 2>&1
	touch $@

$(INSTALLED): $(ENVIRONMENT) pyproject.toml
	$(PY) $(PIP) --no-deps --no-build-isolation -e .
	$(PY) -m compileall -q bayesips
	touch $@

$(UV): tools/find_python.sh
	py=$$(sh tools/find_python.sh) && "$$py" -m venv .cache/uv
	.cache/uv/bin/python $(PIP) uv==0.13.9
	touch $@
