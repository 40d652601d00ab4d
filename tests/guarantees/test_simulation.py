"""Whatever people do on both sites and whatever breaks meanwhile, in the end the sites are equal or somebody is told.

As `test_shared_histories`, in one process and with faults: see `support/simulation`. By default a few histories, the same each
time; `make histories N=1000` goes looking for something new, beginning with the seed of the day. What is found becomes a
named test elsewhere.
"""

import datetime
import re
import subprocess
import sys

import pytest

from support.backend import CHECKOUT, base_environment

FIRST = 1
HISTORIES = 12  # each of them was lived through before this number was written here
SECONDS = 6  # of the processor; a slow machine begins fewer of them


def simulate(*options: str) -> str:
	"""What it says, if all histories hold."""
	run = subprocess.run(
		[sys.executable, "-m", "support.simulation", *options],
		cwd=CHECKOUT,
		env=base_environment(),
		capture_output=True,
		text=True,
	)
	assert run.returncode == 0, run.stdout + run.stderr
	return run.stdout


@pytest.fixture(scope="module")
def told() -> str:
	limits = ["--histories", str(HISTORIES), "--seconds", str(SECONDS)]
	return simulate("--seed", str(FIRST), *limits, "--digest")


def test_all_sites_end_equal_and_nothing_is_lost_unseen_whatever_breaks(told):
	print(told, f"today's: make histories SEED={datetime.date.today():%Y%m%d}00000")
	assert int(re.findall(r"(\d+) histories from seed", told)[0]) > 0


def test_a_seed_makes_the_same_history_in_each_process(told):
	[digest] = re.findall(rf"^digest of {FIRST}: \w+$", told, re.MULTILINE)
	assert digest in simulate("--seed", str(FIRST), "--histories", "1", "--digest")
