"""What this site's own controllers made, and what of it has become one with the producer's: as a test sees it."""

from support.compare import assert_same
from support.link import approve, connect, drain, pull, subscribe

ARTICLE, PRICE = "Shop Article", "Shop Article Price"
PRICES = {"ref_doctype": PRICE, "also_match_by": "article, price_list"}


def made_here(branch) -> list[str]:
	"""What the branch's own controllers have made that is one with no document of the producer."""
	rows = branch.rows("Event By-Product", ["local_docname", "remote_docname"])
	return [row["local_docname"] for row in rows if not row["remote_docname"]]


def here(branch, doctype: str, remote_name: str) -> str:
	filters = {"remote_doctype": doctype, "remote_docname": remote_name}
	[row] = branch.rows("Remote Document", ["local_docname"], filters)
	return row["local_docname"]


def assert_as_many_and_the_same(hq, branch, doctype: str) -> int:
	"""Whatever they are called; how many."""
	names = {name: here(branch, doctype, name) for name in hq.names(doctype)}
	assert sorted(names.values()) == sorted(branch.names(doctype))
	for there, name in names.items():
		assert_same(hq, branch, doctype, there, name)
	return len(names)


def subscribe_too(branch, hq, doctypes: list) -> None:
	subscribe(branch, hq, doctypes)
	approve(hq, branch)
	pull(branch, hq)


def drained(branch, hq) -> dict:
	total = drain(branch, hq)
	assert (total["failed"], total["waiting"]) == (0, 0)
	return total


def arrived_before_its_prices(hq, branch, **values) -> str:
	"""An article that the branch receives while it takes no prices, so that it has a price of its own making."""
	connect(branch, hq, [ARTICLE])
	article = hq.create(ARTICLE, **values)["name"]
	drained(branch, hq)
	return article
