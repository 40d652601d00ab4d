"""What a job of this app brings into memory, which costs each of them a part of a second."""

import json
import subprocess

import pytest

HEAVY = ("requests", "bs4")
IMPORTED = """
import json, sys
import frappe, frappe.utils.background_jobs, rq.worker
before = set(sys.modules)
import event_streaming.scheduled
print(json.dumps(sorted({name.partition(".")[0] for name in set(sys.modules) - before})))
"""


@pytest.mark.bench
def test_the_job_of_each_minute_imports_nothing_for_calls_that_it_does_not_make(backend):
	command = [str(backend.python), "-c", IMPORTED]
	options = {
		"cwd": backend.sites_folder,
		"env": backend.environment(),
		"capture_output": True,
		"text": True,
	}
	done = subprocess.run(command, check=True, **options)
	imported = json.loads(done.stdout)
	assert "event_streaming" in imported
	assert not set(HEAVY) & set(imported)
