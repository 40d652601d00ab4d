"""`make test` counts what ran, and never says that all is well when a run broke off."""

import importlib.util
import sys
from collections import Counter

import pytest

from support import time_budget
from support.backend import CHECKOUT


@pytest.fixture(scope="module")
def runner():
	spec = importlib.util.spec_from_file_location("run_the_suite", CHECKOUT / "tests" / "run.py")
	module = importlib.util.module_from_spec(spec)
	spec.loader.exec_module(module)
	return module


@pytest.mark.parametrize(
	("status", "counted", "judged"),
	[
		(0, {"passed": 3}, {"passed": 3}),
		(1, {"passed": 3, "failed": 1}, {"passed": 3, "failed": 1}),
		(1, {"passed": 3}, {"passed": 3, "failed": 1}),
		(2, {"passed": 3}, {"passed": 3, "failed": 1}),
		(5, {}, {}),
		(-9, {}, {"failed": 1}),
		(None, {"passed": 3}, {"passed": 3, "skipped": 1}),
	],
)
def test_a_run_that_ends_otherwise_than_by_its_tests_has_failed(runner, status, counted, judged):
	assert runner.judge(Counter(counted), status) == judged


def test_the_last_line_counts_all_runs(runner, capsys):
	runs = {"playground": Counter(passed=5, skipped=2), "bench": Counter(passed=1, failed=1)}
	assert runner.summarize(runs) == 1
	assert capsys.readouterr().out.splitlines()[-1] == "6 passed, 1 failed, 2 skipped"
	assert runner.summarize({"playground": Counter()}) == 1, "no test at all is no success"
	assert runner.summarize({"playground": Counter(passed=1)}) == 0


def test_a_run_that_hangs_is_stopped(runner, monkeypatch):
	monkeypatch.setattr(runner, "TO_CLEAR_AWAY", 0.1)
	sleeping = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"
	process = runner.subprocess.Popen([sys.executable, "-c", sleeping])
	assert runner.wait(process, 0.5) is None
	assert process.poll() is not None


def test_what_has_not_begun_when_the_time_is_over_is_skipped(monkeypatch):
	monkeypatch.setenv(time_budget.DEADLINE, "1")
	with pytest.raises(pytest.skip.Exception, match="the time for this run is over"):
		time_budget.skip_when_over()
	monkeypatch.delenv(time_budget.DEADLINE)
	time_budget.skip_when_over()
