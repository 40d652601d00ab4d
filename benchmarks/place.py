"""Two sites of a bench with a link between them, as the benchmarks need them."""

from typing import Any

from support.bench import BenchBackend, find_bench
from support.link import connect
from support.site import Site

NAMES = ("hq.localhost", "branch.localhost", "third.localhost")


class Place:
	def __init__(self) -> None:
		bench = find_bench()
		if not bench:
			raise SystemExit(
				"There is no bench: set FRAPPE_BENCH to its folder. The playground tells nothing of speed."
			)
		self.backend = BenchBackend(bench)

	def __enter__(self) -> "Place":
		try:
			self.backend.start()
			self.hq, self.branch, self.third = self.backend.make_sites(NAMES)
		except BaseException:
			self.backend.stop()
			raise
		return self

	def __exit__(self, *_exception) -> None:
		self.backend.stop()

	def begin(self, doctypes: list[str]) -> dict:
		"""Empty sites, branch subscribed to `doctypes` of hq.

		:returns: the place in hq's log where branch stands
		"""
		self.backend.forget_jobs()
		for site in (self.hq, self.branch, self.third):
			site.restore_config()
			site.call("reset")
		if not doctypes:
			return {}
		connect(self.branch, self.hq, doctypes)
		return work(self.branch, "place_of", producer=self.hq.url)


def work(site: Site, function: str, **arguments) -> Any:
	"""A function of `benchmarks.work`, run in the site."""
	return site.call(f"benchmarks.work:{function}", **arguments)
