"""Documents that controllers make while another is submitted are the same ones on both sites, and come once."""

import pytest

from support.bills import assert_nothing_said, billed, brought_submitted, postings
from support.compare import assert_all_same, assert_same
from support.link import connect, drain
from support.site import Site

BILL, PACKING, POSTING = "Shop Bill", "Shop Packing", "Shop Posting"
VOUCHER = "Shop Voucher"


@pytest.mark.parametrize("pulled_at_once", [True, False], ids=["pulled at once", "pulled late"])
def test_documents_that_controllers_make_on_each_site_are_the_same_ones(
	hq: Site, branch: Site, pulled_at_once: bool
) -> None:
	"""Under the producer's names, on its day, with its figures: also what this site's controller would have made of other
	values, by a clock of its own."""
	connect(branch, hq, [BILL, VOUCHER])
	hq.configure(shop_bills_make_vouchers=[3, 4])
	branch.configure(shop_bills_make_vouchers=[3.5, 4.5], shop_days_later=2)
	brought_submitted(hq, branch, billed(hq), pulled_at_once)
	assert assert_all_same(hq, branch, BILL) == 1
	assert assert_all_same(hq, branch, VOUCHER) == 2
	assert ledger(branch) == ledger(hq)
	assert_nothing_said(branch)
	hq.update(VOUCHER, hq.names(VOUCHER)[0], remarks="seen")
	drain(branch, hq)
	assert assert_all_same(hq, branch, VOUCHER) == 2


@pytest.mark.parametrize("pulled_at_once", [True, False], ids=["pulled at once", "pulled late"])
def test_what_a_bill_links_to_and_makes_whatever_it_links_to_comes_once(
	hq: Site, branch: Site, pulled_at_once: bool
) -> None:
	"""ERPNext's Asset Value Adjustment: its Journal Entry is here before it, since the submit itself brings the link along."""
	connect(branch, hq, [BILL, PACKING])
	for site in (hq, branch):
		site.configure(shop_bills_pack_again=1)
	bill = brought_submitted(hq, branch, billed(hq), pulled_at_once)
	assert_same(hq, branch, BILL, bill)
	assert assert_all_same(hq, branch, PACKING) == 1
	assert_nothing_said(branch)


@pytest.mark.parametrize("pulled_at_once", [True, False], ids=["pulled at once", "pulled late"])
def test_what_is_made_on_the_way_of_what_is_made_on_the_way(
	hq: Site, branch: Site, pulled_at_once: bool
) -> None:
	"""ERPNext's sale of an asset: a schedule whose last step is booked at once, before the invoice books what the asset is worth."""
	connect(branch, hq, [BILL, VOUCHER])
	for site in (hq, branch):
		site.configure(shop_bills_depreciate=1)
	bill = brought_submitted(hq, branch, billed(hq), pulled_at_once)
	assert_same(hq, branch, BILL, bill)
	assert assert_all_same(hq, branch, VOUCHER) == 2
	assert postings(branch) == postings(hq)
	assert_nothing_said(branch)


@pytest.mark.parametrize("pulled_at_once", [True, False], ids=["pulled at once", "pulled late"])
def test_documents_that_a_submit_writes_past_all_hooks_come_once(
	hq: Site, branch: Site, pulled_at_once: bool
) -> None:
	"""As ERPNext writes the Assets of a receipt."""
	connect(branch, hq, [BILL, POSTING])
	for site in (hq, branch):
		site.configure(shop_bills_write_postings=[3, 4])
	bill = billed(hq)
	if pulled_at_once:
		drain(branch, hq)
	hq.submit(BILL, bill)
	if pulled_at_once:
		drain(branch, hq)
	posting = hq.names(POSTING)[0]
	hq.update(POSTING, posting, amount=5)
	drain(branch, hq)
	assert_same(hq, branch, BILL, bill)
	assert assert_all_same(hq, branch, POSTING) == 2
	assert_nothing_said(branch)


def test_documents_that_a_submit_writes_past_all_hooks_are_written_here_where_they_do_not_come(
	hq: Site, branch: Site
) -> None:
	connect(branch, hq, [BILL])
	for site in (hq, branch):
		site.configure(shop_bills_write_postings=[3, 4])
	hq.submit(BILL, billed(hq))
	drain(branch, hq)
	assert sorted(row["amount"] for row in postings(branch)) == [3, 4]


def test_a_document_whose_controller_empties_a_link_before_it_is_made_is_known_too(
	hq: Site, branch: Site
) -> None:
	"""A credit note of a till: it is begun with the print heading of the return, which the till's profile takes away."""
	connect(branch, hq, [BILL, VOUCHER])
	for site in (hq, branch):
		supplier = site.insert("Shop Supplier", supplier_name="Tea house")["name"]
		site.configure(shop_bills_make_vouchers=[3], shop_forgets_suppliers=supplier)
	hq.submit(BILL, billed(hq))
	drain(branch, hq)
	assert hq.value(VOUCHER, hq.names(VOUCHER)[0], "supplier") is None
	assert assert_all_same(hq, branch, VOUCHER) == 1
	assert_nothing_said(branch)


@pytest.mark.parametrize("all_goes", [True, False], ids=["with its gifts", "without its gifts"])
def test_what_a_cancel_takes_back_is_what_it_took_back_there(hq: Site, branch: Site, all_goes: bool) -> None:
	"""As its caller said: who scraps an asset in ERPNext cancels its schedule, and keeps what was booked of it."""
	connect(branch, hq, [BILL, VOUCHER])
	bill = billed(hq)
	hq.submit(BILL, bill)
	gift = hq.insert(VOUCHER, title="Sweets", remarks=f"Gift of {bill}")["name"]
	hq.submit(VOUCHER, gift)
	drain(branch, hq)
	if all_goes:
		hq.cancel(BILL, bill)
	else:
		hq.call("streaming_shop.streaming_shop.doctype.shop_bill.shop_bill:cancel_but_gifts", bill=bill)
	drain(branch, hq)
	assert_same(hq, branch, BILL, bill)
	assert_same(hq, branch, VOUCHER, gift)
	assert branch.value(VOUCHER, gift, "docstatus") == (2 if all_goes else 1)


def ledger(site: Site) -> list[list]:
	fields = ["voucher", "posting_date", "posting_time", "stamped_at", "account", "amount"]
	return sorted([str(row[field]) for field in fields] for row in site.rows("Shop Ledger Entry", fields))
