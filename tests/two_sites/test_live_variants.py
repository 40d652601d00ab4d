"""What people did here stands by whatever way the producer's document comes (I1, I3): by a change, after a gap, by a
backfill, by a repair after a comparison; with the producer's names and with own ones."""

import pytest

from support.compare import snapshot
from support.link import approve, connect, drain, parked, subscribe, sync_logs

CUSTOMER, INVOICE, ITEM, TICKET = "Shop Customer", "Shop Invoice", "Shop Item", "Shop Ticket"
WAYS = ["change", "gap", "backfill", "repair"]


@pytest.fixture(params=[True, False], ids=["same_names", "own_names"])
def same_names(request) -> bool:
	return request.param


@pytest.fixture(params=WAYS)
def way(request) -> str:
	return request.param


@pytest.fixture(autouse=True)
def link(hq, branch, same_names):
	connect(branch, hq, [CUSTOMER, INVOICE, ITEM], use_same_name=same_names)


def here(branch, name: str) -> str:
	[row] = branch.rows("Remote Document", ["local_docname"], {"remote_docname": name})
	return row["local_docname"]


def change(hq, doctype: str, name: str) -> None:
	field = {CUSTOMER: "tax_id", INVOICE: "notes"}[doctype]
	hq.update(doctype, name, **{field: "theirs"})


def come(hq, branch, way: str, doctype: str, name: str) -> None:
	"""The producer changes its document, and that comes to be known here."""
	if way == "gap":
		subscribe(branch, hq, [{"ref_doctype": doctype, "unsubscribe": 1}])
		change(hq, doctype, name)
		drain(branch, hq)
		subscribe(branch, hq, [{"ref_doctype": doctype, "unsubscribe": 0}])
		approve(hq, branch)
		hq.update(doctype, name, **{"contact_person" if doctype == CUSTOMER else "posting_time": "01:02:03"})
	else:
		change(hq, doctype, name)
	if way == "backfill":
		branch.call("backfill", producer_url=hq.url, doctypes=[doctype])
	if way == "repair":
		branch.call("support.comparing:reconcile", producer_url=hq.url, doctypes=[doctype])
		branch.call("support.comparing:repair", producer_url=hq.url, doctype=doctype)
	drain(branch, hq)


def test_submitted_here(hq, branch, way):
	there = hq.create(INVOICE)["name"]
	drain(branch, hq)
	name = here(branch, there)
	branch.submit(INVOICE, name)
	before = snapshot(branch, INVOICE, name)
	come(hq, branch, way, INVOICE, there)
	assert snapshot(branch, INVOICE, name) == before
	assert branch.names(INVOICE) == [name]


def test_cancelled_here(hq, branch, way):
	there = hq.create(INVOICE)["name"]
	hq.submit(INVOICE, there)
	drain(branch, hq)
	name = here(branch, there)
	branch.cancel(INVOICE, name)
	before = snapshot(branch, INVOICE, name)
	hq.call("db_set", doctype=INVOICE, name=there, notes="theirs")
	if way == "backfill":
		branch.call("backfill", producer_url=hq.url, doctypes=[INVOICE])
	if way == "repair":
		branch.call("support.comparing:reconcile", producer_url=hq.url, doctypes=[INVOICE])
		branch.call("support.comparing:repair", producer_url=hq.url, doctype=INVOICE)
	drain(branch, hq)
	assert snapshot(branch, INVOICE, name) == before


def test_merged_here(hq, branch, way):
	there = hq.create(CUSTOMER, customer_name="X")["name"]
	drain(branch, hq)
	branch.create(CUSTOMER, customer_name="ours", tax_id="ours")
	branch.rename(CUSTOMER, here(branch, there), "ours", merge=True)
	before = snapshot(branch, CUSTOMER, "ours")
	come(hq, branch, way, CUSTOMER, there)
	assert snapshot(branch, CUSTOMER, "ours") == before
	assert branch.names(CUSTOMER) == ["ours"], "and it doesn't come a second time"
	invoice = hq.create(INVOICE, customer=there)["name"]
	assert drain(branch, hq)["failed"] == 0
	assert branch.value(INVOICE, here(branch, invoice), "customer") == "ours"


def test_merged_here_is_no_difference(hq, branch):
	there = hq.create(CUSTOMER, customer_name="X")["name"]
	invoice = hq.create(INVOICE, customer=there)["name"]
	drain(branch, hq)
	branch.create(CUSTOMER, customer_name="ours")
	branch.rename(CUSTOMER, here(branch, there), "ours", merge=True)
	assert branch.value(INVOICE, here(branch, invoice), "customer") == "ours"
	found = branch.call("support.comparing:reconcile", producer_url=hq.url, doctypes=[CUSTOMER, INVOICE])
	for doctype in (CUSTOMER, INVOICE):
		assert [found[doctype][kind] for kind in ("missing", "different", "surplus")] == [0, 0, 0]


def test_deleted_here_and_another_made(hq, branch, way, same_names):
	there = hq.create(CUSTOMER, customer_name="X")["name"]
	drain(branch, hq)
	name = here(branch, there)
	branch.delete(CUSTOMER, name)
	branch.create(CUSTOMER, customer_name="X" if same_names else name, tax_id="ours")
	before = snapshot(branch, CUSTOMER, name)
	come(hq, branch, way, CUSTOMER, there)
	assert snapshot(branch, CUSTOMER, name) == before
	hq.delete(CUSTOMER, there)
	drain(branch, hq)
	assert snapshot(branch, CUSTOMER, name) == before


def test_renamed_here(hq, branch, way):
	there = hq.create(CUSTOMER, customer_name="X")["name"]
	drain(branch, hq)
	branch.rename(CUSTOMER, here(branch, there), "ours")
	come(hq, branch, way, CUSTOMER, there)
	assert branch.names(CUSTOMER) == ["ours"]
	assert branch.value(CUSTOMER, "ours", "tax_id") == "theirs"
	hq.delete(CUSTOMER, there)
	assert drain(branch, hq)["failed"] == 0
	assert branch.names(CUSTOMER) == []


def test_a_refused_customer(hq, branch, way, same_names):
	if not same_names:
		pytest.skip("nothing is refused where names are this site's own")
	branch.create(CUSTOMER, customer_name="Ada", tax_id="ours")
	before = snapshot(branch, CUSTOMER, "Ada")
	there = hq.create(CUSTOMER, customer_name="Ada", tax_id="1")["name"]
	invoice = hq.create(INVOICE, customer=there)["name"]
	come(hq, branch, way, CUSTOMER, there)
	assert snapshot(branch, CUSTOMER, "Ada") == before
	assert not branch.exists(INVOICE, invoice), "it is booked on nobody else"
	branch.rename(CUSTOMER, "Ada", "our Ada")
	branch.call("make_retries_due")
	drain(branch, hq)
	branch.call("make_retries_due")
	drain(branch, hq)
	assert parked(branch) == []
	assert branch.value(INVOICE, invoice, "customer") == "Ada"
	assert branch.value(CUSTOMER, "Ada", "tax_id") == "theirs"


def test_links_in_rows_mean_the_document(hq, branch, same_names):
	"""Dynamic Links in rows, too, whatever it is called by now on either site."""
	connect(branch, hq, [TICKET], use_same_name=same_names)
	connect(hq, branch, [CUSTOMER], use_same_name=same_names)
	there = hq.create(CUSTOMER, customer_name="Ada")["name"]
	drain(branch, hq)
	branch.rename(CUSTOMER, here(branch, there), "ours")
	rows = [{"link_doctype": CUSTOMER, "link_name": there}]
	address = hq.create("Shop Address", links=rows)["name"]
	connect(branch, hq, ["Shop Address"], use_same_name=same_names)
	hq.update("Shop Address", address, city="Kent")
	assert drain(branch, hq)["failed"] == 0
	[row] = branch.get("Shop Address", here(branch, address))["links"]
	assert row["link_name"] == "ours"
	assert not sync_logs(branch, status="Failed")
