"""Lives through random histories of people and faults on simulated sites, shortens those that fail and prints them as programs.

A history that was printed is lived through again with `--history JSON --kind KIND`.
"""

import argparse
import contextlib
import datetime
import json
import os
import signal
import sys
import time
import warnings
from collections.abc import Iterator

from support.backend import python_path
from support.playground import PLAYGROUND

SHRINKING_SECONDS = 60  # of the processor


def main() -> int:
	options = read_options()
	if os.environ.get("PYTHONHASHSEED") != "0":  # the order of sets is chance, too
		path = os.pathsep.join([python_path(), str(PLAYGROUND)])
		more = {"PYTHONHASHSEED": "0", "PYTHONPATH": path, "EVENT_STREAMING_PLAYGROUND": "1"}
		argv = [sys.executable, "-m", "support.simulation", *sys.argv[1:]]
		os.execve(sys.executable, argv, os.environ | more)
	warnings.simplefilter("ignore")
	signal.signal(signal.SIGTERM, signal.default_int_handler)  # its folder goes then, too
	from support.simulation.world import World

	with contextlib.redirect_stdout(sys.stderr):  # what the installer has to say
		world = World()
	try:
		if options.mutants is not None:
			return break_on_purpose(world, options)
		return tell_again(world, options) if options.history else look_for_failures(world, options)
	finally:
		world.close()


def read_options() -> argparse.Namespace:
	parser = argparse.ArgumentParser(description=__doc__)
	parser.add_argument("--histories", type=int, default=100, help="how many, of all kinds of networks")
	parser.add_argument("--seconds", type=float, help="of the processor; none is begun after them")
	parser.add_argument("--seed", type=int, help="of the first, the next ones follow it; else the day's")
	parser.add_argument("--turns", type=int, default=10)
	parser.add_argument("--kind", help="of network; else all in turn")
	parser.add_argument("--no-faults", action="store_true")
	parser.add_argument(
		"--set-up", help="what administrators do in each history, or none; else any of it, in some"
	)
	parser.add_argument("--most-failures", type=int, default=1)
	parser.add_argument("--digest", action="store_true", help="of all logs and documents in the end")
	parser.add_argument("--history", help="lives through this one, and prints what all sites say of it")
	parser.add_argument("--mutants", nargs="*", help="sabotages, else all: whether histories catch them")
	options = parser.parse_args()
	options.seed = options.seed or int(f"{datetime.date.today():%Y%m%d}00000")
	return options


def made_up(networks, options: argparse.Namespace) -> Iterator[tuple]:
	"""Network and history, as many as there is time for."""
	from support.simulation.histories import make_up
	from support.simulation.network import KINDS

	kinds = [options.kind] if options.kind else list(KINDS)
	begun = time.process_time()
	for seed in range(options.seed, options.seed + options.histories):
		if options.seconds and seed > options.seed and time.process_time() - begun > options.seconds:
			return
		network = networks[kinds[seed % len(kinds)]]
		yield network, make_up(seed, network, options.turns, not options.no_faults, options.set_up)


def look_for_failures(world, options: argparse.Namespace) -> int:
	from support.simulation.histories import digest, live_through
	from support.simulation.network import Networks

	begun, lived, failures = time.process_time(), 0, 0
	for network, history in made_up(Networks(world), options):
		lived += 1
		try:
			live_through(network, history)
		except AssertionError as error:
			failures += 1
			tell(network, history, error)
			if failures >= options.most_failures:
				break
		if options.digest:
			print(f"digest of {history['seed']}: {digest(network)}")
		if not lived % 50:
			print(f"{lived} histories, {failures} failed", flush=True)
	rate = lived / (time.process_time() - begun)
	print(f"{lived} histories from seed {options.seed} on, {failures} failed; {rate:.2f} a second")
	return 1 if failures else 0


def tell(network, history: dict, error: AssertionError) -> None:
	from support.simulation.histories import shortest

	least = shortest(network, history, str(error)[:2], SHRINKING_SECONDS)
	print(f"seed {history['seed']} of {network.kind!r}: {error}")
	print(json.dumps(least), flush=True)


def tell_again(world, options: argparse.Namespace) -> int:
	from support.simulation.histories import live_through
	from support.simulation.network import KINDS, Networks

	network = Networks(world)[options.kind or next(iter(KINDS))]
	try:
		live_through(network, json.loads(options.history))
	except AssertionError as error:
		print(f"{error}\n{network.logs()}")
		return 1
	print(f"It holds.\n{network.logs()}")
	return 0


def break_on_purpose(world, options: argparse.Namespace) -> int:
	"""A line for each sabotage: after how many histories, and how, it was caught."""
	from support.simulation.histories import NONE
	from support.simulation.mutants import MUTANTS
	from support.simulation.network import KINDS, Networks

	options.set_up = options.set_up or NONE  # what people do is enough to tell
	networks = Networks(world)
	for kind in KINDS:
		networks[kind]  # made before anything is broken
	missed = 0
	for name in options.mutants or MUTANTS:
		caught = catch(name, networks, options)
		missed += not caught
		print(f"| {name} | {caught or 'not caught'} |", flush=True)
	return 1 if missed else 0


def catch(name: str, networks, options: argparse.Namespace) -> str:
	from support.simulation.histories import live_through
	from support.simulation.mutants import MUTANTS

	with contextlib.ExitStack() as stack:
		MUTANTS[name](stack)
		for number, (network, history) in enumerate(made_up(networks, options), start=1):
			try:
				live_through(network, history)
			except Exception as error:
				return f"{number} | {' '.join(str(error).split())[:100]}"
	return ""


if __name__ == "__main__":
	sys.exit(main())
