"""Both sites submit one draft, with different values: what each posted can't be merged, so a person decides, under every rule.
Then what the other one posted is taken back, and posted with the values that stand (I3, I4, I5)."""

import json

import pytest

from support.compare import assert_same
from support.link import connect, drain, parked, sync_logs

VOUCHER, LEDGER, SUPPLIER = "Shop Voucher", "Shop Ledger Entry", "Shop Supplier"
LATEST, PRODUCER, HERE, PERSON = "Latest Change Wins", "Producer Wins", "This Site Wins", "Wait for a Person"
RULES = [(LATEST, LATEST), (PRODUCER, HERE), (HERE, PRODUCER), (None, None)]


def both_ways(hq, branch, rule_at_branch, rule_at_hq, same_names: bool = True) -> None:
	for consumer, producer, rule in ((branch, hq, rule_at_branch), (hq, branch, rule_at_hq)):
		rows = [{"ref_doctype": doctype, "on_conflict": rule} for doctype in (VOUCHER, SUPPLIER)]
		connect(consumer, producer, rows, use_same_name=same_names)


def settle(hq, branch) -> None:
	for _round in range(3):
		for site in (hq, branch):
			site.call("make_retries_due")
		drain(branch, hq)
		drain(hq, branch)


def named(site, name: str) -> str:
	"""What a document of the other site is called here."""
	found = site.rows(
		"Remote Document", ["local_docname"], {"remote_docname": name, "remote_doctype": VOUCHER}
	)
	return found[0]["local_docname"] if found else name


def posted(site, name: str) -> dict[str, float]:
	"""By account, what is in the ledger of it in the end."""
	sums: dict[str, float] = {}
	for row in site.rows(LEDGER, ["account", "amount"], {"voucher": name}):
		sums[row["account"]] = round(sums.get(row["account"], 0) + row["amount"], 6)
	return {account: amount for account, amount in sums.items() if amount}


def change_amount(site, name: str, amount: float) -> None:
	site.call("update_row", doctype=VOUCHER, name=name, table="lines", row=1, amount=amount)


def refused(site) -> list[dict]:
	return [row for row in sync_logs(site, status="Failed") if "submitted on both sites" in row["message"]]


class Pair:
	def __init__(self, hq, branch, name: str):
		self.hq, self.branch, self.name = hq, branch, name
		self.there = named(branch, name)

	def submit_both(self, at_hq: float, at_branch: float) -> None:
		change_amount(self.hq, self.name, at_hq)
		change_amount(self.branch, self.there, at_branch)
		self.hq.submit(VOUCHER, self.name)
		self.branch.submit(VOUCHER, self.there)
		settle(self.hq, self.branch)

	def totals(self) -> tuple[float, float]:
		return (
			self.hq.value(VOUCHER, self.name, "total"),
			self.branch.value(VOUCHER, self.there, "total"),
		)

	def assert_settled(self) -> None:
		assert parked(self.hq) == parked(self.branch) == []
		assert_same(self.hq, self.branch, VOUCHER, self.name, None if self.name == self.there else self.there)
		of_lines = {}
		for row in self.hq.get(VOUCHER, self.name)["lines"]:
			of_lines[row["account"]] = of_lines.get(row["account"], 0) + row["amount"]
		assert posted(self.hq, self.name) == posted(self.branch, self.there) == of_lines
		for site, name in ((self.hq, self.name), (self.branch, self.there)):
			assert site.value(VOUCHER, name, "docstatus") == 1


@pytest.fixture(params=[True, False], ids=["same_names", "own_names"])
def same_names(request) -> bool:
	return request.param


@pytest.fixture(params=RULES, ids=lambda rules: "-".join(str(rule) for rule in rules))
def pair(request, hq, branch, same_names) -> Pair:
	if not same_names and request.param not in RULES[:2]:
		pytest.skip("the rules were tried with the same names")
	both_ways(hq, branch, *request.param, same_names=same_names)
	name = hq.create(VOUCHER)["name"]
	settle(hq, branch)
	return Pair(hq, branch, name)


@pytest.mark.parametrize("stands", ["hq", "branch"])
def test_a_person_decides_and_what_goes_is_taken_out_of_the_ledger(hq, branch, pair, stands):
	pair.submit_both(70, 90)
	before = pair.totals()
	assert before[0] != before[1]
	for site in (hq, branch):
		[row] = refused(site)
		told = json.dumps(site.value("Event Sync Log", row["name"], "conflict"))
		assert str(before[0]) in told and str(before[1]) in told
	goes, total = (branch, before[0]) if stands == "hq" else (hq, before[1])
	[row] = refused(goes)
	assert goes.call("resync_from_source", name=row["name"])["stays"]
	assert pair.totals() == before, "not before that is confirmed"
	assert not goes.call("resync_from_source", name=row["name"], take_back=True)["stays"]
	settle(hq, branch)
	assert pair.totals() == (total, total)
	pair.assert_settled()


@pytest.mark.parametrize("rules", RULES[:2])
def test_with_the_same_values_there_is_nothing_to_decide(hq, branch, rules):
	both_ways(hq, branch, *rules)
	pair = Pair(hq, branch, hq.create(VOUCHER, set_posting_time=1)["name"])
	settle(hq, branch)
	pair.there = pair.name
	for site in (hq, branch):
		site.submit(VOUCHER, pair.name)
	stamped = hq.value(VOUCHER, pair.name, "stamped_at")
	branch.call("db_set", doctype=VOUCHER, name=pair.name, stamped_at=stamped)
	settle(hq, branch)
	assert not refused(hq) + refused(branch)


def test_under_wait_for_a_person_the_drafts_values_wait_already(hq, branch):
	both_ways(hq, branch, PERSON, PERSON)
	name = hq.create(VOUCHER)["name"]
	settle(hq, branch)
	pair = Pair(hq, branch, name)
	pair.submit_both(70, 90)
	before = pair.totals()
	[row] = sync_logs(branch, status="Failed")
	branch.call("resync_from_source", name=row["name"], take_back=True)
	settle(hq, branch)
	assert pair.totals() == (before[0], before[0])


def test_cancelled_meanwhile_there_is_nothing_to_decide_either(hq, branch):
	both_ways(hq, branch, LATEST, LATEST)
	name = hq.create(VOUCHER)["name"]
	settle(hq, branch)
	pair = Pair(hq, branch, name)
	change_amount(hq, name, 70)
	hq.submit(VOUCHER, name)
	hq.cancel(VOUCHER, name)
	change_amount(branch, name, 90)
	branch.submit(VOUCHER, name)
	settle(hq, branch)
	assert parked(hq) == parked(branch) == []
	assert [site.value(VOUCHER, name, "docstatus") for site in (hq, branch)] == [2, 2]
	assert posted(hq, name) == posted(branch, name) == {}
	assert_same(hq, branch, VOUCHER, pair.name)


def test_who_receives_from_the_site_that_gave_way_posts_it_again(hq, branch, third):
	both_ways(hq, branch, LATEST, LATEST)
	connect(third, branch, [VOUCHER, SUPPLIER])
	pair = Pair(hq, branch, hq.create(VOUCHER)["name"])
	settle(hq, branch)
	pair.there = pair.name
	pair.submit_both(70, 90)
	drain(third, branch)
	assert third.value(VOUCHER, pair.name, "total") == branch.value(VOUCHER, pair.name, "total")
	[row] = refused(branch)
	branch.call("resync_from_source", name=row["name"], take_back=True)
	settle(hq, branch)
	assert drain(third, branch)["failed"] == 0
	pair.assert_settled()
	assert_same(hq, third, VOUCHER, pair.name)
	assert posted(third, pair.name) == posted(hq, pair.name)
