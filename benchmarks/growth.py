"""What must not grow with the tables: `python -m benchmarks.growth [FIGURE …]`, on a bench or on the playground.

Each figure is measured twice, the second time with ten times as much. What the work itself takes grows with it (a document of ten times
as many rows), what lies about must not.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from support.backend import choose_backend  # noqa: E402
from support.link import connect  # noqa: E402
from support.site import Site  # noqa: E402

INVOICE, NOTE = "Shop Invoice", "Shop Note"


def row_change(hq: Site, branch: Site, size: int) -> str:
	"""One row of a document with so many: the save there, and its replay here."""
	connect(branch, hq, [INVOICE])
	name = hq.call("make_rows", count=size)
	branch.call("pull_timed", producer_url=hq.url)
	saved = hq.call("change_row", name=name)
	return f"save {saved:.2f} s, replay {branch.call('pull_timed', producer_url=hq.url):.2f} s"


def rename(hq: Site, branch: Site, size: int) -> str:
	"""A document that so many link to, of which a site consumes only these."""
	customer = hq.call("make_links", count=size)
	alone = hq.call("rename_timed", name=customer, new=f"{customer}-1")
	connect(branch, hq, [INVOICE])
	told = hq.call("rename_timed", name=f"{customer}-1", new=f"{customer}-2")
	return f"without a consumer {alone:.2f} s, with one {told:.2f} s"


def rare_condition(hq: Site, branch: Site, size: int) -> str:
	"""The longest request of a listing of which one document in a hundred thousand is for the consumer."""
	connect(branch, hq, [{"ref_doctype": NOTE, "condition": '[["status", "=", "Closed"]]'}])
	hq.call("make_many_notes", count=size, rare=100_000)
	return f"{hq.call('longest_listing', callback_url=branch.url, doctype=NOTE):.2f} s"


def consumer_form(hq: Site, branch: Site, size: int) -> str:
	"""The state on an Event Consumer's form, with so many events to come."""
	connect(branch, hq, [NOTE])
	hq.call("make_log", doctype=NOTE, count=size)
	return f"{hq.call('form_timed', callback_url=branch.url) * 1000:.0f} ms"


FIGURES = {
	"row_change": (row_change, 200),
	"rename": (rename, 2_000),
	"rare_condition": (rare_condition, 30_000),
	"consumer_form": (consumer_form, 20_000),
}


def main() -> int:
	names = sys.argv[1:] or list(FIGURES)
	backend = choose_backend()
	try:
		backend.start()
		hq, branch = backend.make_sites(("hq.localhost", "branch.localhost"))
		for name in names:
			measure, size = FIGURES[name]
			for factor in (1, 10):
				for site in (hq, branch):
					site.call("reset")
				print(f"{name:16} {size * factor:>9,}  {measure(hq, branch, size * factor)}", flush=True)
	finally:
		backend.stop()
	return 0


if __name__ == "__main__":
	sys.exit(main())
