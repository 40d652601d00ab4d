"""How fast this app is, each figure as a ratio to the same work done without it, in one run on one machine.

`python -m benchmarks [FIGURE …]` from the repository, on a bench (FRAPPE_BENCH, ~/frappe-bench), whose code is used with
servers and sites of the benchmark's own. Prints a table; `--json FILE` keeps it with the single rounds.
"""

import argparse
import json
import os
import platform
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.figures import FIGURES, Figure, Scale  # noqa: E402
from benchmarks.place import Place  # noqa: E402


def main() -> int:
	parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
	parser.add_argument("figures", nargs="*", help=f"which: {', '.join(FIGURES)} (default: all)")
	parser.add_argument("--rounds", type=int, default=5, help="the median of so many is given")
	parser.add_argument("--size", type=float, default=1.0, help="0.1 does a tenth of the work")
	parser.add_argument("--json", type=Path, help="write the figures to this file too")
	options = parser.parse_args()
	if unknown := set(options.figures) - FIGURES.keys():
		parser.error(f"there is no figure {', '.join(sorted(unknown))}")
	figures = []
	with Place() as place:
		print(describe_machine(place), flush=True)
		for name in options.figures or FIGURES:
			figure = FIGURES[name](place, Scale(options.rounds, options.size))
			print(figure, flush=True)
			figures.append(figure)
	if options.json:
		write_json(options.json, figures)
	return 0 if all(figure.is_reached for figure in figures) else 1


def describe_machine(place: Place) -> str:
	versions = place.hq.call("describe_environment")
	return (
		f"{os.cpu_count()} processors, {platform.machine()}, Python {platform.python_version()}, "
		f"Frappe {versions['frappe']}, {versions['db_type']}"
	)


def write_json(file: Path, figures: list[Figure]) -> None:
	file.write_text(json.dumps([vars(figure) for figure in figures], indent=1) + "\n")


if __name__ == "__main__":
	sys.exit(main())
