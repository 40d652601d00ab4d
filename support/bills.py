"""Bills of the shop, the payments that they allocate, and what was posted."""

from support.link import drain, sync_logs
from support.site import Site

BILL, PAYMENT, POSTING = "Shop Bill", "Shop Payment", "Shop Posting"


def paid_in_advance(site: Site, amount: float = 60) -> str:
	return site.call("insert", doctype=PAYMENT, title="In advance", amount=amount)["name"]


def billed(site: Site, payment: str | None = None, **values) -> str:
	return site.insert(BILL, title="Tea", amount=100, payment=payment, **values)["name"]


def brought_submitted(hq: Site, branch: Site, bill: str, pulled_at_once: bool) -> str:
	"""
	:param bill: a draft at hq, which is submitted there
	:param pulled_at_once: whether the branch has the draft before
	"""
	if pulled_at_once:
		drain(branch, hq)
	hq.submit(BILL, bill)
	drain(branch, hq)
	return bill


def assert_nothing_said(branch: Site) -> None:
	assert [
		row
		for row in sync_logs(branch)
		if row["status"] in ("Failed", "Waiting") or "both sites" in (row["message"] or "")
	] == []


def postings(site: Site) -> list[dict]:
	return site.rows(POSTING, ["bill", "amount", "payment_row"])
