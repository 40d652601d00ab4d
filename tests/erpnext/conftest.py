import os
from collections.abc import Iterator

import pytest

from support.bench import find_bench
from support.erpnext.bench import ErpnextBench, reason_to_skip
from support.erpnext.chains import CHAINS
from support.erpnext.everyday import EVERYDAY
from support.erpnext.kinds import KINDS
from support.erpnext.pair import Outcome, Pair


class Outcomes:
	"""All kinds of documents in one mode: made and replayed once, when the first test asks."""

	def __init__(self, backend: ErpnextBench):
		self.backend = backend
		self._known: dict[str, dict[str, Outcome]] = {}

	def of(self, mode: str) -> dict[str, Outcome]:
		if mode not in self._known:
			self._known[mode] = Pair(self.backend, mode).run(KINDS | CHAINS | EVERYDAY)
		return self._known[mode]


@pytest.fixture(scope="session")
def outcomes() -> Iterator[Outcomes]:
	if os.environ.get("EVENT_STREAMING_BACKEND") == "playground":
		pytest.skip("needs a bench with ERPNext; the tests run on the playground")
	if reason := reason_to_skip():
		pytest.skip(reason)
	backend = ErpnextBench(find_bench())
	try:
		backend.start()
		yield Outcomes(backend)
	finally:
		backend.stop()


@pytest.fixture(autouse=True)
def only_on_a_bench() -> None:
	"""`outcomes` says why there is none; the sites of the other tests are not needed."""
