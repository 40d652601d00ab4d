"""Cause before effect: what a controller did to other documents on the way comes after the document that caused it, and what
this site's controller does by itself is known as the same.

A bill that is submitted allocates a payment in advance and makes its packing, in its own submit. Replayed the other way
round, the bill finds nothing to allocate, and a packing without a bill is refused.
"""

import pytest

from support.bills import assert_nothing_said, billed, brought_submitted, paid_in_advance, postings
from support.compare import assert_all_same, assert_same
from support.link import connect, drain, pull, update_logs
from support.site import Site

BILL, PAYMENT, PACKING = "Shop Bill", "Shop Payment", "Shop Packing"


@pytest.mark.parametrize("pulled_at_once", [True, False], ids=["pulled at once", "pulled late"])
def test_a_bill_comes_before_the_payment_that_it_allocates(
	hq: Site, branch: Site, pulled_at_once: bool
) -> None:
	connect(branch, hq, [BILL, PAYMENT])
	payment = paid_in_advance(hq)
	hq.submit(PAYMENT, payment)
	bill = brought_submitted(hq, branch, billed(hq, payment), pulled_at_once)
	assert branch.value(BILL, bill, "outstanding") == 40
	assert_same(hq, branch, BILL, bill)
	assert_same(hq, branch, PAYMENT, payment)
	assert postings(branch) == postings(hq)
	assert_nothing_said(branch)


def test_several_bills_share_a_payment(hq: Site, branch: Site) -> None:
	connect(branch, hq, [BILL, PAYMENT])
	payment = paid_in_advance(hq, 250)
	hq.submit(PAYMENT, payment)
	with hq.transaction() as transaction:
		for _number in range(3):
			bill = transaction.call("insert", doctype=BILL, title="Tea", amount=100, payment=payment)["name"]
			transaction.call("submit", doctype=BILL, name=bill)
	drain(branch, hq)
	assert assert_all_same(hq, branch, BILL) == 3
	assert_same(hq, branch, PAYMENT, payment)
	assert postings(branch) == postings(hq)
	assert_nothing_said(branch)


def test_the_log_has_the_bill_first(hq: Site, branch: Site) -> None:
	connect(branch, hq, [BILL, PAYMENT])
	payment = paid_in_advance(hq)
	hq.submit(PAYMENT, payment)
	bill = billed(hq, payment)
	drain(branch, hq)
	before = max(row["position"] for row in update_logs(hq))
	hq.submit(BILL, bill)
	drain(branch, hq)
	rows = sorted(update_logs(hq, position=(">", before)), key=lambda row: row["position"])
	assert [row["ref_doctype"] for row in rows] == [BILL, PAYMENT]
	assert sorted(rows, key=lambda row: int(row["name"])) == rows[::-1]  # as they were written


def test_an_effect_waits_for_its_cause(hq: Site, branch: Site) -> None:
	connect(branch, hq, [BILL, PAYMENT])
	payment = paid_in_advance(hq)
	hq.submit(PAYMENT, payment)
	drain(branch, hq)
	branch.call("make_mandatory", doctype=BILL, fieldname="status")  # it is empty while a bill is made
	bill = billed(hq, payment)
	hq.submit(BILL, bill)
	pull(branch, hq)
	assert branch.value(PAYMENT, payment, "unallocated") == 60
	branch.call("make_optional", doctype=BILL, fieldname="status")
	for _try in range(2):
		branch.call("make_retries_due")
		pull(branch, hq)
	assert_same(hq, branch, BILL, bill)
	assert_same(hq, branch, PAYMENT, payment)
	assert postings(branch) == postings(hq)


@pytest.mark.parametrize("doctypes", [[BILL], [BILL, PACKING]], ids=["bills", "bills and packings"])
@pytest.mark.parametrize("pulled_at_once", [True, False], ids=["pulled at once", "pulled late"])
@pytest.mark.parametrize("made_by", ["the bill", "the user"])
def test_a_bill_and_its_packing_need_each_other(
	hq: Site, branch: Site, doctypes: list[str], pulled_at_once: bool, made_by: str
) -> None:
	connect(branch, hq, doctypes)
	bill = billed(hq, makes_packing=int(made_by == "the bill"))
	if made_by == "the user":
		packing = hq.insert(PACKING, bill_type=BILL, bill=bill, content="a box")["name"]
		hq.update(BILL, bill, packing=packing)
	if pulled_at_once:
		drain(branch, hq)
	hq.submit(BILL, bill)
	drain(branch, hq)
	assert_same(hq, branch, BILL, bill)
	assert assert_all_same(hq, branch, PACKING) == 1
	assert_nothing_said(branch)


def test_a_bill_that_was_cancelled_since_is_posted_and_taken_back(hq: Site, branch: Site) -> None:
	connect(branch, hq, [BILL, PAYMENT])
	payment = paid_in_advance(hq)
	hq.submit(PAYMENT, payment)
	bill = billed(hq, payment, makes_packing=1)
	hq.submit(BILL, bill)
	hq.cancel(BILL, bill)
	drain(branch, hq)
	assert_same(hq, branch, BILL, bill)
	assert assert_all_same(hq, branch, PACKING) == 1
	assert postings(branch) == postings(hq)
	assert_nothing_said(branch)


@pytest.mark.parametrize("doctypes", [[BILL], [BILL, PACKING]], ids=["bills", "bills and packings"])
@pytest.mark.parametrize("pulled_at_once", [True, False], ids=["pulled at once", "pulled late"])
def test_a_bill_takes_back_what_it_lets_go_of_in_its_cancel(
	hq: Site, branch: Site, doctypes: list[str], pulled_at_once: bool
) -> None:
	"""Afterwards the link is empty; this site's controller has to find it, too."""
	connect(branch, hq, doctypes)
	for site in (hq, branch):
		site.configure(shop_bills_let_go=1)
	bill = billed(hq, makes_packing=1)
	hq.submit(BILL, bill)
	packing = hq.value(BILL, bill, "packing")
	if pulled_at_once:
		drain(branch, hq)
	hq.cancel(BILL, bill)
	assert not hq.value(BILL, bill, "packing")
	drain(branch, hq)
	assert_same(hq, branch, BILL, bill)
	assert branch.value(PACKING, packing, "docstatus") == 2
	assert assert_all_same(hq, branch, PACKING) == 1
	assert_nothing_said(branch)


@pytest.mark.parametrize("pulled_at_once", [True, False], ids=["pulled at once", "pulled late"])
def test_a_payment_whose_rows_let_go_of_their_bills_in_its_cancel(
	hq: Site, branch: Site, pulled_at_once: bool
) -> None:
	"""Each row is written by itself, in the payment's own cancel: that is part of the cancel, and comes with it."""
	connect(branch, hq, [BILL, PAYMENT])
	for site in (hq, branch):
		site.configure(shop_payments_let_go=1)
	payment = paid_in_advance(hq)
	hq.submit(PAYMENT, payment)
	bill = billed(hq, payment)
	hq.submit(BILL, bill)
	if pulled_at_once:
		drain(branch, hq)
		assert branch.value(BILL, bill, "outstanding") == 40
	before = len(update_logs(hq, ref_doctype=PAYMENT))
	hq.cancel(PAYMENT, payment)
	[row] = update_logs(hq, ref_doctype=PAYMENT)[before:]
	assert '"direct"' not in row["data"]
	drain(branch, hq)
	assert branch.value(BILL, bill, "outstanding") == hq.value(BILL, bill, "outstanding") == 100
	assert_same(hq, branch, PAYMENT, payment)
	assert postings(branch) == postings(hq) == []
	assert_nothing_said(branch)


@pytest.mark.parametrize("pulled", ["at once", "late", "by a backfill"])
def test_what_a_tool_posts_past_a_life_cycle_is_posted_by_the_app_here(
	hq: Site, branch: Site, pulled: str
) -> None:
	if pulled != "by a backfill":
		connect(branch, hq, [BILL, PAYMENT])
	payment = paid_in_advance(hq, 160)
	hq.submit(PAYMENT, payment)
	bills = [billed(hq), billed(hq)]
	for bill in bills:
		hq.submit(BILL, bill)
	if pulled == "at once":
		drain(branch, hq)
	for bill in bills:
		hq.call("streaming_shop.reconciliation:reconcile", payment=payment, bill=bill)
		if pulled == "at once":
			drain(branch, hq)
	if pulled == "by a backfill":
		connect(branch, hq, [BILL, PAYMENT])
		assert not branch.call("backfill", producer_url=hq.url)["error"]
	drain(branch, hq)
	assert [branch.value(BILL, bill, "outstanding") for bill in bills] == [0, 40]
	assert assert_all_same(hq, branch, BILL) == 2
	assert_same(hq, branch, PAYMENT, payment)
	assert sorted(postings(branch), key=repr) == sorted(postings(hq), key=repr)
	assert_nothing_said(branch)


@pytest.mark.parametrize("pulled_at_once", [True, False], ids=["pulled at once", "pulled late"])
def test_what_a_tool_posts_is_posted_here_where_its_save_also_changes_what_people_may(
	hq: Site, branch: Site, pulled_at_once: bool
) -> None:
	"""ERPNext's Update Items: the totals of an order, its rows, and its payment schedule, which people may change."""
	connect(branch, hq, [BILL, PAYMENT])
	payment = paid_in_advance(hq, 160)
	hq.submit(PAYMENT, payment)
	bill = billed(hq)
	hq.submit(BILL, bill)
	hq.call("streaming_shop.reconciliation:reconcile", payment=payment, bill=bill)
	if pulled_at_once:
		drain(branch, hq)
	hq.call("streaming_shop.reconciliation:rebook", payment=payment, allocated=70)
	drain(branch, hq)
	assert branch.value(PAYMENT, payment, "title") == "rebooked"
	assert hq.value(BILL, bill, "outstanding") == 30
	assert assert_all_same(hq, branch, BILL) == 1
	assert_same(hq, branch, PAYMENT, payment)
	assert postings(branch) == postings(hq)
	assert_nothing_said(branch)


def test_what_a_controller_makes_of_the_present_day_is_what_it_was_that_day(hq: Site, branch: Site) -> None:
	connect(branch, hq, [BILL])
	bill = billed(hq)
	hq.submit(BILL, bill)
	branch.configure(shop_bills_are_overdue=1)
	drain(branch, hq)
	assert hq.value(BILL, bill, "status") == "Unpaid"
	assert_same(hq, branch, BILL, bill)


def test_what_a_controller_writes_past_a_new_document_is_captured(hq: Site, branch: Site) -> None:
	connect(branch, hq, [BILL])
	bill = billed(hq)
	assert hq.value(BILL, bill, "status") == "Draft"
	changes = [row for row in update_logs(hq, docname=bill) if row["update_type"] == "Update"]
	assert [row["data"] for row in changes if '"status":"Draft"' in row["data"].replace(" ", "")]
	drain(branch, hq)
	assert_same(hq, branch, BILL, bill)


def test_a_plain_insert_is_one_row_of_the_log(hq: Site, branch: Site) -> None:
	connect(branch, hq, ["Shop Note"])
	hq.create("Shop Note")
	assert len(update_logs(hq)) == 1


def test_what_a_document_writes_to_itself_in_its_own_save_is_part_of_that(hq: Site, branch: Site) -> None:
	connect(branch, hq, [BILL])
	bill = billed(hq)
	before = len(update_logs(hq, docname=bill))
	hq.configure(shop_bills_set_themselves=1)
	hq.submit(BILL, bill)
	[row] = update_logs(hq, docname=bill)[before:]
	assert '"direct"' not in row["data"]
	drain(branch, hq)
	assert branch.value(BILL, bill, "status") == "Unpaid"
	assert_same(hq, branch, BILL, bill)


def test_what_another_app_writes_when_the_save_is_told_is_told_by_itself(hq: Site, branch: Site) -> None:
	connect(branch, hq, [BILL])
	bill = billed(hq)
	hq.configure(shop_marks_bills=1)
	hq.submit(BILL, bill)
	assert hq.value(BILL, bill, "title") == "Tea, seen"
	drain(branch, hq)
	assert_same(hq, branch, BILL, bill)
	assert_nothing_said(branch)


@pytest.mark.parametrize("pulled_at_once", [True, False], ids=["pulled at once", "pulled late"])
def test_a_bill_that_is_inserted_and_submitted_by_one_object(
	hq: Site, branch: Site, pulled_at_once: bool
) -> None:
	"""Its submit is a change of its own: what that changes is no effect of the insert."""
	connect(branch, hq, [BILL, PAYMENT])
	payment = paid_in_advance(hq)
	hq.submit(PAYMENT, payment)
	if pulled_at_once:
		drain(branch, hq)
	values = {"title": "Tea", "amount": 100, "payment": payment}
	bill = hq.call("insert_and_submit", doctype=BILL, **values)["name"]
	drain(branch, hq)
	rows = update_logs(hq, docname=("in", [bill, payment]))
	submitted = next(
		row for row in rows if '"docstatus":1' in (row["data"] or "") and row["ref_doctype"] == BILL
	)
	effect = next(row for row in rows if row["cause"])
	assert submitted["event_key"] in effect["cause"] and submitted["position"] < effect["position"]
	assert_same(hq, branch, BILL, bill)
	assert_same(hq, branch, PAYMENT, payment)
	assert postings(branch) == postings(hq)
	assert_nothing_said(branch)


@pytest.mark.parametrize("submitted", [False, True], ids=["a draft", "submitted"])
def test_a_packing_and_its_bill_that_come_whole(hq: Site, branch: Site, submitted: bool) -> None:
	"""Each links to the other, and no packing is without a kind of bill."""
	bill = billed(hq)
	packing = hq.insert(PACKING, bill_type=BILL, bill=bill, content="a box")["name"]
	hq.update(BILL, bill, packing=packing)
	if submitted:
		hq.submit(BILL, bill)
	connect(branch, hq, [BILL])
	branch.call("backfill", producer_url=hq.url, doctypes=[BILL])
	assert_same(hq, branch, BILL, bill)
	assert assert_all_same(hq, branch, PACKING) == 1
	assert_nothing_said(branch)
