"""Names that a database keeps as numbers or UUIDs: what another site calls a document may be neither."""

import pytest

from support.compare import assert_all_same, assert_same
from support.consumer_key import Consumer
from support.link import connect, drain, parked, sync_logs

NOTE, INVOICE, SAMPLER = "Shop Note", "Shop Invoice", "Shop Field Sampler"
NUMBERED, BY_UUID, HOLDER = "Test Numbered", "Test Uuid", "Test Uuid Holder"
CREATE, DROP = "support.backfilling:create_doctype", "support.backfilling:drop_doctype"
BACKFILL = "support.backfilling:backfill_in_pages"


@pytest.fixture
def doctypes(hq, branch):
	made = []

	def make(name: str, autoname: str, fields: list, **values) -> str:
		made.append(name)
		for site in (hq, branch):
			site.call(CREATE, name=name, autoname=autoname, fields=fields, **values)
		return name

	yield make
	for name in reversed(made):
		for site in (branch, hq):
			site.call(DROP, name=name)


@pytest.fixture
def uuids(hq, doctypes):
	if int(hq.call("describe_environment")["frappe"].partition(".")[0]) < 16:
		pytest.skip("Frappe 15 has no rule of naming by UUID")
	doctypes(BY_UUID, "UUID", ["title"])
	fields = [
		"title",
		{"fieldname": "linked", "fieldtype": "Link", "options": BY_UUID},
		{"fieldname": "any_doctype", "fieldtype": "Link", "options": "DocType"},
		{"fieldname": "any_name", "fieldtype": "Dynamic Link", "options": "any_doctype"},
	]
	doctypes(HOLDER, "hash", fields)


def map_note(branch, doctype: str) -> str:
	fields = [{"local_fieldname": "title", "remote_fieldname": "title"}]
	branch.insert(
		"Document Type Mapping",
		mapping_name=doctype,
		local_doctype=doctype,
		remote_doctype=NOTE,
		field_mapping=fields,
	)
	return doctype


def titles(site, doctype: str) -> list[str]:
	return sorted(row["title"] for row in site.rows(doctype, ["title"]))


@pytest.mark.usefixtures("sequences")
class TestTextsBecomeNumbers:
	def test_through_their_life(self, hq, branch, doctypes):
		doctypes(NUMBERED, "autoincrement", ["title"])
		connect(branch, hq, [NUMBERED], mapping=map_note(branch, NUMBERED), use_same_name=False)
		first, second = (hq.create(NOTE, title=title)["name"] for title in ("one", "two"))
		drain(branch, hq)
		assert titles(branch, NUMBERED) == ["one", "two"]
		assert all(str(name).isdigit() for name in branch.names(NUMBERED))
		hq.update(NOTE, first, title="changed")
		hq.rename(NOTE, second, "12 pieces")
		drain(branch, hq)
		hq.update(NOTE, "12 pieces", title="renamed")
		drain(branch, hq)
		assert titles(branch, NUMBERED) == ["changed", "renamed"]
		hq.delete(NOTE, first)
		drain(branch, hq)
		assert (titles(branch, NUMBERED), parked(branch), sync_logs(branch, status="Failed")) == (
			["renamed"],
			[],
			[],
		)

	def test_backfilled_and_compared(self, hq, branch, doctypes):
		doctypes(NUMBERED, "autoincrement", ["title"])
		for title in ("one", "two", "three"):
			hq.create(NOTE, title=title)
		connect(branch, hq, [NUMBERED], mapping=map_note(branch, NUMBERED), use_same_name=False)
		state = branch.call(BACKFILL, producer_url=hq.url, size=2)[NUMBERED]
		assert (state["status"], state["taken"], state["failed"]) == ("Done", 3, 0)
		assert titles(branch, NUMBERED) == ["one", "three", "two"]
		state = branch.call(BACKFILL, producer_url=hq.url, size=2)
		assert titles(branch, NUMBERED) == ["one", "three", "two"]


@pytest.mark.usefixtures("sequences")
def test_names_of_a_caller_that_no_number_is(hq, branch, doctypes):
	"""Whole documents, lists and digests behind such a name: nothing is there, or a sentence says that it can't be."""
	doctypes(NUMBERED, "autoincrement", ["title"])
	connect(branch, hq, [NUMBERED])
	name = str(hq.insert(NUMBERED, title="one")["name"])
	consumer = Consumer(hq, branch)
	odd = ["abc", f"{name} pieces", f"0{name}", "-1", "9" * 30, "a = 1", "1.5"]
	assert len(consumer.documents(*((NUMBERED, other) for other in [*odd, name]))) == 1
	for other in odd:
		for function in ("list_documents", "summarise_documents"):
			reply = consumer.visitor.call(
				function, {"doctype": NUMBERED, "after": other, "fields": {"": ["title"]}}
			)
			assert (reply.status, "can be no name of" in reply.text) == (417, True), reply.text
		reply = consumer.visitor.call("find_documents", {"doctype": NUMBERED, "filters": {"name": other}})
		assert (reply.status, "can't be compared with" in reply.text) == (417, True), reply.text
	assert consumer.find(NUMBERED, {"name": name}) == [name]


@pytest.mark.bench
class TestUuids:
	def test_the_same_name_through_its_life(self, hq, branch, uuids):
		connect(branch, hq, [BY_UUID, HOLDER])
		name = hq.insert(BY_UUID, title="one")["name"]
		holder = hq.insert(HOLDER, title="holder", linked=name, any_doctype=BY_UUID, any_name=name)["name"]
		empty = hq.insert(HOLDER, title="links to nothing")["name"]
		drain(branch, hq)
		assert_same(hq, branch, BY_UUID, name)
		assert_same(hq, branch, HOLDER, holder)
		assert_same(hq, branch, HOLDER, empty)
		hq.update(BY_UUID, name, title="changed")
		hq.update(HOLDER, holder, linked=None)
		drain(branch, hq)
		assert assert_all_same(hq, branch, BY_UUID) == 1
		assert assert_all_same(hq, branch, HOLDER) == 2
		hq.delete(HOLDER, holder)
		hq.delete(BY_UUID, name)
		drain(branch, hq)
		assert (branch.names(BY_UUID), parked(branch), sync_logs(branch, status="Failed")) == ([], [], [])

	def test_names_of_its_own_are_translated_in_both_kinds_of_links(self, hq, branch, uuids):
		connect(branch, hq, [BY_UUID, HOLDER], use_same_name=False)
		name = hq.insert(BY_UUID, title="one")["name"]
		hq.insert(HOLDER, title="holder", linked=name, any_doctype=BY_UUID, any_name=name)
		drain(branch, hq)
		[here] = branch.names(BY_UUID)
		[row] = branch.rows(HOLDER, ["linked", "any_name"])
		assert here != name
		assert (row["linked"], row["any_name"]) == (here, here)

	def test_it_comes_because_something_links_to_it(self, hq, branch, uuids):
		name = hq.insert(BY_UUID, title="one")["name"]
		connect(branch, hq, [HOLDER])
		holder = hq.insert(HOLDER, title="holder", linked=name)["name"]
		drain(branch, hq)
		assert_same(hq, branch, BY_UUID, name)
		assert_same(hq, branch, HOLDER, holder)

	def test_a_text_can_be_no_uuid(self, hq, branch, uuids):
		connect(branch, hq, [BY_UUID], mapping=map_note(branch, BY_UUID), use_same_name=False)
		hq.create(NOTE, title="one")
		drain(branch, hq)
		assert titles(branch, BY_UUID) == ["one"]


@pytest.mark.bench
def test_a_draft_that_is_discarded_is_discarded_there(hq, branch):
	"""0 → 2 without a submit (Frappe 16), whether its Create was received before or comes in the same pull."""
	if int(hq.call("describe_environment")["frappe"].partition(".")[0]) < 16:
		pytest.skip("Frappe 15 discards nothing")
	connect(branch, hq, [INVOICE])
	early, late = (hq.create(INVOICE)["name"] for _number in range(2))
	hq.call("support.ops:discard", doctype=INVOICE, name=early)
	drain(branch, hq)
	hq.call("support.ops:discard", doctype=INVOICE, name=late)
	drain(branch, hq)
	for name in (early, late):
		assert branch.value(INVOICE, name, "docstatus") == 2
		assert_same(hq, branch, INVOICE, name)


@pytest.mark.parametrize("how", ["by its changes", "as a whole"])
def test_an_empty_time_stays_empty(hq, branch, how):
	"""Frappe 15 fills it in when a document is made."""
	if how == "by its changes":
		connect(branch, hq, [SAMPLER])
	name = hq.create(SAMPLER)["name"]
	hq.update(SAMPLER, name, time_field=None)
	assert hq.value(SAMPLER, name, "time_field") is None
	if how == "as a whole":
		connect(branch, hq, [SAMPLER])
		branch.call(BACKFILL, producer_url=hq.url, size=2)
	drain(branch, hq)
	assert branch.value(SAMPLER, name, "time_field") is None
	assert_same(hq, branch, SAMPLER, name)
