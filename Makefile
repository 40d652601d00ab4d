PYTHON ?= python3
VENV := .venv
STAMP := $(VENV)/installed
REQUIREMENTS := requirements.txt playground/requirements.txt tests/requirements.txt

.PHONY: test demo clean

# The whole suite on the playground, and on a bench when there is one.
test: $(STAMP)
	@$(VENV)/bin/python tests/run.py

# Two sites stream documents before your eyes. KEEP=1 leaves them up, with a page to look at.
demo: $(STAMP)
	@PYTHONPATH=playground:. $(VENV)/bin/python -m demo $(if $(KEEP),--keep)

$(STAMP): $(REQUIREMENTS) tools/make_environment.py
	$(PYTHON) tools/make_environment.py $(VENV) $(REQUIREMENTS)
	@touch $@

clean:
	rm -rf $(VENV)
