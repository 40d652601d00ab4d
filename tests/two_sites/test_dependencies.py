"""What a document links to is brought along when it is only on the producer, whatever the kind of link."""

import pytest

from support.compare import assert_same
from support.link import approve, connect, drain, parked, pull, subscribe, sync_logs

CLERK = "test-clerk@example.com"


def dependencies(branch) -> list[tuple[str, str]]:
	return [(log["remote_doctype"], log["remote_docname"]) for log in sync_logs(branch, source="Dependency")]


def test_link(hq, branch):
	connect(branch, hq, ["Shop Ticket"])
	customer = hq.create("Shop Customer")["name"]
	ticket = hq.create("Shop Ticket", customer=customer)["name"]
	assert drain(branch, hq)["failed"] == 0
	assert_same(hq, branch, "Shop Ticket", ticket)
	assert_same(hq, branch, "Shop Customer", customer)
	[log] = sync_logs(branch, source="Dependency")
	assert (log["status"], log["ref_doctype"], log["docname"]) == ("Synced", "Shop Customer", customer)


def test_link_in_a_child_row(hq, branch):
	connect(branch, hq, ["Shop Invoice"])
	invoice = hq.create("Shop Invoice")
	assert drain(branch, hq)["failed"] == 0
	assert_same(hq, branch, "Shop Invoice", invoice["name"])
	for row in invoice["items"]:
		assert_same(hq, branch, "Shop Item", row["item"])
	assert_same(hq, branch, "Shop Customer", invoice["customer"])


def test_link_in_a_table_multiselect(hq, branch):
	connect(branch, hq, ["Shop Field Sampler"])
	territory = hq.create("Shop Territory")["name"]
	name = hq.create("Shop Field Sampler", territories=[{"territory": territory}])["name"]
	assert drain(branch, hq)["failed"] == 0
	assert_same(hq, branch, "Shop Field Sampler", name)
	assert_same(hq, branch, "Shop Territory", territory)


def test_dynamic_link(hq, branch):
	connect(branch, hq, ["Shop Invoice"])
	supplier = hq.create("Shop Supplier")["name"]
	invoice = hq.create("Shop Invoice", party_type="Shop Supplier", party=supplier)["name"]
	assert drain(branch, hq)["failed"] == 0
	assert_same(hq, branch, "Shop Invoice", invoice)
	assert_same(hq, branch, "Shop Supplier", supplier)


def test_dynamic_link_in_a_child_row(hq, branch):
	connect(branch, hq, ["Shop Address"])
	customer, item = hq.create("Shop Customer")["name"], hq.create("Shop Item")["name"]
	links = [
		{"link_doctype": "Shop Customer", "link_name": customer},
		{"link_doctype": "Shop Item", "link_name": item},
	]
	address = hq.create("Shop Address", links=links)["name"]
	assert drain(branch, hq)["failed"] == 0
	assert_same(hq, branch, "Shop Address", address)
	assert_same(hq, branch, "Shop Customer", customer)
	assert_same(hq, branch, "Shop Item", item)


def test_link_that_an_update_adds(hq, branch):
	connect(branch, hq, ["Shop Ticket"])
	ticket = hq.create("Shop Ticket")["name"]
	drain(branch, hq)
	customer = hq.create("Shop Customer")["name"]
	hq.update("Shop Ticket", ticket, customer=customer)
	assert drain(branch, hq)["failed"] == 0
	assert_same(hq, branch, "Shop Ticket", ticket)
	assert_same(hq, branch, "Shop Customer", customer)


def test_dynamic_link_of_which_an_update_changes_the_name_alone(hq, branch):
	connect(branch, hq, ["Shop Ticket"])
	first, second = hq.create("Shop Item")["name"], hq.create("Shop Item")["name"]
	ticket = hq.create("Shop Ticket", reference_doctype="Shop Item", reference_name=first)["name"]
	drain(branch, hq)
	hq.update("Shop Ticket", ticket, reference_name=second)
	assert drain(branch, hq)["failed"] == 0
	assert_same(hq, branch, "Shop Ticket", ticket)
	assert_same(hq, branch, "Shop Item", second)


def test_link_in_a_row_that_an_update_adds(hq, branch):
	connect(branch, hq, ["Shop Invoice"])
	invoice = hq.create("Shop Invoice")["name"]
	drain(branch, hq)
	item = hq.create("Shop Item")["name"]
	hq.call("append_row", doctype="Shop Invoice", name=invoice, table="items", item=item, qty=1)
	assert drain(branch, hq)["failed"] == 0
	assert_same(hq, branch, "Shop Invoice", invoice)
	assert_same(hq, branch, "Shop Item", item)


def test_parents_of_a_tree(hq, branch):
	connect(branch, hq, ["Shop Customer"])
	world = hq.create("Shop Territory", is_group=1)["name"]
	country = hq.create("Shop Territory", is_group=1, parent_shop_territory=world)["name"]
	town = hq.create("Shop Territory", parent_shop_territory=country)["name"]
	customer = hq.create("Shop Customer", territory=town)["name"]
	assert drain(branch, hq)["failed"] == 0
	assert_same(hq, branch, "Shop Customer", customer)
	places = []
	for territory in (world, country, town):
		assert_same(hq, branch, "Shop Territory", territory)
		places.append([branch.value("Shop Territory", territory, side) for side in ("lft", "rgt")])
	assert places == [[1, 6], [2, 5], [3, 4]]


def test_dependency_of_a_dependency(hq, branch):
	connect(branch, hq, ["Shop Invoice"])
	address = hq.create("Shop Address")["name"]
	supplier = hq.create("Shop Supplier", primary_address=address)["name"]
	item = hq.create("Shop Item", supplier=supplier)["name"]
	invoice = hq.create("Shop Invoice", items=[{"item": item, "qty": 1}])["name"]
	assert drain(branch, hq)["failed"] == 0
	assert_same(hq, branch, "Shop Invoice", invoice)
	assert_same(hq, branch, "Shop Item", item)
	assert_same(hq, branch, "Shop Supplier", supplier)
	assert_same(hq, branch, "Shop Address", address)


def test_two_documents_that_link_to_each_other(hq, branch):
	connect(branch, hq, ["Shop Item"])
	supplier = hq.create("Shop Supplier")["name"]
	links = [{"link_doctype": "Shop Supplier", "link_name": supplier}]
	address = hq.create("Shop Address", links=links)["name"]
	hq.update("Shop Supplier", supplier, primary_address=address)
	item = hq.create("Shop Item", supplier=supplier)["name"]
	assert drain(branch, hq)["failed"] == 0
	assert_same(hq, branch, "Shop Item", item)
	assert_same(hq, branch, "Shop Supplier", supplier)
	assert_same(hq, branch, "Shop Address", address)


def test_documents_that_link_to_each_other_and_are_streamed_themselves(hq, branch):
	connect(branch, hq, ["Shop Supplier", "Shop Address"])
	supplier = hq.create("Shop Supplier")["name"]
	links = [{"link_doctype": "Shop Supplier", "link_name": supplier}]
	address = hq.create("Shop Address", links=links)["name"]
	hq.update("Shop Supplier", supplier, primary_address=address)
	assert drain(branch, hq)["failed"] == 0
	assert_same(hq, branch, "Shop Supplier", supplier)
	assert_same(hq, branch, "Shop Address", address)


def test_a_circle_of_documents_of_one_doctype(hq, branch):
	connect(branch, hq, ["Shop Ticket"])
	first, second, third = (hq.create("Shop Item")["name"] for _ in range(3))
	hq.update("Shop Item", first, alternative_item=second)
	hq.update("Shop Item", second, alternative_item=third)
	hq.update("Shop Item", third, alternative_item=first)
	ticket = hq.create("Shop Ticket", reference_doctype="Shop Item", reference_name=first)["name"]
	assert drain(branch, hq)["failed"] == 0
	assert_same(hq, branch, "Shop Ticket", ticket)
	for item in (first, second, third):
		assert_same(hq, branch, "Shop Item", item)


def test_a_document_that_links_to_itself(hq, branch):
	connect(branch, hq, ["Shop Ticket"])
	ticket = hq.create("Shop Ticket")["name"]
	row = {"ticket": ticket, "relation": "Blocks"}
	hq.update("Shop Ticket", ticket, caused_by=ticket, related_tickets=[row])
	assert drain(branch, hq)["failed"] == 0
	assert_same(hq, branch, "Shop Ticket", ticket)


def test_a_document_from_before_the_approval_that_links_to_itself(hq, branch):
	ticket = hq.create("Shop Ticket")["name"]
	row = {"ticket": ticket, "relation": "Blocks"}
	hq.update("Shop Ticket", ticket, caused_by=ticket, related_tickets=[row])
	connect(branch, hq, ["Shop Note", "Shop Ticket"])
	hq.update("Shop Ticket", ticket, status="Closed")
	assert drain(branch, hq)["failed"] == 0
	assert_same(hq, branch, "Shop Ticket", ticket)


@pytest.mark.parametrize("docstatus", [1, 2])
def test_a_dependency_arrives_submitted_or_cancelled_as_it_is(hq, branch, docstatus):
	connect(branch, hq, ["Shop Ticket"])
	invoice = hq.call("insert_and_submit", doctype="Shop Invoice")["name"]
	if docstatus == 2:
		hq.cancel("Shop Invoice", invoice)
	ticket = hq.create("Shop Ticket", caused_by=None)["name"]
	hq.call(
		"db_set", doctype="Shop Ticket", name=ticket, reference_doctype="Shop Invoice", reference_name=invoice
	)
	drain(branch, hq)
	assert_same(hq, branch, "Shop Invoice", invoice)
	assert_same(hq, branch, "Shop Ticket", ticket)
	assert branch.value("Shop Invoice", invoice, "docstatus") == docstatus


def test_the_cancelled_original_of_an_amended_document(hq, branch):
	original = hq.call("insert_and_submit", doctype="Shop Invoice")["name"]
	hq.cancel("Shop Invoice", original)
	connect(branch, hq, ["Shop Invoice"])
	amended = hq.call("amend", doctype="Shop Invoice", name=original)["name"]
	assert drain(branch, hq)["failed"] == 0
	assert_same(hq, branch, "Shop Invoice", original)
	assert_same(hq, branch, "Shop Invoice", amended)


def test_what_is_here_already_is_neither_fetched_nor_changed(hq, branch):
	connect(branch, hq, ["Shop Ticket"])
	branch.create("Shop Customer", customer_name="Known", tax_id="of the branch")
	hq.create("Shop Customer", customer_name="Known", tax_id="of the head office")
	ticket = hq.create("Shop Ticket", customer="Known")["name"]
	assert drain(branch, hq)["failed"] == 0
	assert_same(hq, branch, "Shop Ticket", ticket)
	assert branch.value("Shop Customer", "Known", "tax_id") == "of the branch"
	assert dependencies(branch) == []


def test_each_dependency_is_fetched_once_and_a_hundred_at_a_time(hq, branch):
	connect(branch, hq, ["Shop Invoice"])
	customer = hq.create("Shop Customer")["name"]
	items = [hq.create("Shop Item")["name"] for _ in range(30)]
	for start in range(0, 30, 3):
		rows = [{"item": item, "qty": 1} for item in [*items[start : start + 3], items[0]]]
		hq.create("Shop Invoice", customer=customer, items=rows)
	summary = pull(branch, hq)
	assert (summary["synced"], summary["failed"]) == (10, 0)
	assert sorted(dependencies(branch)) == sorted(
		[("Shop Customer", customer), *(("Shop Item", item) for item in items)]
	)
	assert summary["calls"] == {"get_updates": 1, "get_documents": 1}


def test_a_dependency_that_changed_since_arrives_as_it_is_and_its_older_events_are_skipped(hq, branch):
	connect(branch, hq, ["Shop Ticket", "Shop Customer"])
	hq.create("Shop Customer", customer_name="Moving")
	ticket = hq.create("Shop Ticket", customer="Moving")["name"]
	hq.update("Shop Customer", "Moving", tax_id="1")
	drain(branch, hq)
	branch.delete("Shop Ticket", ticket)
	branch.delete("Shop Customer", "Moving")
	hq.update("Shop Customer", "Moving", tax_id="2")
	hq.update("Shop Ticket", ticket, status="Replied")
	hq.update("Shop Customer", "Moving", tax_id="3")
	summary = drain(branch, hq)
	assert summary["failed"] == summary["waiting"] == 0
	assert_same(hq, branch, "Shop Customer", "Moving")
	assert_same(hq, branch, "Shop Ticket", ticket)


def test_a_target_that_the_producer_does_not_have_fails_its_event_by_name(hq, branch):
	connect(branch, hq, ["Shop Ticket"])
	broken = hq.create("Shop Ticket")["name"]
	hq.call("db_set", doctype="Shop Ticket", name=broken, customer="Nobody & Co")
	other = hq.create("Shop Ticket")["name"]
	assert drain(branch, hq)["failed"] == 1
	[log] = sync_logs(branch, status="Failed")
	assert (log["remote_docname"], "Shop Customer Nobody & Co" in log["message"]) == (broken, True)
	assert_same(hq, branch, "Shop Ticket", other)


def test_a_target_that_the_subscriber_may_not_read_fails_its_event_by_name(hq, branch):
	for site in (hq, branch):
		site.call("make_user", email=CLERK, roles=["Shop Clerk"])
	connect(branch, hq, ["Shop Ticket"], event_subscriber=CLERK)
	customer = hq.create("Shop Customer")["name"]
	hq.create("Shop Ticket", customer=customer)
	readable = hq.create(
		"Shop Ticket", reference_doctype="Shop Item", reference_name=hq.create("Shop Item")["name"]
	)
	assert drain(branch, hq)["failed"] == 1
	[log] = sync_logs(branch, status="Failed")
	assert f"Shop Customer {customer}" in log["message"]
	assert not branch.exists("Shop Customer", customer)
	assert_same(hq, branch, "Shop Ticket", readable["name"])


@pytest.mark.parametrize(
	"doctype, values",
	[
		("User", {"email": "test-planted@example.com", "first_name": "Planted", "send_welcome_email": 0}),
		("Role", {"role_name": "Planted Role"}),
		pytest.param(
			"Client Script",
			{"dt": "Shop Note", "script": "alert(1)", "enabled": 0, "name": "Planted Script"},
			marks=pytest.mark.bench,
		),
		(
			"Custom Field",
			{"dt": "Shop Region", "fieldname": "planted", "label": "Planted", "fieldtype": "Data"},
		),
	],
)
def test_documents_of_the_system_are_never_made_as_a_dependency(hq, branch, doctype, values):
	connect(branch, hq, ["Shop Ticket"])
	planted = hq.insert(doctype, **values)["name"]
	hq.create("Shop Ticket", reference_doctype=doctype, reference_name=planted)
	assert drain(branch, hq)["failed"] == 1
	[log] = sync_logs(branch, status="Failed")
	assert f"{doctype} {planted}" in log["message"]
	assert not branch.exists(doctype, planted)
	hq.call("delete_if_there", doctype=doctype, name=planted)


def test_a_link_to_a_document_of_the_system_that_is_on_both_sites_is_kept(hq, branch):
	connect(branch, hq, ["Shop Ticket"])
	ticket = hq.create("Shop Ticket", reference_doctype="User", reference_name="Administrator")["name"]
	assert drain(branch, hq)["failed"] == 0
	assert_same(hq, branch, "Shop Ticket", ticket)


def test_a_dependency_that_fails_here_is_named_and_leaves_nothing_behind(hq, branch):
	connect(branch, hq, ["Shop Ticket"])
	branch.call("make_mandatory", doctype="Shop Customer", fieldname="tax_id")
	customer = hq.create("Shop Customer")["name"]
	territory = hq.create("Shop Territory")["name"]
	hq.update("Shop Customer", customer, territory=territory)
	ticket = hq.create("Shop Ticket", customer=customer)["name"]
	assert drain(branch, hq)["failed"] == 1
	[log] = sync_logs(branch, status="Failed")
	assert f"Shop Customer {customer}" in log["message"]
	assert not branch.exists("Shop Ticket", ticket)
	assert not branch.exists("Shop Customer", customer)
	branch.call("make_optional", doctype="Shop Customer", fieldname="tax_id")
	branch.call("resync", names=[log["name"]])
	assert parked(branch) == []
	assert_same(hq, branch, "Shop Ticket", ticket)
	assert_same(hq, branch, "Shop Customer", customer)


def test_a_subscribed_doctype_that_is_not_approved_can_still_be_a_dependency(hq, branch):
	subscribe(branch, hq, ["Shop Ticket", "Shop Customer"])
	approve(hq, branch, ["Shop Ticket"])
	customer = hq.create("Shop Customer")["name"]
	ticket = hq.create("Shop Ticket", customer=customer)["name"]
	assert drain(branch, hq)["failed"] == 0
	assert_same(hq, branch, "Shop Ticket", ticket)
	assert_same(hq, branch, "Shop Customer", customer)
