"""Documents here that don't know of all changes must not stand in the way of a Delete.

What came only because something linked to it hears of no change, and of a document that is gone only the Delete is sent.
"""

import pytest

from support.compare import assert_same
from support.link import connect, drain, parked, sync_logs


def deliver_supplier_with_address(hq, branch) -> tuple[str, str]:
	"""A supplier that came to the branch as a dependency, and the subscribed address that it links to."""
	connect(branch, hq, ["Shop Address", "Shop Item"])
	address = hq.create("Shop Address")["name"]
	supplier = hq.create("Shop Supplier", primary_address=address)["name"]
	hq.create("Shop Item", supplier=supplier)
	drain(branch, hq)
	assert branch.value("Shop Supplier", supplier, "primary_address") == address
	return supplier, address


def test_a_delete_that_a_link_forbids_which_is_gone_at_the_source(hq, branch):
	supplier, address = deliver_supplier_with_address(hq, branch)
	hq.update("Shop Supplier", supplier, primary_address=None)
	hq.delete("Shop Address", address)
	assert drain(branch, hq)["failed"] == 0
	assert not branch.exists("Shop Address", address)
	assert_same(hq, branch, "Shop Supplier", supplier)
	[log] = sync_logs(branch, source="Resync")
	assert (log["status"], log["remote_doctype"], log["docname"]) == ("Synced", "Shop Supplier", supplier)


def test_the_same_when_the_supplier_links_to_something_new_by_now(hq, branch):
	supplier, address = deliver_supplier_with_address(hq, branch)
	territory = hq.create("Shop Territory")["name"]
	hq.update("Shop Supplier", supplier, primary_address=None, territory=territory)
	hq.delete("Shop Address", address)
	assert drain(branch, hq)["failed"] == 0
	assert not branch.exists("Shop Address", address)
	assert_same(hq, branch, "Shop Supplier", supplier)
	assert_same(hq, branch, "Shop Territory", territory)


def test_a_delete_that_a_dynamic_link_in_a_row_forbids(hq, branch):
	connect(branch, hq, ["Shop Item", "Shop Note"])
	note = hq.create("Shop Note")["name"]
	address = hq.create("Shop Address", links=[{"link_doctype": "Shop Note", "link_name": note}])["name"]
	supplier = hq.create("Shop Supplier", primary_address=address)["name"]
	hq.create("Shop Item", supplier=supplier)
	drain(branch, hq)
	assert branch.exists("Shop Address", address)
	hq.call("remove_row", doctype="Shop Address", name=address, table="links", row=0)
	hq.delete("Shop Note", note)
	assert drain(branch, hq)["failed"] == 0
	assert not branch.exists("Shop Note", note)
	assert_same(hq, branch, "Shop Address", address)


def test_a_document_of_this_site_still_forbids_the_delete(hq, branch):
	supplier, address = deliver_supplier_with_address(hq, branch)
	own = branch.create("Shop Ticket", reference_doctype="Shop Address", reference_name=address)["name"]
	hq.update("Shop Supplier", supplier, primary_address=None)
	hq.delete("Shop Address", address)
	assert drain(branch, hq)["failed"] == 1
	assert branch.exists("Shop Address", address)
	assert branch.value("Shop Ticket", own, "reference_name") == address
	[document] = parked(branch)
	assert f"Shop Ticket {own}" in document["message"]

	branch.update("Shop Ticket", own, reference_doctype=None, reference_name=None)
	branch.call("make_retries_due")
	assert drain(branch, hq)["failed"] == 0
	assert not branch.exists("Shop Address", address)
	assert not parked(branch)


def test_what_the_source_no_longer_gives_is_left_to_a_person(hq, branch):
	supplier, address = deliver_supplier_with_address(hq, branch)
	hq.update("Shop Item", hq.names("Shop Item", supplier=supplier)[0], supplier=None)
	hq.delete("Shop Supplier", supplier)
	hq.delete("Shop Address", address)
	assert drain(branch, hq)["failed"] == 1
	assert branch.exists("Shop Supplier", supplier)
	[document] = parked(branch)
	assert f"Shop Supplier {supplier}" in document["message"]

	branch.delete("Shop Supplier", supplier)
	branch.call("make_retries_due")
	drain(branch, hq)
	assert not branch.exists("Shop Address", address)
	assert not parked(branch)


@pytest.mark.parametrize(
	"row", [{"ticket": "itself"}, {"ticket": None, "link_doctype": "Shop Ticket", "link_name": "itself"}]
)
def test_a_document_that_linked_to_itself_when_it_was_last_heard_of(hq, branch, row):
	connect(branch, hq, ["Shop Ticket"])
	ticket = hq.create("Shop Ticket")["name"]
	row = {field: ticket if value == "itself" else value for field, value in row.items()}
	hq.call("append_row", doctype="Shop Ticket", name=ticket, table="related_tickets", **row)
	drain(branch, hq)
	assert_same(hq, branch, "Shop Ticket", ticket)
	hq.call("remove_row", doctype="Shop Ticket", name=ticket, table="related_tickets", row=0)
	hq.delete("Shop Ticket", ticket)
	assert drain(branch, hq)["failed"] == 0
	assert not branch.exists("Shop Ticket", ticket)
