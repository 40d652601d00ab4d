"""Each kind of change that is made on one site arrives on the other: the same document, nothing else."""

import pytest

from support.arrivals import SHOP, assert_arrives
from support.compare import assert_same
from support.link import connect, drain, sync_logs, update_logs

INVOICE = "Shop Invoice"


@pytest.fixture(autouse=True)
def link(hq, branch):
	connect(branch, hq, SHOP)


@pytest.fixture
def invoice(hq, branch) -> str:
	"""A draft with two rows that is on both sites."""
	name = hq.create(INVOICE)["name"]
	drain(branch, hq)
	assert_same(hq, branch, INVOICE, name)
	return name


@pytest.fixture
def submitted(hq, branch, invoice) -> str:
	hq.submit(INVOICE, invoice)
	drain(branch, hq)
	return invoice


def test_a_new_document(hq, branch):
	name = hq.create("Shop Note")["name"]
	assert_arrives(hq, branch, "Shop Note", name)
	[log] = sync_logs(branch)
	assert (log["update_type"], log["status"], log["docname"], log["source"]) == (
		"Create",
		"Synced",
		name,
		"Feed",
	)
	assert log["event_producer"] == hq.url


def test_a_new_document_with_a_value_in_every_type_of_field(hq, branch):
	territory = hq.create("Shop Territory")["name"]
	note = hq.create("Shop Note")["name"]
	name = hq.create(
		"Shop Field Sampler",
		link_field=territory,
		dynamic_link_field=note,
		territories=[{"territory": territory}],
	)["name"]
	assert_arrives(hq, branch, "Shop Field Sampler", name, events=3)


def test_a_new_document_with_no_values_at_all(hq, branch):
	name = hq.insert("Shop Field Sampler", title="Empty")["name"]
	assert_arrives(hq, branch, "Shop Field Sampler", name)


def test_changed_fields(hq, branch):
	name = hq.create("Shop Note")["name"]
	hq.update("Shop Note", name, title="Other", priority=7)
	assert_arrives(hq, branch, "Shop Note", name, events=2)


def test_fields_that_are_emptied(hq, branch):
	name = hq.create("Shop Field Sampler")["name"]
	drain(branch, hq)
	fields = [
		"data_field",
		"date_field",
		"datetime_field",
		"float_field",
		"json_field",
		"select_field",
		"time_field",
	]
	hq.update("Shop Field Sampler", name, **dict.fromkeys(fields))
	assert_arrives(hq, branch, "Shop Field Sampler", name)


def test_a_save_that_changes_nothing_is_no_event(hq, branch, invoice):
	hq.update(INVOICE, invoice)
	assert_arrives(hq, branch, INVOICE, invoice, events=0)


def test_an_added_row(hq, branch, invoice):
	item = hq.create("Shop Item")["name"]
	hq.call("append_row", doctype=INVOICE, name=invoice, table="items", item=item, qty=3)
	assert_arrives(hq, branch, INVOICE, invoice, events=2)


def test_a_changed_row(hq, branch, invoice):
	hq.call("update_row", doctype=INVOICE, name=invoice, table="items", row=2, qty=8, warehouse="Cellar")
	assert_arrives(hq, branch, INVOICE, invoice)


def test_a_removed_row(hq, branch, invoice):
	hq.call("remove_row", doctype=INVOICE, name=invoice, table="items", row=1)
	assert_arrives(hq, branch, INVOICE, invoice)
	assert branch.call("count", doctype="Shop Invoice Item", parent=invoice) == 1


def test_rows_in_another_order(hq, branch, invoice):
	hq.call("reorder_rows", doctype=INVOICE, name=invoice, table="items", order=[2, 1])
	assert_arrives(hq, branch, INVOICE, invoice)


def test_rows_added_changed_removed_and_reordered_in_one_save(hq, branch, invoice):
	item = hq.create("Shop Item")["name"]
	rows = hq.get(INVOICE, invoice)["items"]
	hq.update(INVOICE, invoice, items=[{"item": item, "qty": 5}, {**rows[1], "qty": 9}], notes="All at once")
	assert_arrives(hq, branch, INVOICE, invoice, events=2)


def test_all_rows_replaced_by_new_ones(hq, branch, invoice):
	item = hq.create("Shop Item")["name"]
	hq.update(
		INVOICE, invoice, items=[{"item": item, "qty": 1}, {"item": item, "qty": 2}, {"item": item, "qty": 3}]
	)
	assert_arrives(hq, branch, INVOICE, invoice, events=2)


def test_an_emptied_table(hq, branch):
	name = hq.create("Shop Field Sampler")["name"]
	drain(branch, hq)
	hq.update("Shop Field Sampler", name, rows=[])
	assert_arrives(hq, branch, "Shop Field Sampler", name)


def test_submit(hq, branch, invoice):
	hq.submit(INVOICE, invoice)
	drain(branch, hq)
	assert_same(hq, branch, INVOICE, invoice)
	assert branch.value(INVOICE, invoice, "docstatus") == 1
	assert branch.value(INVOICE, invoice, "status") == "Unpaid"


def test_insert_and_submit_of_one_object(hq, branch):
	name = hq.call("insert_and_submit", doctype=INVOICE)["name"]
	drain(branch, hq)
	assert_same(hq, branch, INVOICE, name)
	assert branch.value(INVOICE, name, "docstatus") == 1


def test_change_after_submit(hq, branch, submitted):
	hq.update(INVOICE, submitted, notes="Paid by cheque")
	assert_arrives(hq, branch, INVOICE, submitted)


def test_rows_added_changed_and_removed_after_submit(hq, branch, submitted):
	hq.call("append_row", doctype=INVOICE, name=submitted, table="taxes", description="VAT", rate=19)
	hq.call("append_row", doctype=INVOICE, name=submitted, table="taxes", description="Glass", rate=1)
	assert_arrives(hq, branch, INVOICE, submitted, events=2)
	hq.call("update_row", doctype=INVOICE, name=submitted, table="taxes", row=1, rate=7)
	assert_arrives(hq, branch, INVOICE, submitted)
	hq.call("remove_row", doctype=INVOICE, name=submitted, table="taxes", row=1)
	assert_arrives(hq, branch, INVOICE, submitted)


def test_cancel(hq, branch, submitted):
	hq.cancel(INVOICE, submitted)
	drain(branch, hq)
	assert_same(hq, branch, INVOICE, submitted)
	assert branch.value(INVOICE, submitted, "docstatus") == 2
	assert branch.value(INVOICE, submitted, "status") == "Cancelled"


def test_amend(hq, branch, submitted):
	hq.cancel(INVOICE, submitted)
	amended = hq.call("amend", doctype=INVOICE, name=submitted, notes="Second try")["name"]
	hq.submit(INVOICE, amended)
	drain(branch, hq)
	assert_same(hq, branch, INVOICE, submitted)
	assert_same(hq, branch, INVOICE, amended)
	assert branch.value(INVOICE, amended, "amended_from") == submitted


def test_a_whole_life_pulled_at_its_end(hq, branch):
	name = hq.create(INVOICE)["name"]
	hq.update(INVOICE, name, notes="Draft two")
	hq.submit(INVOICE, name)
	hq.update(INVOICE, name, notes="After submit")
	hq.cancel(INVOICE, name)
	summary = drain(branch, hq)
	assert summary["failed"] == summary["waiting"] == 0
	assert_same(hq, branch, INVOICE, name)


def test_rename(hq, branch):
	customer = hq.create("Shop Customer")["name"]
	invoice = hq.create(INVOICE, customer=customer)["name"]
	drain(branch, hq)
	hq.rename("Shop Customer", customer, "Renamed & Sons")
	drain(branch, hq)
	assert_same(hq, branch, "Shop Customer", "Renamed & Sons")
	assert not branch.exists("Shop Customer", customer)
	assert_same(hq, branch, INVOICE, invoice)
	assert branch.value(INVOICE, invoice, "customer") == "Renamed & Sons"


def test_rename_and_change_before_a_pull(hq, branch):
	customer = hq.create("Shop Customer")["name"]
	hq.rename("Shop Customer", customer, "Renamed early")
	hq.update("Shop Customer", "Renamed early", tax_id="DE 1")
	hq.rename("Shop Customer", "Renamed early", "Renamed again")
	summary = drain(branch, hq)
	assert summary["failed"] == summary["waiting"] == 0
	assert_same(hq, branch, "Shop Customer", "Renamed again")
	assert branch.names("Shop Customer") == ["Renamed again"]


def test_merge(hq, branch):
	kept, gone = hq.create("Shop Customer")["name"], hq.create("Shop Customer")["name"]
	invoice = hq.create(INVOICE, customer=gone)["name"]
	drain(branch, hq)
	hq.rename("Shop Customer", gone, kept, merge=True)
	summary = drain(branch, hq)
	assert summary["failed"] == summary["waiting"] == 0
	assert branch.names("Shop Customer") == [kept]
	assert_same(hq, branch, "Shop Customer", kept)
	assert_same(hq, branch, INVOICE, invoice)


def test_delete(hq, branch):
	name = hq.create("Shop Note")["name"]
	drain(branch, hq)
	hq.delete("Shop Note", name)
	assert drain(branch, hq)["synced"] == 1
	assert not branch.exists("Shop Note", name)


def test_delete_of_a_document_with_rows_leaves_no_row(hq, branch, invoice):
	hq.delete(INVOICE, invoice)
	drain(branch, hq)
	assert not branch.exists(INVOICE, invoice)
	assert branch.call("count", doctype="Shop Invoice Item") == 0


def test_delete_of_a_cancelled_document(hq, branch, submitted):
	hq.cancel(INVOICE, submitted)
	hq.delete(INVOICE, submitted)
	summary = drain(branch, hq)
	assert summary["failed"] == summary["waiting"] == 0
	assert not branch.exists(INVOICE, submitted)


def test_delete_of_a_document_that_is_not_here_is_done_already(hq, branch):
	name = hq.create("Shop Note")["name"]
	drain(branch, hq)
	branch.delete("Shop Note", name)
	hq.delete("Shop Note", name)
	assert drain(branch, hq)["failed"] == 0


def test_a_document_made_and_deleted_between_two_pulls(hq, branch):
	name = hq.create("Shop Note")["name"]
	hq.update("Shop Note", name, priority=2)
	hq.delete("Shop Note", name)
	assert drain(branch, hq)["failed"] == 0
	assert not branch.exists("Shop Note", name)


def test_a_new_document_under_the_name_of_a_deleted_one(hq, branch):
	hq.create("Shop Item", item_code="Phoenix", standard_rate=1)
	drain(branch, hq)
	hq.delete("Shop Item", "Phoenix")
	hq.create("Shop Item", item_code="Phoenix", standard_rate=2)
	summary = drain(branch, hq)
	assert summary["failed"] == 0
	assert_same(hq, branch, "Shop Item", "Phoenix")


def test_deleted_and_made_anew_with_all_of_it_in_one_pull(hq, branch):
	hq.create("Shop Item", item_code="Phoenix", standard_rate=1)
	hq.update("Shop Item", "Phoenix", standard_rate=3)
	hq.delete("Shop Item", "Phoenix")
	hq.create("Shop Item", item_code="Phoenix", standard_rate=2)
	hq.update("Shop Item", "Phoenix", item_name="From the ashes")
	assert drain(branch, hq)["failed"] == 0
	assert_same(hq, branch, "Shop Item", "Phoenix")


def test_db_set(hq, branch):
	name = hq.create("Shop Note")["name"]
	drain(branch, hq)
	hq.call("db_set", doctype="Shop Note", name=name, status="Closed", priority=9)
	assert drain(branch, hq)["failed"] == 0
	assert_same(hq, branch, "Shop Note", name)


def test_db_set_of_an_empty_text_where_there_was_nothing(hq, branch):
	name = hq.create("Shop Note", content=None)["name"]
	drain(branch, hq)
	hq.call("db_set", doctype="Shop Note", name=name, content="")
	assert hq.value("Shop Note", name, "content") == ""
	assert_arrives(hq, branch, "Shop Note", name)


def test_db_set_of_a_field_that_cannot_be_changed_after_submit(hq, branch, submitted):
	hq.call("db_set", doctype=INVOICE, name=submitted, status="Paid")
	assert_arrives(hq, branch, INVOICE, submitted)


def test_db_set_of_a_child_row(hq, branch, submitted):
	hq.call("db_set_row", doctype=INVOICE, name=submitted, table="items", row=2, warehouse="Attic")
	assert_arrives(hq, branch, INVOICE, submitted)


def test_a_merge_into_a_document_that_was_never_told_brings_that_one(hq, branch):
	old = hq.call(
		"run_unheard", steps=[{"do": "insert", "doctype": "Shop Note", "values": {"title": "Older"}}]
	)
	assert old == {"insert": 1}
	(older,) = hq.names("Shop Note")
	newer = hq.create("Shop Note", title="Newer")["name"]
	drain(branch, hq)
	hq.rename("Shop Note", newer, older, merge=True)
	assert drain(branch, hq)["failed"] == 0
	assert_same(hq, branch, "Shop Note", older)
	assert branch.names("Shop Note") == [older]


def test_pulling_again_changes_nothing(hq, branch, invoice):
	again = drain(branch, hq)
	assert not any(again.values())
	assert len(sync_logs(branch, status="Synced")) == len(update_logs(hq))


def test_a_change_of_a_tree_moves_the_node(hq, branch):
	north = hq.create("Shop Territory", is_group=1)["name"]
	south = hq.create("Shop Territory", is_group=1)["name"]
	village = hq.create("Shop Territory", parent_shop_territory=north)["name"]
	drain(branch, hq)
	hq.update("Shop Territory", village, parent_shop_territory=south)
	drain(branch, hq)
	assert_same(hq, branch, "Shop Territory", village)
	places = {
		node: [branch.value("Shop Territory", node, side) for side in ("lft", "rgt")]
		for node in (south, village)
	}
	assert places[south][0] < places[village][0] < places[village][1] < places[south][1]


def test_a_row_that_is_added_alone_to_a_submitted_document(hq, branch, submitted):
	"""The row itself is a draft: the document is not."""
	item = hq.get(INVOICE, submitted)["items"][0]["item"]
	hq.call("streaming_shop.reconciliation:add_item", invoice=submitted, item=item)
	assert_arrives(hq, branch, INVOICE, submitted, events=2)
	assert "added" in [row["description"] for row in branch.get(INVOICE, submitted)["items"]]


def test_renames_that_are_replayed_clear_the_sites_cache_once(hq, branch):
	connect(branch, hq, ["Shop Customer", "Shop Invoice"])
	customers = [hq.create("Shop Customer")["name"] for _number in range(8)]
	invoice = hq.create("Shop Invoice", customer=customers[0])["name"]
	drain(branch, hq)
	assert branch.call("cached_value", doctype="Shop Invoice", name=invoice, field="customer") == customers[0]
	for name in customers:
		hq.rename("Shop Customer", name, f"{name} renamed")
	assert branch.call("pull_counting_clears", producer_url=hq.url) == 1
	for name in customers:
		assert branch.exists("Shop Customer", f"{name} renamed")
	now = branch.call("cached_value", doctype="Shop Invoice", name=invoice, field="customer")
	assert now == f"{customers[0]} renamed"
