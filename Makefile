# make demo    everything on this machine, simulated plant included; needs only python3 (3.11 or newer, with venv)
# make check   lint, types, levels, quick tests; about a minute and a half
# make test    check, and every test with real servers and a real browser
# make bench   measurements
# make mutants  are the tests of the alarm's core sharp? a table, in some ten minutes of one core (MODULES="duty inspection" for some)
# make pictures  the README's pictures, taken by a script
# make lock    new lock files after a change of pyproject.toml or package.json (UPGRADE=--upgrade for newer versions)

# The interpreter for .venv; empty means the newest of python3.13, 3.12, 3.11 and python3 that will do.
export PYTHON ?=
# Tests start hundreds of Python processes: each would compile all of Watchroom anew.
unexport PYTHONDONTWRITEBYTECODE

BIN     := .venv/bin
CONSOLE := monitor/console
STAMPS  := .venv/.stamps
PIP     := $(BIN)/python -m pip --disable-pip-version-check --no-input --quiet
# Node trusts the certificates of the system, as Python does: many sites inspect their own traffic.
NPM     := NODE_USE_SYSTEM_CA=1 PATH="$(CURDIR)/$(BIN):$$PATH" npm --prefix $(CONSOLE) \
           --ignore-scripts --no-audit --no-fund --no-update-notifier
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
           --no-emit-index-url --no-header $(UPGRADE) pyproject.toml
QUICK   := not real and not slow and not browser
TYPED   := monitor drivers simulators

# The test files that have a mark; the others need not even be read.
marked   = $$(grep -rlE "mark\.($(1))\b" tests --include="test_*.py" | sort)
# What may run beside each other: `$(MAKE) $(TOGETHER) one other`.
TOGETHER := --no-print-directory --jobs

.PHONY: demo check test bench mutants pictures lock setup setup-dev system-packages lint unit real browser clean

demo: setup
	@exec $(BIN)/watchroom demo

check: setup-dev
	@$(MAKE) $(TOGETHER) lint unit

test:
	@$(MAKE) $(TOGETHER) setup-dev system-packages
	@$(MAKE) $(TOGETHER) lint unit
	@$(MAKE) $(TOGETHER) real browser

bench: setup-dev
	$(BIN)/python -m benchmarks

# Each small change of the modules that decide about alarms, duty and rounds must make one of their tests fail.
mutants: setup-dev
	nice -n 19 $(BIN)/python -m tests.mutation $(MODULES)

# The pictures of the README, from a running demo in a real browser.
pictures: setup-dev system-packages
	$(BIN)/python docs/pictures.py

lint:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(TYPED)
	$(BIN)/lint-imports

unit:
	$(BIN)/pytest -n 2 -m "$(QUICK)"

# Tests with real servers wait more than they work, so that more of them share the processors; those that share a house
# stay together.
real:
	$(BIN)/pytest -n 6 --dist loadgroup -m "(real or slow) and not browser" $(call marked,real|slow)

# In a process of their own: Playwright's event loop would be in the way of others.
browser:
	$(BIN)/pytest -q -m browser $(call marked,browser)

system-packages:
	@sh .ci/system-packages.sh

lock: setup-dev
	$(COMPILE) --extra demo --group setup --output-file requirements.lock
	$(COMPILE) --all-extras --group dev --constraint requirements.lock --output-file requirements-dev.lock
	$(NPM) install --package-lock-only --omit-lockfile-registry-resolved

clean:
	rm -rf .venv $(CONSOLE)/node_modules $(CONSOLE)/static/vendor

# ---- set-up: each step leaves a stamp and runs again only when what it depends on has changed

setup: $(STAMPS)/packages $(STAMPS)/browser-files $(STAMPS)/watchroom

setup-dev: setup $(STAMPS)/packages-dev

$(STAMPS)/venv: .ci/make-venv.sh
	@sh .ci/make-venv.sh
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/packages: requirements.lock | $(STAMPS)/venv
	@echo "set-up: Python packages"
	@$(PIP) install --use-pep517 --require-hashes --requirement requirements.lock
	@touch $@

# After watchroom: two pips at once would look into each other's half-written packages.
$(STAMPS)/packages-dev: requirements-dev.lock | $(STAMPS)/packages $(STAMPS)/watchroom
	@echo "set-up: tools for development"
	@$(PIP) install --use-pep517 --require-hashes --requirement requirements-dev.lock
	@touch $@

$(STAMPS)/browser-files: $(CONSOLE)/package-lock.json .ci/vendor-browser-files.sh | $(STAMPS)/packages
	@echo "set-up: browser files"
	@$(NPM) ci --loglevel=error --no-progress
	@sh .ci/vendor-browser-files.sh
	@touch $@

$(STAMPS)/watchroom: pyproject.toml | $(STAMPS)/packages
	@echo "set-up: watchroom"
	@$(PIP) install --no-deps --no-build-isolation --no-index --editable .
	@touch $@
