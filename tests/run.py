"""Runs the whole suite: on the playground, and on a bench when the machine has one. Ends with pytest's summary.

What follows the options goes to pytest: `python tests/run.py --only playground -k mapping`.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parent
sys.path.insert(0, str(TESTS.parent))

from support.bench import find_bench  # noqa: E402


def main() -> int:
	parser = argparse.ArgumentParser(description=__doc__)
	parser.add_argument("--only", choices=["playground", "bench"])
	options, for_pytest = parser.parse_known_args()
	arguments = [from_here(argument) for argument in for_pytest]
	statuses = {backend: run(backend, arguments) for backend in choose(options.only)}
	return max(statuses.values())


def from_here(argument: str) -> str:
	"""Paths count from the folder where the command is given."""
	path, *rest = argument.split("::")
	if ("/" in path or path.endswith(".py")) and Path(path).exists():
		return "::".join([str(Path(path).resolve()), *rest])
	return argument


def choose(only: str | None) -> list[str]:
	if only:
		return [only]
	bench = find_bench()
	if not bench:
		print(
			"There is no bench on this machine (FRAPPE_BENCH, ~/frappe-bench): the suite runs on the playground."
		)
		return ["playground"]
	print(f"The suite runs on the playground, then on the bench {bench}.")
	return ["playground", "bench"]


def run(backend: str, for_pytest: list[str]) -> int:
	print(f"\n=== on the {backend} ===", flush=True)
	command = [sys.executable, "-m", "pytest", "-c", str(TESTS / "pytest.ini")]
	if backend == "playground" and (os.cpu_count() or 1) > 1:
		command += ["-n", "2", "--dist", "worksteal"]  # each half has sites of its own
	command += for_pytest or [str(TESTS)]
	return subprocess.run(
		command, cwd=TESTS, env={**os.environ, "EVENT_STREAMING_BACKEND": backend}
	).returncode


if __name__ == "__main__":
	sys.exit(main())
