"""Bills of the shop, the payments that they allocate, and what was posted."""

from support.link import sync_logs
from support.site import Site

BILL, PAYMENT, POSTING = "Shop Bill", "Shop Payment", "Shop Posting"


def paid_in_advance(site: Site, amount: float = 60) -> str:
	return site.call("insert", doctype=PAYMENT, title="In advance", amount=amount)["name"]


def billed(site: Site, payment: str | None = None, **values) -> str:
	return site.insert(BILL, title="Tea", amount=100, payment=payment, **values)["name"]


def assert_nothing_said(branch: Site) -> None:
	assert [
		row
		for row in sync_logs(branch)
		if row["status"] in ("Failed", "Waiting") or "both sites" in (row["message"] or "")
	] == []


def postings(site: Site) -> list[dict]:
	return site.rows(POSTING, ["bill", "amount", "payment_row"])
