PYTHON ?= python3
VENV := .venv
STAMP := $(VENV)/installed
SOURCES := event_streaming tests support benchmarks demo playground tools
REQUIREMENTS := requirements.txt playground/requirements.txt tests/requirements.txt

.PHONY: test demo benchmark lint types cover audit clean histories

# The whole suite on the playground, and on a bench when there is one.
test: $(STAMP)
	@$(VENV)/bin/python tests/run.py

# Two sites stream documents before your eyes. KEEP=1 leaves them up, with a page to look at.
demo: $(STAMP)
	@PYTHONPATH=playground:. $(VENV)/bin/python -m demo $(if $(KEEP),--keep)

$(STAMP): $(REQUIREMENTS) tools/make_environment.py
	$(PYTHON) tools/make_environment.py $(VENV) $(REQUIREMENTS)
	@touch $@

# N random histories of people and faults on simulated sites; from SEED on, else from that of the day.
histories: $(STAMP)
	@$(VENV)/bin/python -m support.simulation --histories $(or $(N),1000) $(if $(SEED),--seed $(SEED))

# How fast, on a bench. ONLY="creates latency" for some of the figures.
benchmark: $(STAMP)
	@$(VENV)/bin/python -m benchmarks $(ONLY) --json benchmarks.json

# Style, and who may import whom.
lint: $(VENV)/linted
	@$(VENV)-lint/bin/ruff check $(SOURCES)
	@$(VENV)-lint/bin/ruff format --check $(SOURCES)
	@$(VENV)-lint/bin/lint-imports

# mypy on link, document, desk and producer, with the playground as the `frappe`.
types: $(VENV)/linted
	@$(VENV)-lint/bin/mypy

# The lines of the app that the suite does not run, sites' own processes included. ONLY="-k rename" for some of the tests.
cover: $(STAMP)
	@rm -f .coverage .coverage.*
	@EVENT_STREAMING_COVERAGE=1 $(VENV)/bin/python tests/run.py --only playground $(ONLY)
	@$(VENV)/bin/coverage combine --quiet
	@$(VENV)/bin/coverage report --skip-covered --show-missing

$(VENV)/linted: $(STAMP) tools/lint/requirements.txt
	$(PYTHON) tools/make_environment.py $(VENV)-lint tools/lint/requirements.txt
	@touch $@

# What bandit, frapast, prefly and our rules for semgrep find, held against the reasons in tools/audit/reasons.toml, and pip-audit.
# WRITE=1 writes the table in docs/security.md.
audit: $(VENV)/audited
	@$(VENV)-audit/bin/python tools/audit/audit.py $(VENV)-audit $(if $(WRITE),--write)
	-@$(VENV)-audit/bin/pip-audit -r requirements.txt

$(VENV)/audited: $(STAMP) tools/audit/requirements.txt
	$(PYTHON) tools/make_environment.py $(VENV)-audit tools/audit/requirements.txt
	@touch $@

clean:
	rm -rf $(VENV) $(VENV)-audit $(VENV)-lint
