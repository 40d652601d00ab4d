"""A backfill brings documents in the order in which they were made, whatever their DocTypes, and leaves to this site's controllers
what they work out of others; in the end all is as at the producer, or somebody is told."""

import time

import pytest

from support.compare import assert_all_same, assert_same
from support.existing_documents import compare, repair
from support.kills import SETTLING_POINTS
from support.link import connect, drain, sync_logs
from support.site import Site

BILL, PAYMENT, PACKING, POSTING = "Shop Bill", "Shop Payment", "Shop Packing", "Shop Posting"
INVOICE = "Shop Invoice"
NOTE, TICKET, CUSTOMER, VOUCHER = "Shop Note", "Shop Ticket", "Shop Customer", "Shop Voucher"
IN_PAGES = "support.backfilling:backfill_in_pages"
FROM_OLD = "support.backfilling:backfill_from_version_0_1"


def in_pages(branch: Site, hq: Site, size: int = 100, pages: int | None = None) -> dict:
	result = branch.call(IN_PAGES, producer_url=hq.url, size=size, pages=pages)
	assert not result["error"], result["error"]
	return result


def brought(branch: Site) -> list[tuple[str, str]]:
	rows = sync_logs(branch, source="Backfill")
	return [(row["remote_doctype"], row["remote_docname"]) for row in rows]


def allocated_payment(hq: Site, amount: float = 60) -> tuple[str, str]:
	"""The payment was made first, and has a row of the bill since that was submitted."""
	payment = hq.insert(PAYMENT, title="In advance", amount=amount)["name"]
	hq.submit(PAYMENT, payment)
	bill = hq.insert(BILL, title="Tea", amount=100, payment=payment)["name"]
	hq.submit(BILL, bill)
	return payment, bill


def postings(site: Site) -> list[dict]:
	return site.rows(POSTING, ["bill", "amount", "payment_row"])


@pytest.mark.parametrize("size", [1, 2, 100])
def test_documents_come_in_the_order_in_which_they_were_made(hq: Site, branch: Site, size: int) -> None:
	made = [
		(doctype, hq.create(doctype)["name"])
		for doctype in (NOTE, TICKET, NOTE, CUSTOMER, VOUCHER, TICKET, CUSTOMER, NOTE, VOUCHER)
	]
	connect(branch, hq, [VOUCHER, CUSTOMER, TICKET, NOTE])
	in_pages(branch, hq, size)
	assert brought(branch) == made


def test_documents_of_one_moment_and_of_none_are_all_there(hq: Site, branch: Site) -> None:
	names = [hq.create(NOTE)["name"] for _number in range(9)]
	hq.call("support.backfilling:set_creation", doctype=NOTE, names=names[:4], creation="2024-05-06 07:08:09")
	hq.call("support.backfilling:set_creation", doctype=NOTE, names=names[4:6], creation=None)
	connect(branch, hq, [NOTE])
	result = in_pages(branch, hq, size=2)[NOTE]
	assert (result["status"], result["message"]) == ("Done", None)
	assert sorted(branch.names(NOTE)) == sorted(names)


def test_a_payment_that_was_allocated_by_a_later_bill(hq: Site, branch: Site) -> None:
	payment, bill = allocated_payment(hq)
	connect(branch, hq, [BILL, PAYMENT])
	in_pages(branch, hq)
	assert branch.value(BILL, bill, "outstanding") == 40
	assert_same(hq, branch, BILL, bill)
	assert_same(hq, branch, PAYMENT, payment)
	assert [row["amount"] for row in postings(branch)] == [60]
	assert not sync_logs(branch, status=("in", ["Failed", "Waiting"]))


def test_rows_that_name_a_later_document_and_were_there_before(hq: Site, branch: Site) -> None:
	"""A receipt and its inspections: all of its rows name one, which was submitted before the receipt was, and names that."""
	for site in (hq, branch):
		site.call("add_custom_field", doctype=PAYMENT, fieldname="invoice", fieldtype="Link", options=INVOICE)
		row = {
			"doctype": "Shop Invoice Item",
			"fieldname": "paid_by",
			"fieldtype": "Link",
			"options": PAYMENT,
		}
		site.call("add_custom_field", **row)
	invoice = hq.create(INVOICE)
	payment = hq.insert(PAYMENT, title="Paid", amount=5, invoice=invoice["name"])["name"]
	hq.submit(PAYMENT, payment)
	items = [{**row, "paid_by": payment} for row in hq.get(INVOICE, invoice["name"])["items"]]
	hq.update(INVOICE, invoice["name"], items=items)
	hq.submit(INVOICE, invoice["name"])
	connect(branch, hq, [PAYMENT, INVOICE])
	in_pages(branch, hq)
	assert not sync_logs(branch, status=("in", ["Failed", "Waiting"]))
	assert_same(hq, branch, INVOICE, invoice["name"])
	assert_same(hq, branch, PAYMENT, payment)


def billed_with_vouchers(hq: Site, branch: Site, title: str = "Tea") -> None:
	"""This site's controller would make them, too, and give them other names."""
	for site in (hq, branch):
		site.configure(shop_bills_make_vouchers=[3, 4])
	hq.submit(BILL, hq.insert(BILL, title=title, amount=100)["name"])


def test_what_a_controller_makes_beside_a_document_comes_once(hq: Site, branch: Site) -> None:
	billed_with_vouchers(hq, branch)
	connect(branch, hq, [BILL, VOUCHER])
	in_pages(branch, hq)
	assert assert_all_same(hq, branch, BILL) == 1
	assert assert_all_same(hq, branch, VOUCHER) == 2


def test_what_a_controller_makes_beside_a_document_and_does_not_come_is_made_here(
	hq: Site, branch: Site
) -> None:
	billed_with_vouchers(hq, branch)
	connect(branch, hq, [BILL])
	in_pages(branch, hq)
	assert sorted(row["total"] for row in branch.rows(VOUCHER, ["total"])) == [3, 4]


@pytest.mark.parametrize("first", [BILL, VOUCHER])
@pytest.mark.parametrize("by", ["resync", "resync_from_source"])
def test_what_a_controller_makes_beside_a_document_that_was_refused_at_first_comes_once(
	hq: Site, branch: Site, by: str, first: str
) -> None:
	"""The vouchers, whose titles are of the bill's, are refused too."""
	billed_with_vouchers(hq, branch, title="POISON")
	branch.configure(shop_reject_poison=1)
	connect(branch, hq, [BILL, VOUCHER])
	in_pages(branch, hq)
	failed = sync_logs(branch, status="Failed")
	assert sorted(row["remote_doctype"] for row in failed) == [BILL, VOUCHER, VOUCHER]
	branch.configure(shop_reject_poison=None)
	for row in sorted(failed, key=lambda row: row["remote_doctype"] != first):
		branch.call(by, **({"names": [row["name"]]} if by == "resync" else {"name": row["name"]}))
	assert assert_all_same(hq, branch, BILL) == 1
	assert assert_all_same(hq, branch, VOUCHER) == 2


@pytest.mark.parametrize("is_refused", [False, True])
def test_a_document_that_only_makes_others_makes_none_whenever_it_comes(
	hq: Site, branch: Site, is_refused: bool
) -> None:
	"""A till's closing waits for an invoice that was refused; those that it made are here by then."""
	voucher = hq.insert(VOUCHER, title="POISON")["name"]
	hq.submit("Shop Closing", hq.insert("Shop Closing", title="Monday", voucher=voucher)["name"])
	connect(branch, hq, ["Shop Closing", VOUCHER])
	branch.configure(shop_reject_poison=int(is_refused))
	in_pages(branch, hq)
	assert len(sync_logs(branch, status="Waiting")) == int(is_refused)
	branch.configure(shop_reject_poison=None)
	for row in sync_logs(branch, status="Failed"):
		branch.call("resync", names=[row["name"]])
	assert assert_all_same(hq, branch, "Shop Closing") == 1
	assert assert_all_same(hq, branch, VOUCHER) == 2


def test_what_a_controller_makes_beside_a_document_that_a_repair_brings_comes_once(
	hq: Site, branch: Site
) -> None:
	billed_with_vouchers(hq, branch)
	connect(branch, hq, [BILL, VOUCHER])
	compare(branch, hq)
	for doctype, count in ((BILL, 1), (VOUCHER, 2)):
		assert repair(branch, hq, doctype)["fixed"] == count
	assert assert_all_same(hq, branch, BILL) == 1
	assert assert_all_same(hq, branch, VOUCHER) == 2


@pytest.mark.parametrize("pulled", [False, True])
def test_what_is_submitted_there_between_both_passes_comes_once_with_what_it_makes(
	hq: Site, branch: Site, pulled: bool
) -> None:
	for site in (hq, branch):
		site.configure(shop_bills_make_vouchers=[3, 4])
	bills = [hq.insert(BILL, title=title, amount=100)["name"] for title in ("Tea", "Milk")]
	connect(branch, hq, [BILL, VOUCHER])
	in_pages(branch, hq, pages=1)
	assert {branch.value(BILL, bill, "docstatus") for bill in bills} == {0}
	hq.submit(BILL, bills[0])
	if pulled:
		drain(branch, hq)
	in_pages(branch, hq)
	assert branch.rows("Event Backfill", ["status"]) == [{"status": "Done"}] * 2
	drain(branch, hq)
	assert assert_all_same(hq, branch, BILL) == 2
	assert assert_all_same(hq, branch, VOUCHER) == 2


def test_what_a_controller_makes_of_a_document_that_is_never_submitted_comes_once(
	hq: Site, branch: Site
) -> None:
	"""ERPNext's Promotional Scheme, and its Pricing Rules."""
	for site in (hq, branch):
		site.configure(shop_articles_ask_for_photos=["Front", "Back"])
	hq.create("Shop Article")
	connect(branch, hq, ["Shop Article", "Shop Article Task"])
	in_pages(branch, hq)
	assert assert_all_same(hq, branch, "Shop Article") == 1
	assert assert_all_same(hq, branch, "Shop Article Task") == 2


@pytest.mark.parametrize("size", [1, 100])
def test_what_functions_make_that_are_no_controllers_comes_once(hq: Site, branch: Site, size: int) -> None:
	"""It is declared of what they make: this site's inserts of such do nothing, but for those that come."""
	for site in (hq, branch):
		site.configure(shop_bills_are_boxed=1)
	hq.submit(BILL, hq.insert(BILL, title="Tea", amount=100)["name"])
	connect(branch, hq, [BILL, PACKING])
	in_pages(branch, hq, size)
	assert assert_all_same(hq, branch, BILL) == 1
	assert assert_all_same(hq, branch, PACKING) == 1
	branch.submit(BILL, branch.insert(BILL, title="Milk", amount=100)["name"])
	assert len(branch.names(PACKING)) == 2


def books_differences(*sites: Site) -> None:
	for site in sites:
		site.configure(shop_payments_book_differences=5)


@pytest.mark.parametrize("size", [1, 100])
def test_what_another_document_makes_for_the_sake_of_one_comes_once(
	hq: Site, branch: Site, size: int
) -> None:
	"""The bill's controller has the payment make it."""
	books_differences(hq, branch)
	allocated_payment(hq)
	connect(branch, hq, [PAYMENT, BILL, VOUCHER])
	in_pages(branch, hq, size)
	for doctype in (PAYMENT, BILL, VOUCHER):
		assert assert_all_same(hq, branch, doctype) == 1
	assert [row["amount"] for row in postings(branch)] == [60]


def test_what_another_document_makes_for_the_sake_of_one_and_does_not_come_is_made_here(
	hq: Site, branch: Site
) -> None:
	books_differences(hq, branch)
	allocated_payment(hq)
	connect(branch, hq, [PAYMENT, BILL])
	in_pages(branch, hq)
	assert [row["total"] for row in branch.rows(VOUCHER, ["total"])] == [5]


def test_after_a_backfill_controllers_make_what_they_always_made(hq: Site, branch: Site) -> None:
	books_differences(hq, branch)
	allocated_payment(hq)
	connect(branch, hq, [PAYMENT, BILL, VOUCHER])
	in_pages(branch, hq)
	allocated_payment(hq)
	drain(branch, hq)
	assert assert_all_same(hq, branch, VOUCHER) == 2
	own = allocated_payment(branch)
	assert len(branch.rows(VOUCHER, ["name"])) == 3
	assert branch.value(PAYMENT, own[0], "unallocated") == 0


def test_what_a_tool_has_written_there_is_set_and_told(hq: Site, branch: Site) -> None:
	_payment, bill = allocated_payment(hq)
	hq.call("set_value_silently", doctype=BILL, name=bill, outstanding=33)
	connect(branch, hq, [BILL, PAYMENT])
	in_pages(branch, hq)
	assert_same(hq, branch, BILL, bill)
	[row] = [
		row for row in sync_logs(branch, ref_doctype=BILL) if "Worked out otherwise" in (row["message"] or "")
	]
	assert "outstanding" in row["message"] and row["source"] == "Backfill"


def test_what_nobody_works_out_otherwise_is_not_told(hq: Site, branch: Site) -> None:
	bill = hq.insert(BILL, title="Tea", amount=100)["name"]
	hq.submit(BILL, bill)
	connect(branch, hq, [BILL])
	result = in_pages(branch, hq)
	assert_same(hq, branch, BILL, bill)
	assert brought(branch) == [(BILL, bill)]
	assert (result[BILL]["status"], result[BILL]["done"]) == ("Done", 1)
	assert in_pages(branch, hq)[BILL]["skipped"] == 1
	assert brought(branch) == [(BILL, bill)]


def test_what_is_settled_is_no_change_of_this_site_and_keeps_what_people_did(hq: Site, branch: Site) -> None:
	connect(hq, branch, [BILL])
	_payment, bill = allocated_payment(hq)
	connect(branch, hq, [BILL, PAYMENT])
	in_pages(branch, hq)
	branch.call("db_set", doctype=BILL, name=bill, title="seen here")
	hq.call("set_value_silently", doctype=BILL, name=bill, outstanding=33)
	in_pages(branch, hq)
	assert branch.value(BILL, bill, "title") == "seen here"
	assert branch.value(BILL, bill, "outstanding") == 33
	drain(hq, branch)
	assert_same(hq, branch, BILL, bill)


@pytest.mark.parametrize("point", SETTLING_POINTS)
def test_killed_in_its_second_pass_it_goes_on(hq: Site, branch: Site, point: str) -> None:
	bills = [allocated_payment(hq)[1] for _number in range(5)]
	for bill in bills:
		hq.call("set_value_silently", doctype=BILL, name=bill, outstanding=33)
	connect(branch, hq, [BILL, PAYMENT])
	nth = 7 if point == "while the second pass moves on" else 1
	for _time in range(2):
		shell = branch.open_shell()
		shell.send("support.kills:backfill_and_die", producer_url=hq.url, point=point, nth=nth, size=2)
		assert not shell.process.stdout.readline() or _time, "it never came to that point"
		shell.kill()
	patiently(branch, hq)
	assert assert_all_same(hq, branch, BILL) == 5
	assert assert_all_same(hq, branch, PAYMENT) == 5
	told = [
		row["remote_docname"] for row in sync_logs(branch) if "Worked out otherwise" in (row["message"] or "")
	]
	assert sorted(name for name in told if name in bills) == sorted(bills), "each is told once"


def patiently(branch: Site, hq: Site) -> None:
	"""The database may take a moment to notice that the last process is dead."""
	for _try in range(50):
		if not branch.call(IN_PAGES, producer_url=hq.url, size=4)["error"]:
			return
		time.sleep(0.2)


def test_what_ends_each_process_of_the_second_pass_is_parked_in_the_end(hq: Site, branch: Site) -> None:
	for title in ("One", "BAD", "Two"):
		hq.submit(BILL, bill := hq.insert(BILL, title=title, amount=100)["name"])
		hq.call("set_value_silently", doctype=BILL, name=bill, outstanding=33)
	connect(branch, hq, [BILL])
	ended = 0
	while branch.call_until_killed("support.raising:settling_killed", producer_url=hq.url):
		ended += 1
		assert ended < 10
	[failed] = sync_logs(branch, status="Failed")
	assert "ended in the middle" in failed["message"]
	assert [row["status"] for row in branch.rows("Event Backfill", ["status"])] == ["Done"]
	branch.call("resync", names=[failed["name"]])
	assert assert_all_same(hq, branch, BILL) == 3


def test_a_cancelled_bill_stops_nothing(hq: Site, branch: Site) -> None:
	_payment, bill = allocated_payment(hq)
	hq.cancel(BILL, bill)
	other = hq.insert(BILL, title="Tea", amount=100)["name"]
	hq.submit(BILL, other)
	connect(branch, hq, [BILL, PAYMENT])
	in_pages(branch, hq)
	assert assert_all_same(hq, branch, BILL) == 2
	assert assert_all_same(hq, branch, PAYMENT) == 1


def test_a_producer_that_lists_by_name_only(hq: Site, branch: Site) -> None:
	"""Version 0.1 does: DocType by DocType, as before."""
	made = {doctype: [hq.create(doctype)["name"] for _number in range(5)] for doctype in (NOTE, TICKET)}
	connect(branch, hq, [NOTE, TICKET])
	result = branch.call(FROM_OLD, producer_url=hq.url, size=2)
	assert not result["error"]
	names = [*sorted(made[NOTE]), *sorted(made[TICKET])]
	assert [name for _doctype, name in brought(branch)] == names


def test_a_backfill_that_version_0_1_has_begun_goes_on_by_name(hq: Site, branch: Site) -> None:
	names = sorted(hq.create(NOTE)["name"] for _number in range(7))
	connect(branch, hq, [NOTE])
	branch.call(FROM_OLD, producer_url=hq.url, size=3, pages=1)
	assert sorted(branch.names(NOTE)) == names[:3]
	in_pages(branch, hq, size=3)
	assert [name for _doctype, name in brought(branch)] == names
