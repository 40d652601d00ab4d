"""Which document here stands for which document there: the same names, this site's own names, and clashes."""

import json

import pytest

from support.compare import assert_same, snapshot
from support.existing_documents import assert_equal, compare, found, repair
from support.link import approve, connect, drain, parked, subscribe, sync_logs

TICKET = "Shop Ticket"


def local_name(consumer, producer, name, doctype=TICKET) -> str:
	"""Name on the consumer of what the producer calls `name`."""
	found = consumer.names(doctype, remote_site_name=producer.url, remote_document_name=name)
	assert len(found) == 1, f"{consumer.name} has {found} for {name} of {producer.name}"
	return found[0]


class TestOwnNames:
	@pytest.fixture(autouse=True)
	def link(self, hq, branch):
		connect(branch, hq, [TICKET], use_same_name=False)
		branch.create(TICKET, subject="of the branch itself")

	def test_the_document_is_named_by_this_site_and_says_where_it_is_from(self, hq, branch):
		name = hq.create(TICKET)["name"]
		assert drain(branch, hq)["failed"] == 0
		here = local_name(branch, hq, name)
		assert (name, here) == ("TICKET-00001", "TICKET-00002")
		assert_same(hq, branch, TICKET, name, here)
		[log] = sync_logs(branch)
		assert (log["docname"], log["remote_docname"], log["use_same_name"]) == (here, name, 0)
		assert branch.value(TICKET, "TICKET-00001", "subject") == "of the branch itself"

	def test_the_two_custom_fields_are_made_on_this_site_only(self, hq, branch):
		fields = [("remote_site_name", "Remote Site Name"), ("remote_document_name", "Remote Document Name")]
		made = branch.rows("Custom Field", ["fieldname", "label"], {"dt": TICKET})
		assert sorted((row["fieldname"], row["label"]) for row in made) == sorted(fields)
		assert hq.rows("Custom Field", ["name"], {"dt": TICKET}) == []

	def test_changes_rows_and_deletion_find_their_document(self, hq, branch):
		first, second = hq.create(TICKET)["name"], hq.create(TICKET)["name"]
		drain(branch, hq)
		here = local_name(branch, hq, first)
		hq.update(TICKET, first, status="Closed", related_tickets=[{"relation": "Blocks"}])
		hq.call("update_row", doctype=TICKET, name=first, table="related_tickets", row=1, relation="Follows")
		hq.delete(TICKET, second)
		assert drain(branch, hq)["failed"] == 0
		assert_same(hq, branch, TICKET, first, here)
		assert branch.names(TICKET) == ["TICKET-00001", here]

	def test_a_rename_on_the_producer_keeps_the_name_here(self, hq, branch):
		connect(branch, hq, ["Shop Note"], use_same_name=False)
		name = hq.create("Shop Note")["name"]
		drain(branch, hq)
		here = local_name(branch, hq, name, "Shop Note")
		assert here != name
		hq.rename("Shop Note", name, "renamed-there")
		hq.update("Shop Note", "renamed-there", priority=8)
		assert drain(branch, hq)["failed"] == 0
		assert local_name(branch, hq, "renamed-there", "Shop Note") == here
		assert_same(hq, branch, "Shop Note", "renamed-there", here)

	def test_links_to_documents_with_own_names_are_translated_in_rows_too(self, hq, branch):
		cause, related = hq.create(TICKET)["name"], hq.create(TICKET)["name"]
		rows = [
			{"ticket": related, "relation": "Follows"},
			{"relation": "Blocks", "link_doctype": TICKET, "link_name": cause},
		]
		name = hq.create(
			TICKET, caused_by=cause, reference_doctype=TICKET, reference_name=related, related_tickets=rows
		)["name"]
		assert drain(branch, hq)["failed"] == 0
		here = branch.get(TICKET, local_name(branch, hq, name))
		cause_here, related_here = local_name(branch, hq, cause), local_name(branch, hq, related)
		assert (here["caused_by"], here["reference_name"]) == (cause_here, related_here)
		assert here["related_tickets"][0]["ticket"] == related_here
		assert here["related_tickets"][1]["link_name"] == cause_here

	def test_links_changed_by_an_update_are_translated(self, hq, branch):
		cause, name = hq.create(TICKET)["name"], hq.create(TICKET)["name"]
		drain(branch, hq)
		hq.update(TICKET, name, caused_by=cause, related_tickets=[{"ticket": cause}])
		assert drain(branch, hq)["failed"] == 0
		here = branch.get(TICKET, local_name(branch, hq, name))
		assert here["caused_by"] == here["related_tickets"][0]["ticket"] == local_name(branch, hq, cause)

	def test_links_from_documents_with_the_same_name_are_translated(self, hq, branch):
		connect(branch, hq, ["Shop Invoice"])
		ticket = hq.create(TICKET)["name"]
		invoice = hq.create("Shop Invoice", party_type=TICKET, party=ticket)["name"]
		assert drain(branch, hq)["failed"] == 0
		assert branch.value("Shop Invoice", invoice, "party") == local_name(branch, hq, ticket)
		assert_same(hq, branch, "Shop Invoice", invoice, except_fields=("party",))

	def test_a_dependency_gets_this_sites_name_too(self, hq, branch):
		connect(branch, hq, ["Shop Invoice"])
		hq.call("set_consumer_status", callback_url=branch.url, status="Pending", doctypes=[TICKET])
		ticket = hq.create(TICKET)["name"]
		invoice = hq.create("Shop Invoice", party_type=TICKET, party=ticket)["name"]
		assert drain(branch, hq)["failed"] == 0
		assert branch.value("Shop Invoice", invoice, "party") == local_name(branch, hq, ticket) != ticket

	def test_a_dependency_that_the_producer_rejected_is_not_given(self, hq, branch):
		connect(branch, hq, ["Shop Invoice"])
		hq.call("set_consumer_status", callback_url=branch.url, status="Rejected", doctypes=[TICKET])
		ticket = hq.create(TICKET)["name"]
		invoice = hq.create("Shop Invoice", party_type=TICKET, party=ticket)["name"]
		assert drain(branch, hq)["failed"] == 1
		[failed] = parked(branch)
		assert failed["remote_docname"] == invoice and ticket in failed["message"]
		assert branch.names(TICKET, remote_document_name=ticket) == []

	def test_tickets_that_link_to_each_other(self, hq, branch):
		one = hq.create(TICKET)["name"]
		other = hq.create(TICKET, caused_by=one)["name"]
		hq.update(TICKET, one, caused_by=other)
		assert drain(branch, hq)["failed"] == 0
		one_here, other_here = local_name(branch, hq, one), local_name(branch, hq, other)
		assert branch.value(TICKET, one_here, "caused_by") == other_here
		assert branch.value(TICKET, other_here, "caused_by") == one_here

	def test_a_submitted_document_and_its_amendment(self, hq, branch):
		connect(branch, hq, ["Shop Invoice"], use_same_name=False)
		branch.create("Shop Invoice")
		name = hq.call("insert_and_submit", doctype="Shop Invoice")["name"]
		hq.cancel("Shop Invoice", name)
		amended = hq.call("amend", doctype="Shop Invoice", name=name)["name"]
		hq.submit("Shop Invoice", amended)
		assert drain(branch, hq)["failed"] == 0
		here, amended_here = (local_name(branch, hq, one, "Shop Invoice") for one in (name, amended))
		assert here != name
		assert_same(hq, branch, "Shop Invoice", name, here)
		assert_same(hq, branch, "Shop Invoice", amended, amended_here, except_fields=("amended_from",))
		assert branch.value("Shop Invoice", amended_here, "amended_from") == here

	def test_subscribing_again_recognizes_what_is_here(self, hq, branch):
		name = hq.create(TICKET)["name"]
		drain(branch, hq)
		here = local_name(branch, hq, name)
		branch.delete("Event Producer", hq.url)
		connect(branch, hq, [TICKET], use_same_name=False)
		hq.update(TICKET, name, status="Closed")
		assert drain(branch, hq)["failed"] == 0
		assert_same(hq, branch, TICKET, name, here)


class TestTwoProducers:
	def test_equal_names_do_not_meet_with_own_names(self, hq, branch, third):
		for producer in (hq, third):
			connect(branch, producer, [TICKET], use_same_name=False)
		of_hq = hq.create(TICKET, subject="of hq")["name"]
		of_third = third.create(TICKET, subject="of third")["name"]
		assert of_hq == of_third
		drain(branch, hq, third)
		hq.update(TICKET, of_hq, status="Closed")
		third.update(TICKET, of_third, status="Replied")
		drain(branch, hq, third)
		assert_same(hq, branch, TICKET, of_hq, local_name(branch, hq, of_hq))
		assert_same(third, branch, TICKET, of_third, local_name(branch, third, of_third))
		third.delete(TICKET, of_third)
		drain(branch, hq, third)
		assert branch.names(TICKET) == [local_name(branch, hq, of_hq)]

	def test_equal_names_are_a_clash_with_the_same_name(self, hq, branch, third):
		for producer in (hq, third):
			connect(branch, producer, ["Shop Item"])
		for producer in (hq, third):
			producer.create("Shop Item", item_code="Bolt", item_name=f"Bolt of {producer.name}")
		assert drain(branch, hq)["failed"] == 0
		assert drain(branch, third)["failed"] == 1
		assert_same(hq, branch, "Shop Item", "Bolt")
		[log] = sync_logs(branch, status="Failed")
		assert log["event_producer"] == third.url
		assert "Shop Item Bolt" in log["message"]

	def test_a_link_means_the_document_of_the_same_producer(self, hq, branch, third):
		for producer in (hq, third):
			connect(branch, producer, [TICKET], use_same_name=False)
			cause = producer.create(TICKET, subject=f"cause at {producer.name}")["name"]
			producer.create(TICKET, subject=f"effect at {producer.name}", caused_by=cause)
		drain(branch, hq, third)
		for producer in (hq, third):
			[effect] = branch.rows(TICKET, ["caused_by"], {"subject": f"effect at {producer.name}"})
			assert branch.value(TICKET, effect["caused_by"], "subject") == f"cause at {producer.name}"


class TestClashWithALocalDocument:
	@pytest.fixture(autouse=True)
	def link(self, hq, branch):
		connect(branch, hq, ["Shop Item"])

	def test_is_a_failure_that_says_so_and_leaves_the_local_document(self, hq, branch):
		branch.create("Shop Item", item_code="Bolt", item_name="of the branch")
		hq.create("Shop Item", item_code="Bolt", item_name="of hq")
		hq.create("Shop Item", item_code="Nut")
		before = snapshot(branch, "Shop Item", "Bolt")
		assert drain(branch, hq) == {"synced": 1, "failed": 1, "waiting": 0, "skipped": 0}
		[log] = sync_logs(branch, status="Failed")
		assert "Shop Item Bolt" in log["message"] and "NameTaken" in log["error"]
		assert snapshot(branch, "Shop Item", "Bolt") == before
		assert_same(hq, branch, "Shop Item", "Nut")

	def test_changes_and_deletion_of_the_producers_document_leave_the_local_one(self, hq, branch):
		branch.create("Shop Item", item_code="Bolt", item_name="of the branch")
		hq.create("Shop Item", item_code="Bolt")
		before = snapshot(branch, "Shop Item", "Bolt")
		hq.update("Shop Item", "Bolt", item_name="changed")
		drain(branch, hq)
		hq.delete("Shop Item", "Bolt")
		drain(branch, hq)
		assert snapshot(branch, "Shop Item", "Bolt") == before

	def test_resync_after_the_local_document_was_renamed(self, hq, branch):
		branch.create("Shop Item", item_code="Bolt", item_name="of the branch")
		hq.create("Shop Item", item_code="Bolt")
		hq.update("Shop Item", "Bolt", item_name="changed")
		assert drain(branch, hq)["waiting"] == 1
		branch.rename("Shop Item", "Bolt", "Bolt of the branch")
		branch.call("resync", names=[sync_logs(branch, status="Failed")[0]["name"]])
		assert_same(hq, branch, "Shop Item", "Bolt")
		assert parked(branch) == []
		assert branch.value("Shop Item", "Bolt of the branch", "item_name") == "of the branch"

	def test_resync_from_source_makes_the_local_document_the_producers(self, hq, branch):
		branch.create("Shop Item", item_code="Bolt", item_name="of the branch")
		hq.create("Shop Item", item_code="Bolt", item_name="of hq")
		drain(branch, hq)
		branch.call("resync_from_source", name=sync_logs(branch, status="Failed")[0]["name"])
		assert_same(hq, branch, "Shop Item", "Bolt")
		hq.update("Shop Item", "Bolt", item_name="later")
		assert drain(branch, hq)["failed"] == 0
		assert_same(hq, branch, "Shop Item", "Bolt")

	def test_a_rename_to_a_taken_name_is_a_failure_that_says_so(self, hq, branch):
		branch.create("Shop Item", item_code="Bolt")
		hq.create("Shop Item", item_code="Nut")
		drain(branch, hq)
		hq.rename("Shop Item", "Nut", "Bolt")
		assert drain(branch, hq)["failed"] == 1
		[log] = sync_logs(branch, status="Failed")
		assert "Shop Item Bolt" in log["message"]
		assert branch.exists("Shop Item", "Nut")

	def test_a_document_renamed_on_this_site_is_still_the_producers(self, hq, branch):
		name = hq.create("Shop Item")["name"]
		drain(branch, hq)
		branch.rename("Shop Item", name, "Ours")
		hq.update("Shop Item", name, standard_rate=77)
		assert drain(branch, hq)["failed"] == 0
		assert branch.names("Shop Item") == ["Ours"]
		assert branch.value("Shop Item", "Ours", "standard_rate") == 77

	def test_the_field_that_holds_the_name_holds_the_name_here(self, hq, branch):
		name = hq.create("Shop Item", standard_rate=5)["name"]
		drain(branch, hq)
		branch.rename("Shop Item", name, "Ours")
		assert_equal(compare(branch, hq)["Shop Item"], 1)
		hq.call("set_value_silently", doctype="Shop Item", name=name, standard_rate=7)
		assert compare(branch, hq)["Shop Item"]["different"] == 1
		[(_kind, differences)] = found(branch).values()
		assert set(differences) == {"standard_rate"}
		assert repair(branch, hq, "Shop Item")["fixed"] == 1
		assert branch.value("Shop Item", "Ours", "item_code") == "Ours"
		assert_equal(compare(branch, hq)["Shop Item"], 1)


def test_names_that_urls_and_json_could_spoil(hq, branch, backend):
	connect(branch, hq, ["Shop Item"])
	codes = [
		"100% & more?",
		"a/b\\c",
		"Zoë “quoted” 'x'",
		"#1 +2",
		"it's 100%",
		"with  two spaces",
		"日本語",
		"null",
		"0",
	]
	if backend.is_frappe_on_sqlite:
		# Frappe finds no document there whose name has both an apostrophe and a percent sign
		codes.remove("it's 100%")
	for code in codes:
		hq.create("Shop Item", item_code=code)
	assert drain(branch, hq)["failed"] == 0
	for code in codes:
		hq.update("Shop Item", code, item_name="again")
	assert drain(branch, hq)["failed"] == 0
	for code in codes:
		assert_same(hq, branch, "Shop Item", code)


def test_a_condition_decides_which_documents_come(hq, branch):
	subscribe(branch, hq, [{"ref_doctype": "Shop Note", "condition": json.dumps({"status": "Open"})}])
	approve(hq, branch)
	open_note = hq.create("Shop Note", status="Open")["name"]
	closed_note = hq.create("Shop Note", status="Closed")["name"]
	assert drain(branch, hq)["failed"] == 0
	assert_same(hq, branch, "Shop Note", open_note)
	assert not branch.exists("Shop Note", closed_note)
	hq.update("Shop Note", closed_note, status="Open")
	assert drain(branch, hq)["failed"] == 0
	assert_same(hq, branch, "Shop Note", closed_note)


@pytest.mark.bench
def test_a_table_without_room_for_the_origin_fields_can_still_be_saved(hq, branch, backend):
	if backend.db_type != "mariadb":
		pytest.skip("only MariaDB bounds the size of a row")
	branch.call("fill_row", doctype="Shop Note")
	try:
		connect(branch, hq, ["Shop Note"], use_same_name=False)
		name = hq.create("Shop Note", title="Comes all the same")["name"]
		assert drain(branch, hq)["synced"] == 1
		[here] = branch.names("Shop Note")
		branch.update("Shop Note", here, priority=3)
		hq.update("Shop Note", name, content="and follows")
		assert drain(branch, hq)["synced"] == 1
		assert branch.value("Shop Note", here, "content") == "and follows"
	finally:
		branch.call("empty_row", doctype="Shop Note")
