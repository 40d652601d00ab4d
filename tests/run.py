"""Runs the suite and ends with one line that counts all of it.

Without options: the whole suite on the playground, then on each bench of this machine (`FRAPPE_BENCH` or ~/frappe-bench, and
`FRAPPE_BENCH_OTHER` or ~/bench16) what the playground can't show, for `EVENT_STREAMING_TEST_MINUTES` at most (15). With
`--only bench` the whole suite on the first of them, however long it takes. `EVENT_STREAMING_BENCH_TESTS` names the files that
run on the benches instead of all (CI names the quick ones).

What follows the options goes to pytest: `python tests/run.py --only playground -k mapping`.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

TESTS = Path(__file__).resolve().parent
sys.path.insert(0, str(TESTS.parent))

from support.bench import find_bench, find_benches, frappe_version  # noqa: E402
from support.time_budget import DEADLINE  # noqa: E402

MINUTES = 15
# What needs a bench. The pairs of sites with ERPNext are made after all else, in the time that is left.
ON_A_BENCH = "(bench or browser or services) and not erpnext"
ON_ERPNEXT = "erpnext and not slow"
SHARE_OF_ERPNEXT = 0.3
TO_CLEAR_AWAY = 90  # seconds, for what has to be stopped
COUNTED = ("passed", "failed", "skipped")


def main() -> int:
	parser = argparse.ArgumentParser(
		description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
	)
	parser.add_argument("--only", choices=["playground", "bench"])
	options, for_pytest = parser.parse_known_args()
	arguments = [from_here(argument) for argument in for_pytest] or [str(TESTS)]
	runs = {} if options.only == "bench" else {"playground": run("playground", parallel(), arguments)}
	if options.only == "bench":
		runs[name_of(find_bench())] = run("bench", [], arguments)
	elif not options.only:
		runs |= run_on_benches(arguments)
	return summarize(runs)


def from_here(argument: str) -> str:
	"""Paths count from the folder where the command is given."""
	path, *rest = argument.split("::")
	if ("/" in path or path.endswith(".py")) and Path(path).exists():
		return "::".join([str(Path(path).resolve()), *rest])
	return argument


def parallel() -> list[str]:
	"""Each half has sites of its own."""
	return ["-n", "2", "--dist", "worksteal"] if (os.cpu_count() or 1) > 1 else []


def run_on_benches(arguments: list[str]) -> dict[str, Counter]:
	benches = find_benches()
	if not benches:
		print("\nThere is no bench on this machine: what needs one was skipped.")
	minutes = float(os.environ.get("EVENT_STREAMING_TEST_MINUTES") or MINUTES)
	runs = {}
	named = [str(TESTS / file) for file in os.environ.get("EVENT_STREAMING_BENCH_TESTS", "").split()]
	for bench in benches:
		end = time.time() + minutes * 60
		name, place = name_of(bench), {"FRAPPE_BENCH": str(bench)}
		first_end = end - minutes * 60 * SHARE_OF_ERPNEXT
		if named:
			runs[name] = run("bench", [], named, place, end)
			continue
		runs[name] = run("bench", ["-m", ON_A_BENCH], arguments, place, first_end)
		runs[f"{name}, ERPNext"] = run("bench", ["-m", ON_ERPNEXT], arguments, place, end)
	return runs


def name_of(bench: Path | None) -> str:
	if not bench:
		return "bench"
	database = os.environ.get("EVENT_STREAMING_DB") or "mariadb"
	return f"Frappe {frappe_version(bench)} with {database} ({bench})"


def run(
	backend: str,
	options: list[str],
	arguments: list[str],
	place: dict[str, str] | None = None,
	end: float | None = None,
) -> Counter:
	"""How many tests passed, failed and were skipped.

	:param place: the bench, as environment variables
	:param end: seconds since the epoch: tests that have not begun by then are skipped, and a run that takes
	    a third of its time longer is stopped
	"""
	print(f"\n=== {backend} {' '.join((place or {}).values())} {' '.join(options)}", flush=True)
	with tempfile.TemporaryDirectory() as folder:
		counts = Path(folder) / "counts.json"
		env = {**os.environ, **(place or {}), "EVENT_STREAMING_BACKEND": backend}
		env["EVENT_STREAMING_TEST_COUNTS"] = str(counts)
		limit = None
		if end:
			env[DEADLINE] = str(end)
			limit = max(end - time.time(), 1) * 4 / 3
		command = [sys.executable, "-m", "pytest", "-c", str(TESTS / "pytest.ini"), *options, *arguments]
		status = wait(subprocess.Popen(command, cwd=TESTS, env=env), limit)
		found = Counter(json.loads(counts.read_text()) if counts.exists() else {})
	return judge(found, status)


def wait(process: subprocess.Popen, limit: float | None) -> int | None:
	"""The exit status; None for a run that had to be stopped after `limit` seconds."""
	try:
		return process.wait(limit)
	except subprocess.TimeoutExpired:
		process.terminate()  # sites and servers are stopped then, see conftest.py
	try:
		process.wait(TO_CLEAR_AWAY)
	except subprocess.TimeoutExpired:
		process.kill()
		process.wait()
	return None


def judge(counts: Counter, status: int | None) -> Counter:
	"""A run that ends otherwise than by its tests counts as a failure too."""
	if status is None:
		print("The time was over: the rest of these tests did not run.")
		counts["skipped"] += 1
	elif status not in (0, 1, 5) or (status == 1 and not counts["failed"]):
		counts["failed"] += 1
	return counts


def summarize(runs: dict[str, Counter]) -> int:
	print("\nWhat ran where:")
	for place, counts in runs.items():
		print(f"  {', '.join(f'{counts[kind]} {kind}' for kind in COUNTED)}: {place}")
	total = sum(runs.values(), Counter())
	print(f"\n{', '.join(f'{total[kind]} {kind}' for kind in COUNTED)}")
	return 1 if total["failed"] or not total["passed"] else 0


if __name__ == "__main__":
	sys.exit(main())
