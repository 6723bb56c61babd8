# Two commands are enough: `make demo` and `make test`. Each does all the set-up that it needs, and only once.
# They need Python 3.11 or newer with its venv module, git and make; everything else comes from the lock files.

PYTHON ?= python3
UV := build/uv/bin/uv
RUN := .venv/bin
export UV_PYTHON_DOWNLOADS := never
export DJANGO_SETTINGS_MODULE := chunyu.settings
# Offices often inspect their traffic under a certificate of their own, which only the system knows.
ifneq ($(wildcard /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt),)
export UV_SYSTEM_CERTS := 1
export NODE_USE_SYSTEM_CA := 1
endif
# A workplace's own virtual environment must not be mistaken for this one's.
unexport VIRTUAL_ENV

.PHONY: help demo up stop test check proof bench ready
.DEFAULT_GOAL := help

help:
	@echo "make demo    set everything up, load the demonstration data, start the site, print where it is"
	@echo "make up      set everything up without it, for a federation of your own"
	@echo "make stop    stop all of it"
	@echo "make test    run every test, those in a real browser included"
	@echo "make check   style, types, floors, migrations, translations"
	@echo "make proof   counted faults at full counts (ARGS='R10 R17 --seed 7' for some); writes a scoreboard into docs/proof/"
	@echo "make bench   measure side by side with peers and limits; writes reports into docs/benchmarks/"

demo: ready
	@$(RUN)/chunyu up --demo

up: ready
	@$(RUN)/chunyu up

stop:
	@if [ -x $(RUN)/chunyu ]; then $(RUN)/chunyu stop; else echo "Nothing was running."; fi

# Two workers fill two cores, in the order that tests/conftest.py gives. A file stays with one of them: what it sets up
# is set up once, and its ports are its own. The pages are built first, since tests look at them.
test: ready
	@$(RUN)/python -m tests.browser
	@$(RUN)/python -m chunyu.ui.assets
	@$(RUN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

# Migrations are compared with the models; that no database runs is nothing to be warned of.
check: ready
	@$(RUN)/ruff check .
	@$(RUN)/ruff format --check .
	@$(RUN)/mypy
	@$(RUN)/lint-imports
	@$(RUN)/python -W ignore::RuntimeWarning -m django makemigrations --check --dry-run
	@$(RUN)/python -m chunyu.running.catalogues check

# An hour and more. Each proof prints its seed; the scoreboard holds what the tests themselves recorded.
proof: ready
	@$(RUN)/python -m tests.browser
	@$(RUN)/python -m chunyu.ui.assets
	@$(RUN)/python -m tests.proof $(ARGS)

# Engines run one at a time, each in an environment of its own beneath build/bench. Takes an hour and 10 GB of disk.
bench: ready
	@$(RUN)/python -m bench $(ARGS)

ready: .venv/ready

.venv/ready: uv.lock pyproject.toml $(UV)
	@echo "Python environment"
	@$(UV) sync --quiet --frozen --python build/uv/bin/python
	@touch $@

# Its own small environment: the project's holds exactly what uv.lock names.
$(UV): .ci/uv.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Chunyu needs Python 3.11 or newer, and $(PYTHON) is $$($(PYTHON) --version 2>&1)." \
	  "Name another: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "$(PYTHON) lacks its venv module. On Debian or Ubuntu: sudo apt-get install -y python3-venv"; exit 1; }
	@echo "Tools"
	@rm -rf build/uv && $(PYTHON) -m venv build/uv
	@build/uv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: \
	  -r .ci/uv.txt
	@touch $@
