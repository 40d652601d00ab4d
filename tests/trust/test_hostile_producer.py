"""A producer that registers properly and then lies: nothing is written here that the link was not for."""

import json

import pytest

from support.link import connect, parked, pull, subscribe, sync_logs

NOTE, TICKET, CUSTOMER, INVOICE, ITEM = (
	"Shop Note",
	"Shop Ticket",
	"Shop Customer",
	"Shop Invoice",
	"Shop Item",
)
SUBSCRIBED = [NOTE, TICKET, INVOICE]
SYSTEM = {
	"User": {
		"email": "test-planted@example.com",
		"first_name": "P",
		"roles": [{"name": "r1", "role": "System Manager"}],
	},
	"Role": {"role_name": "Planted"},
	"Server Script": {"script_type": "API", "api_method": "planted", "script": "frappe.db.sql('select 1')"},
	"Client Script": {"dt": NOTE, "script": "alert(1)", "enabled": 1},
	"Custom Field": {"dt": NOTE, "fieldname": "planted", "label": "P", "fieldtype": "Data"},
	"Property Setter": {"doc_type": NOTE, "property": "reqd", "field_name": "priority", "value": "1"},
	"DocType": {"module": "Core", "custom": 1},
	"File": {"file_url": "/private/files/planted.txt", "file_name": "planted.txt"},
	"User Permission": {"user": "streamer@example.com", "allow": "Shop Territory", "for_value": "x"},
	"Event Producer": {"producer_url": "http://planted.invalid", "event_subscriber": "Administrator"},
	"Event Consumer": {"callback_url": "http://planted.invalid", "event_subscriber": "Administrator"},
	"Document Type Mapping": {"mapping_name": "planted", "local_doctype": NOTE, "remote_doctype": NOTE},
	"Event Stream Cursor": {"event_producer": "http://planted.invalid"},
	"Remote Document": {"event_producer": "x", "remote_doctype": NOTE},
}
OTHERS = ("System Settings", "Shop Invoice Item", "No Such DocType", ITEM, CUSTOMER)
SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(1)><p>text</p>"
OURS = ("Event Sync Log", "Event Stream Cursor", "Parked Document", "Remote Document", "Event Producer")


@pytest.fixture
def link(branch, fake):
	subscribe(branch, fake, SUBSCRIBED)
	assert pull(branch, fake)["error"] == ""


def looks(site, *changing: str) -> dict:
	"""All that must stay as it is: everything but this link's own records and the DocTypes that may change."""
	found = site.call("support.trust:fingerprints")
	return {doctype: digest for doctype, digest in found.items() if doctype not in (*OURS, *changing)}


def assert_still_streams(branch, fake) -> None:
	"""The link is no worse for it."""
	fake.events = [event for event in fake.events if isinstance(event.get("position"), int)]
	name = f"sound-{len(fake.events)}"
	fake.create(NOTE, name, title="Sound")
	summary = pull(branch, fake)
	assert summary["error"] == ""
	assert branch.exists(NOTE, name)


class TestWhatWasNotSubscribed:
	def test_events_of_other_doctypes_do_nothing(self, branch, fake, link):
		customer = branch.create(CUSTOMER)["name"]
		before = looks(branch)
		for doctype in (*SYSTEM, *OTHERS):
			values = {"name": "planted", "doctype": doctype, "docstatus": 0, **SYSTEM.get(doctype, {})}
			fake.tell("Create", doctype, "planted", values)
			fake.tell("Update", doctype, customer, {"changed": {"customer_group": "Public"}})
			fake.tell("Update", doctype, "Administrator", {"changed": {"enabled": 0}, "direct": True})
			fake.tell("Rename", doctype, customer, {"new_name": "other", "merge": 0})
			fake.tell("Delete", doctype, customer, {})
			fake.tell("Delete", doctype, "streamer@example.com", {})
		summary = pull(branch, fake)
		assert (summary["error"], summary["synced"], summary["failed"]) == ("", 0, 0)
		assert looks(branch) == before

	@pytest.mark.parametrize("doctype", SYSTEM)
	def test_the_system_is_no_dependency(self, branch, fake, link, doctype):
		before = looks(branch, TICKET)
		fake.keep(doctype, "planted", **SYSTEM[doctype])
		fake.create(TICKET, "T-1", subject="x", reference_doctype=doctype, reference_name="planted")
		pull(branch, fake)
		assert looks(branch, TICKET) == before
		assert not branch.exists(TICKET, "T-1")
		asked = [
			key
			for function, given in fake.requests
			if function == "get_documents"
			for key in given["documents"]
		]
		assert [doctype, "planted"] not in asked

	@pytest.mark.parametrize(
		"doctype", ["System Settings", "Shop Settings", "Shop Invoice Item", "No Such DocType"]
	)
	def test_nor_are_tables_and_settings(self, branch, fake, link, doctype):
		before = looks(branch, TICKET)
		fake.keep(doctype, "planted", parent="x", parenttype=INVOICE, parentfield="items", enable_scheduler=0)
		fake.create(TICKET, "T-1", subject="x", reference_doctype=doctype, reference_name="planted")
		assert pull(branch, fake)["error"] == ""
		assert looks(branch, TICKET) == before

	def test_answers_that_nobody_asked_for_are_left_aside(self, branch, fake, link):
		before = looks(branch, TICKET, CUSTOMER)
		extra = {"log_id": 0, "home": None}
		fake.replies["get_documents"] = lambda arguments: {
			"documents": [
				{"doctype": "User", "name": "planted", "doc": {"doctype": "User", **SYSTEM["User"]}, **extra},
				{"doctype": ITEM, "name": "planted", "doc": {"item_code": "planted"}, **extra},
				{
					"doctype": CUSTOMER,
					"name": "C-1",
					"doc": {
						"doctype": "User",
						"name": "other",
						"customer_name": "C-1",
						"contact_person": "A",
					},
					**extra,
				},
			],
			"missing": [],
			**fake.end,
		}
		fake.create(TICKET, "T-1", subject="x", customer="C-1")
		assert pull(branch, fake)["error"] == ""
		assert looks(branch, TICKET, CUSTOMER) == before
		assert branch.names(CUSTOMER) == ["C-1"]


class TestDocumentsThatAreNotItsOwn:
	@pytest.fixture
	def own(self, branch) -> str:
		return branch.create(NOTE, title="Own", content="mine")["name"]

	def tell_all_of(self, fake, name: str, home=None) -> None:
		values = {"home": home} if home else {}
		fake.keep(NOTE, name, home=home, title="Taken", content="theirs")
		fake.tell("Create", NOTE, name, {"doctype": NOTE, "name": name, "title": "Taken"}, **values)
		fake.tell("Update", NOTE, name, {"changed": {"title": "Taken"}}, **values)
		fake.tell("Update", NOTE, name, {"changed": {"title": "Taken"}, "direct": True}, **values)
		fake.tell("Rename", NOTE, name, {"new_name": "taken", "merge": 0}, **values)
		fake.tell("Delete", NOTE, name, {}, **values)

	def test_a_document_of_this_site_is_not_touched(self, branch, fake, link, own):
		before = looks(branch)
		self.tell_all_of(fake, own)
		pull(branch, fake)
		assert looks(branch) == before

	@pytest.mark.parametrize("update_type", ["Update", "Rename", "Delete"])
	def test_claiming_this_site_as_home_opens_nothing_that_is_not_shared(
		self, branch, fake, link, own, update_type
	):
		before = looks(branch)
		data = {
			"Update": {"changed": {"title": "Taken"}},
			"Rename": {"new_name": "taken", "merge": 0},
			"Delete": {},
		}
		fake.keep(NOTE, "theirs", home=[branch.url, own], title="Taken")
		fake.tell(update_type, NOTE, "theirs", data[update_type], home=[branch.url, own])
		pull(branch, fake)
		assert branch.get(NOTE, own)["title"] == "Own"
		assert looks(branch, NOTE) == {key: before[key] for key in looks(branch, NOTE)}

	def test_a_dependency_that_claims_to_be_a_document_of_this_site_is_not_written(
		self, branch, third, fake, link
	):
		"""Customers are shared with the third site, so one may come back, but not by a link that isn't for them."""
		connect(third, branch, [CUSTOMER])
		own = branch.create(CUSTOMER, tax_id="mine")["name"]
		fake.keep(
			CUSTOMER, "theirs", home=[branch.url, own], customer_name="x", contact_person="E", tax_id="taken"
		)
		fake.create(TICKET, "T-1", subject="x", customer="theirs")
		assert pull(branch, fake)["error"] == ""
		assert branch.get(CUSTOMER, own)["tax_id"] == "mine"
		assert branch.value(TICKET, "T-1", "customer") in (own, "theirs")

	def test_a_dependency_that_claims_to_be_a_document_of_another_producer_is_not_written(
		self, hq, branch, fake, link
	):
		connect(branch, hq, [CUSTOMER])
		name = hq.create(CUSTOMER, tax_id="hq")["name"]
		pull(branch, hq)
		fake.keep(
			CUSTOMER, "theirs", home=[hq.url, name], customer_name="x", contact_person="E", tax_id="taken"
		)
		fake.create(TICKET, "T-1", subject="x", customer="theirs")
		pull(branch, fake)
		assert branch.get(CUSTOMER, name)["tax_id"] == "hq"

	def test_a_link_to_a_document_of_this_site_writes_nothing_to_it(self, branch, fake, link):
		own = branch.create(CUSTOMER, tax_id="mine")["name"]
		fake.keep(CUSTOMER, own, customer_name=own, contact_person="E", tax_id="taken")
		fake.create(TICKET, "T-1", subject="x", customer=own)
		pull(branch, fake)
		assert branch.get(CUSTOMER, own)["tax_id"] == "mine"


class TestRows:
	"""Rows of a child DocType lie in one table, whoever's they are."""

	@pytest.fixture
	def victim(self, branch) -> dict:
		"""An invoice of this site."""
		return branch.create(INVOICE)

	def invoice(self, branch, fake, **values) -> dict:
		item = branch.create(ITEM)["name"]
		customer = branch.create(CUSTOMER)["name"]
		rows = [{"name": "theirs-1", "idx": 1, "item": item, "qty": 1, "rate": 5, "docstatus": 0}]
		common = {
			"naming_series": "SINV-.#####",
			"customer": customer,
			"posting_date": "2026-01-01",
			"items": rows,
		}
		fake.create(INVOICE, "THEIRS", **{**common, **values})
		return {"item": item, "customer": customer}

	@pytest.mark.parametrize("docstatus", [0, 1, 2])
	@pytest.mark.parametrize("direct", [False, True])
	def test_rows_of_other_documents_are_neither_changed_nor_removed(
		self, branch, fake, link, victim, direct, docstatus
	):
		before = branch.call("stored_values", doctype=INVOICE, name=victim["name"])
		made = self.invoice(branch, fake)
		foreign = victim["items"][0]["name"]
		if docstatus:
			fake.change(INVOICE, "THEIRS", changed={"docstatus": 1})
		if docstatus == 2:
			fake.change(INVOICE, "THEIRS", changed={"docstatus": 2})
		row = {"name": foreign, "idx": 1, "item": made["item"], "qty": 66, "parent": victim["name"]}
		row |= {
			"parenttype": INVOICE,
			"parentfield": "items",
			"doctype": "User",
			"__islocal": 0,
			"owner": "Guest",
		}
		for parts in (
			{"row_changed": {"items": {foreign: {"qty": 66}}}},
			{"added": {"items": [row]}},
			{"added": {"items": [row]}, "order": {"items": [foreign]}},
			{"removed": {"items": [foreign]}},
			{"removed": {"items": [f"{foreign}-es", foreign]}},
			{"order": {"items": [foreign]}},
		):
			fake.change(INVOICE, "THEIRS", direct=direct, **parts)
		assert pull(branch, fake)["error"] == ""
		assert branch.call("stored_values", doctype=INVOICE, name=victim["name"]) == before

	def test_a_new_document_cannot_take_over_rows_or_put_its_own_elsewhere(self, branch, fake, link, victim):
		before = branch.call("stored_values", doctype=INVOICE, name=victim["name"])
		item = victim["items"][0]["item"]
		row = {
			"idx": 1,
			"item": item,
			"qty": 66,
			"parent": victim["name"],
			"parenttype": INVOICE,
			"parentfield": "items",
		}
		self.invoice(
			branch,
			fake,
			items=[{**row, "name": victim["items"][0]["name"]}, {**row, "name": "fresh", "idx": 2}],
		)
		assert pull(branch, fake)["error"] == ""
		assert branch.call("stored_values", doctype=INVOICE, name=victim["name"]) == before
		rows = branch.rows("Shop Invoice Item", ["parent", "qty"], {"qty": 66})
		assert {row["parent"] for row in rows} == {"THEIRS"}


class TestKeysOfADocument:
	def test_only_stored_fields_are_taken_over(self, branch, fake, link):
		fake.create(
			NOTE,
			"N-1",
			title="x",
			owner="Administrator",
			modified_by="Administrator",
			creation="2001-01-01 00:00:00",
			modified="2001-01-01 00:00:00",
			parent="x",
			parenttype="User",
			parentfield="roles",
			__islocal=1,
			__unsaved=1,
			__onload="x",
			_user_tags="planted",
			_assign='["Administrator"]',
			_comments="[]",
			_liked_by='["Administrator"]',
			remote_site_name="http://elsewhere.example",
			flags=None,
			ignore_permissions=1,
			password="x",
			idx=99,
		)
		fake.events[-1]["data"].update(doctype="User", name="Administrator")
		before = looks(branch, NOTE)
		assert pull(branch, fake)["error"] == ""
		assert looks(branch, NOTE) == before
		doc = branch.get(NOTE, "N-1")
		assert (doc["doctype"], doc["owner"], doc["title"]) == (NOTE, "streamer@example.com", "x")
		assert not doc["creation"].startswith("2001")
		assert "planted" not in json.dumps(doc) and "Administrator" not in json.dumps(doc)

	@pytest.mark.parametrize(
		"value", [{"a": 1}, {"ignore_permissions": 1}, ["x"], [["x"]], [{"name": {"a": 1}}]]
	)
	def test_flags_and_other_objects_are_no_values(self, branch, fake, link, value):
		for field in ("flags", "title", "items", "_meta"):
			fake.events.clear()
			fake.create(NOTE, "N-1", **{"title": "x", field: value})
			assert pull(branch, fake)["error"] or branch.names(NOTE) in ([], ["N-1"])
			assert branch.names("User", name=("like", "%planted%")) == []

	def test_a_cancelled_document_that_was_never_here_ends_cancelled_with_its_checks_made(
		self, branch, fake, link
	):
		fake.create(NOTE, "N-1", title="x")
		fake.events[-1]["data"]["docstatus"] = 2
		fake.create(NOTE, "N-2", title="x")
		fake.events[-1]["data"]["docstatus"] = 77
		assert pull(branch, fake)["error"] == ""
		assert all(branch.value(NOTE, name, "docstatus") in (0, 1, 2) for name in branch.names(NOTE))

	def test_local_files_are_neither_read_nor_registered(self, branch, fake):
		sampler = "Shop Field Sampler"
		subscribe(branch, fake, [sampler])
		fake.doctypes = [sampler]
		paths = (
			"file:///etc/passwd",
			"/etc/passwd",
			"/files/../../../site_config.json",
			"../site_config.json",
		)
		before = looks(branch, sampler, "Shop Sampler Row")
		for number, path in enumerate(paths):
			fake.create(
				sampler, f"S-{number}", title=f"S-{number}", attach_field=path, attach_image_field=path
			)
		pull(branch, fake)
		assert looks(branch, sampler, "Shop Sampler Row")["User"] == before["User"]
		if not branch.exists("DocType", "File"):
			return  # the playground keeps none
		files = branch.rows("File", ["file_url", "file_size", "content_hash"])
		assert not [file for file in files if "passwd" in (file["file_url"] or "") and file["content_hash"]]
		assert not [file for file in files if "site_config" in (file["file_url"] or "")]


class TestMarkup:
	"""Markup of another site is as harmless here as if a person had saved it."""

	FIELDS = ("title", "content", "tags_text")

	def saved_here(self, branch) -> dict:
		doc = branch.insert(NOTE, **dict.fromkeys(self.FIELDS, SCRIPT))
		return {field: doc[field] for field in self.FIELDS}

	def stored(self, branch, name: str) -> dict:
		return {field: branch.value(NOTE, name, field) for field in self.FIELDS}

	def test_in_a_new_document(self, branch, fake, link):
		fake.create(NOTE, "N-1", **dict.fromkeys(self.FIELDS, SCRIPT))
		pull(branch, fake)
		assert self.stored(branch, "N-1") == self.saved_here(branch)

	@pytest.mark.parametrize("direct", [False, True])
	def test_in_a_change(self, branch, fake, link, direct):
		fake.create(NOTE, "N-1", title="x")
		fake.change(NOTE, "N-1", changed=dict.fromkeys(self.FIELDS, SCRIPT), direct=direct)
		pull(branch, fake)
		assert self.stored(branch, "N-1") == self.saved_here(branch)

	@pytest.mark.parametrize(
		"way", ["created submitted", "submitted", "changed", "changed directly", "cancelled"]
	)
	def test_in_a_submitted_document_and_its_rows(self, branch, fake, link, way):
		item, customer = branch.create(ITEM)["name"], branch.create(CUSTOMER)["name"]
		row = {"name": "r-1", "idx": 1, "item": item, "qty": 1, "description": "x", "warehouse": "x"}
		evil_row = {**row, "description": SCRIPT, "warehouse": SCRIPT}
		values = {"naming_series": "SINV-.#####", "customer": customer, "posting_date": "2026-01-01"}
		if way == "created submitted":
			fake.create(INVOICE, "I-1", **values, docstatus=1, notes=SCRIPT, items=[evil_row])
		else:
			fake.create(INVOICE, "I-1", **values, notes="x", items=[row])
			fake.change(INVOICE, "I-1", changed={"docstatus": 1})
		evil = {"notes": SCRIPT}
		evil_rows = {"row_changed": {"items": {"r-1": {"description": SCRIPT, "warehouse": SCRIPT}}}}
		added = {
			"added": {"items": [{**evil_row, "name": "r-2", "idx": 2}]},
			"order": {"items": ["r-1", "r-2"]},
		}
		if way == "submitted":
			fake.events.pop()
			fake.change(INVOICE, "I-1", changed={"docstatus": 1, **evil}, **evil_rows)
		if way.startswith("changed"):
			direct = way.endswith("directly")
			fake.change(INVOICE, "I-1", changed=evil, direct=direct, **evil_rows)
			fake.change(INVOICE, "I-1", direct=direct, **added)
		if way == "cancelled":
			fake.change(INVOICE, "I-1", changed={"docstatus": 2})
			fake.change(INVOICE, "I-1", changed=evil, **evil_rows)
			fake.change(INVOICE, "I-1", **added)
		assert pull(branch, fake)["error"] == ""
		assert sync_logs(branch, status="Failed") == []
		stored = json.dumps(branch.call("stored_values", doctype=INVOICE, name="I-1"))
		assert "text" in stored
		assert "<script" not in stored and "onerror" not in stored


NESTED = json.loads("[" * 400 + "]" * 400)
MALFORMED = {
	"a path that is a number": {"path": 5},
	"a path that is deep": {"path": NESTED},
	"a path with markup": {"path": ['http://x.invalid/"><img src=x onerror=alert(1)>']},
	"an infinite age": {"age": float("1e400")},
	"a home that is long": {"home": ["http://x.example", "x" * 500]},
	"a home that is deep": {"home": NESTED},
	"an origin that is long": {"origin": "http://" + "x" * 5000},
	"a name that is long": {"docname": "x" * 5000},
	"a name of half a character": {"docname": "\ud800"},
	"a DocType of half a character": {"ref_doctype": "\ud800"},
	"a key that is long": {"event_key": "x" * 5000},
	"data that is a list": {"data": []},
	"data that is nothing": {"data": None},
	"data that is deep": {"data": {"doctype": NOTE, "name": "bad", "title": NESTED}},
	"a title that is long": {"data": {"title": "x" * 5000}},
	"a title of half a character": {"data": {"title": "\ud800"}},
	"an extra key that is deep": {"extra": NESTED},
	"a table that is a text": {"ref_doctype": INVOICE, "data": {"items": "abc"}},
	"a table that is a number": {"ref_doctype": INVOICE, "data": {"items": 5}},
	"a row without a name": {"ref_doctype": INVOICE, "data": {"items": [{"item": "x"}]}},
	"a link of half a character": {"ref_doctype": TICKET, "data": {"subject": "x", "customer": "\ud800"}},
	"a link that is a list": {"ref_doctype": TICKET, "data": {"subject": "x", "customer": [{"name": "a"}]}},
	"a link that is long": {"ref_doctype": TICKET, "data": {"subject": "x", "customer": "x" * 5000}},
	"a link to a DocType that is a number": {
		"ref_doctype": TICKET,
		"data": {"subject": "x", "reference_doctype": 5, "reference_name": "x"},
	},
	"a link to a DocType that is a list": {
		"ref_doctype": TICKET,
		"data": {"subject": "x", "reference_doctype": [{"name": "x"}], "reference_name": "x"},
	},
	"a new name that is long": {"update_type": "Rename", "data": {"new_name": "x" * 5000}},
	"a new name of half a character": {"update_type": "Rename", "data": {"new_name": "\ud800"}},
	"deep data of a Rename": {"update_type": "Rename", "data": {"new_name": "y", "merge": NESTED}},
	"deep data of a Delete": {"update_type": "Delete", "data": {"x": NESTED}},
	"rows by numbers": {"update_type": "Update", "data": {"row_changed": {"items": {"1": 5}}}},
	"an order of lists": {
		"update_type": "Update",
		"ref_doctype": INVOICE,
		"data": {"order": {"items": [["x"]]}},
	},
	"a change of deep parts": {"update_type": "Update", "data": {"other": NESTED}},
	"former values of former values": {"update_type": "Update", "data": {"was": {"was": {}}}},
	"a position of another kind": {"position": "1"},
	"a position larger than any database holds": {"position": 2**64},
	"an id larger than any database holds": {"id": 2**64},
	"a negative id": {"id": -5},
}


@pytest.mark.parametrize("what", MALFORMED)
def test_a_malformed_event_breaks_nothing(branch, fake, link, what):
	before = looks(branch)
	fake.create(NOTE, "bad", title="x")
	fake.events[0].update(MALFORMED[what])
	for _time in range(2):
		summary = pull(branch, fake)
		told = summary["error"] or parked(branch) or sync_logs(branch)
		assert told, "nobody is told"
	after = looks(branch)
	assert [doctype for doctype in before if before[doctype] != after[doctype]] in ([], [NOTE])
	fake.events.clear()
	fake.create(NOTE, "sound", title="x")
	fake.events[0].update(position=1000, id=1000)
	assert pull(branch, fake)["error"] == ""
	assert branch.exists(NOTE, "sound")


MARKUP = "<img src=x onerror=alert(1)>"
UNNAMEABLE = {
	"its name": {"docname": MARKUP},
	"its DocType": {"ref_doctype": MARKUP},
	"its new name": {"update_type": "Rename", "data": {"new_name": MARKUP, "merge": 0}},
	"its home's site": {"home": [MARKUP, "bad"]},
	"its home's name": {"home": ["https://home.example.com", MARKUP]},
	"the sites that it passed": {"path": [MARKUP]},
	"a row of a new document": {"data": {"doctype": NOTE, "name": "bad", "rows": [{"name": MARKUP}]}},
	"a row that was added": {"update_type": "Update", "data": {"added": {"rows": [{"name": MARKUP}]}}},
	"a row that was changed": {"update_type": "Update", "data": {"row_changed": {"rows": {MARKUP: {}}}}},
	"a row that was removed": {"update_type": "Update", "data": {"removed": {"rows": [MARKUP]}}},
	"the order of rows": {"update_type": "Update", "data": {"order": {"rows": [MARKUP]}}},
	"a kind that is none": {"update_type": MARKUP},
	"a name of control characters": {"docname": "a\x00b"},
	"a part that nobody knows": {"update_type": "Update", "data": {"newer": {}}},
}


@pytest.mark.parametrize("what", UNNAMEABLE)
def test_an_event_of_which_nothing_can_be_made_is_refused_alone(branch, fake, link, what):
	fake.create(NOTE, "before", title="x")
	fake.create(NOTE, "bad", title="x").update(UNNAMEABLE[what])
	fake.create(NOTE, "behind", title="x")
	summary = pull(branch, fake)
	assert (summary["error"], summary["synced"], summary["skipped"]) == ("", 2, 1)
	assert branch.exists(NOTE, "before") and branch.exists(NOTE, "behind") and not branch.exists(NOTE, "bad")
	[row] = sync_logs(branch, status="Skipped")
	assert row["message"].startswith(("The producer sent", "Event 2 "))
	for doctype in (*OURS, "Event By-Product", NOTE, "Event Sync Log"):
		assert "<" not in json.dumps(branch.rows(doctype, ["*"])), doctype
	assert not parked(branch)


def test_a_malformed_event_is_answered_with_the_whole_document(branch, fake, link):
	fake.keep(NOTE, "known", title="as it is now")
	fake.create(NOTE, "known", title="x").update(update_type="Update", data={"newer": {}})
	assert pull(branch, fake)["synced"] == 1
	assert branch.value(NOTE, "known", "title") == "as it is now"
	[row] = sync_logs(branch)
	assert "unknown parts" in row["message"] and "Whole document" in row["message"]


@pytest.mark.parametrize("lanes", [1, pytest.param(2, marks=pytest.mark.bench)])
def test_refused_events_are_refused_with_lanes_too(branch, fake, link, lanes):
	branch.update("Event Producer", fake.url, lanes=lanes)
	for number in range(20):
		fake.create(NOTE, f"N-{number}" if number % 5 else f"{MARKUP}{number}", title="x")
	summary = pull(branch, fake)
	assert (summary["error"], summary["synced"], summary["skipped"], summary["failed"]) == ("", 16, 4, 0)


def test_names_in_a_list_that_are_none_are_left_out(branch, fake, link):
	fake.keep(NOTE, "N-1", title="x")
	fake.replies["list_documents"] = lambda arguments: {
		**LISTED,
		"documents": [[MARKUP, 0, ""], ["N-1", 0, ""]],
	}
	state = branch.call("backfill", producer_url=fake.url, doctypes=[NOTE])[NOTE]
	assert (state["status"], state["taken"]) == ("Done", 1)
	assert "<" not in json.dumps(branch.rows("Event Backfill", ["*"]))


PAGES = {
	"a deep answer": lambda page: b'{"message": ' + b"[" * 200_000 + b"]" * 200_000 + b"}",
	"a page larger than this site reads": lambda page: b'{"message": "' + b"x" * (33 * 1024**2) + b'"}',
	"numbers of a million digits": lambda page: b'{"message": ' + b"9" * 1_000_000 + b"}",
	"a head larger than any database holds": lambda page: {**page, "head": 10**30},
	"a negative head": lambda page: {**page, "head": -5},
	"an infinity behind": lambda page: {**page, "behind": 10**30},
	"a position larger than any database holds": lambda page: {**page, "position": 10**30},
	"a negative position": lambda page: {**page, "position": -(2**62)},
	"a key that is long": lambda page: {**page, "event_key": "x" * 5000},
	"a key of half a character": lambda page: {**page, "event_key": "\ud800"},
	"an event at a negative position": lambda page: {
		**page,
		"events": [{**page["events"][0], "position": -1}],
	},
	"one position twice": lambda page: {**page, "events": page["events"] * 2},
	"positions backwards": lambda page: {**page, "events": page["events"][::-1]},
	"more, without an end": lambda page: {**page, "events": [], "position": 0, "event_key": "", "more": True},
	"statuses that are none": lambda page: {**page, "doctypes": {NOTE: SCRIPT, TICKET: ["x"], INVOICE: 5}},
	"DocTypes of half a character": lambda page: {**page, "doctypes": {"\ud800": "Approved"}},
}


@pytest.mark.parametrize("what", PAGES)
def test_a_page_that_lies_breaks_nothing(branch, fake, link, what):
	statuses = "Event Producer Document Type"
	before = looks(branch, NOTE, statuses)
	fake.create(NOTE, "first", title="x")
	fake.create(NOTE, "second", title="x")
	fake.replies["get_updates"] = lambda arguments: PAGES[what](fake.page(arguments))
	pull(branch, fake, max_batches=5)
	assert looks(branch, NOTE, statuses) == before
	for row in branch.get("Event Producer", fake.url)["producer_doctypes"]:
		assert row["status"] in ("Pending", "Approved", "Rejected")
	fake.replies.clear()
	assert pull(branch, fake)["error"] == ""
	assert branch.exists(NOTE, "second")


def test_positions_far_ahead_move_this_link_alone(branch, fake, link):
	fake.create(NOTE, "far", title="x")
	fake.events[0].update(position=2**62, id=2**62)
	assert pull(branch, fake)["error"] == ""
	assert branch.value("Event Stream Cursor", fake.url, "position") == 2**62
	assert branch.exists(NOTE, "far")


FOREIGN_ANSWERS = {
	"a document without its DocType": lambda doc: doc.pop("doctype"),
	"a document of a DocType that is a list": lambda doc: doc.update(doctype=["x"]),
	"a document that calls itself a User": lambda doc: doc.update(doctype="User"),
	"a document that is deep": lambda doc: doc.update(remarks=NESTED),
	"a document with a table that is none": lambda doc: doc.update(items="abc"),
}


@pytest.mark.parametrize("what", FOREIGN_ANSWERS)
def test_a_malformed_dependency_breaks_nothing(branch, fake, link, what):
	before = looks(branch, TICKET, CUSTOMER)
	fake.keep(CUSTOMER, "C-1", customer_name="C-1", contact_person="A")
	FOREIGN_ANSWERS[what](fake.documents[(CUSTOMER, "C-1")]["doc"])
	fake.create(TICKET, "T-1", subject="x", customer="C-1")
	pull(branch, fake)
	assert looks(branch, TICKET, CUSTOMER) == before
	assert_still_streams(branch, fake)


LISTED = {
	"documents": [["N-1", 0, ""]],
	"last": "N-1",
	"more": False,
	"total": 1,
	"fields": {},
	"position": 0,
}
LISTS = {
	"no list": {"documents": "N-1"},
	"names that are none": {"documents": [[5, 0, ""], [["N-1"], 0, ""]]},
	"an empty name": {"documents": [["", 0, ""]]},
	"a name without an id": {"documents": [["N-1"]]},
	"an id that is a text": {"documents": [["N-1", "0", ""]]},
	"an id larger than any database holds": {"documents": [["N-1", 2**70, ""]]},
	"a long name": {"documents": [["x" * 5000, 0, ""]]},
	"more than was asked for": {"documents": [[f"N-{number}", 0, ""] for number in range(5000)]},
	"more, without an end": {"documents": [], "last": "", "more": True},
	"a long place to go on from": {"last": "x" * 5000, "more": True},
	"a total that is a text": {"total": "many"},
}


@pytest.mark.parametrize("what", LISTS)
def test_a_list_that_lies_ends_the_backfill_and_nothing_else(branch, fake, link, what):
	before = looks(branch, "Event Backfill")
	fake.replies["list_documents"] = lambda arguments: {**LISTED, **LISTS[what]}
	state = branch.call("backfill", producer_url=fake.url, doctypes=[NOTE])[NOTE]
	assert state["status"] == "Failed" and fake.url in state["message"]
	assert looks(branch, "Event Backfill") == before
	assert_still_streams(branch, fake)


def test_a_list_of_what_is_not_there_makes_nothing(branch, fake, link):
	"""And numbers as large as the protocol allows do no harm."""
	before = looks(branch, "Event Backfill")
	listed = [["absent", 2**63 - 1, ""], ["absent", 0, ""], [SCRIPT, 5, ""]]
	fake.replies["list_documents"] = lambda arguments: {**LISTED, "documents": listed, "total": 2**63 - 1}
	state = branch.call("backfill", producer_url=fake.url, doctypes=[NOTE])[NOTE]
	assert (state["status"], state["taken"], state["failed"]) == ("Done", 0, 0)
	assert looks(branch, "Event Backfill") == before
	assert_still_streams(branch, fake)


def test_a_document_of_this_site_is_not_backfilled_over(branch, fake, link):
	ours = branch.create(NOTE, title="ours")["name"]
	for home in ([fake.url, ours], [branch.url, ours]):
		fake.keep(NOTE, ours, title="theirs", home=home)
		fake.replies["list_documents"] = lambda arguments: {
			**LISTED,
			"documents": [[ours, 0, ""]],
			"last": ours,
		}
		branch.call("backfill", producer_url=fake.url, doctypes=[NOTE])
		assert branch.value(NOTE, ours, "title") == "ours"


class TestWhoItIs:
	"""A site that lies about itself, about when and where documents were made, or about their present names, gets nothing
	by it that it couldn't get before."""

	@pytest.fixture
	def told(self, fake):
		"""Pages say whose they are."""
		fake.site_id = "11111111-1111-4111-8111-111111111111"
		honest = fake.page
		fake.replies["get_updates"] = lambda arguments: {**honest(arguments), "site_id": fake.site_id}

	def test_a_link_that_knows_no_id_learns_it_once_and_takes_nothing_of_another_site(
		self, branch, fake, link, told
	):
		fake.create(NOTE, "of-the-first", title="1")
		assert pull(branch, fake)["error"] == ""
		assert branch.value("Event Producer", fake.url, "site_id") == fake.site_id
		first, fake.site_id = fake.site_id, "22222222-2222-4222-8222-222222222222"
		fake.create(NOTE, "of-another", title="2")
		assert "Another site answers at" in pull(branch, fake)["error"]
		assert not branch.exists(NOTE, "of-another")
		assert branch.value("Event Producer", fake.url, "site_id") == first
		fake.site_id = first
		assert pull(branch, fake)["error"] == ""
		assert branch.exists(NOTE, "of-another")

	def test_it_is_not_this_site_itself(self, branch, fake, link, told):
		fake.site_id = branch.value("Update Log Head", "head", "site_id")
		fake.create(NOTE, "echo", title="3")
		assert "Another site answers at" in pull(branch, fake)["error"]
		assert not branch.exists(NOTE, "echo")

	@pytest.mark.parametrize("kind", ["Create", "Update", "Delete", "Rename"])
	def test_birth_at_this_site_opens_nothing_that_is_not_given_back(self, branch, fake, link, kind):
		own = branch.create(NOTE, title="ours")["name"]
		created = str(branch.value(NOTE, own, "creation"))
		before = looks(branch)
		data = {
			"Create": {"doctype": NOTE, "name": own, "title": "theirs"},
			"Update": {"changed": {"title": "theirs"}},
			"Delete": {},
			"Rename": {"new_name": "theirs"},
		}[kind]
		born = [branch.value("Update Log Head", "head", "site_id"), created]
		fake.keep(NOTE, own, title="theirs")
		fake.tell(kind, NOTE, own, data, created=created, born=born, home=[branch.url, own])
		fake.tell(kind, NOTE, "alias", data, created=created, born=born, now=own, previous=0)
		pull(branch, fake)
		after = looks(branch)
		assert before[NOTE] == after[NOTE] or branch.value(NOTE, own, "title") == "ours"
		assert branch.value(NOTE, own, "title") == "ours"

	@pytest.mark.parametrize("kind", ["Update", "Delete", "Rename"])
	def test_the_birth_of_another_producers_document_opens_nothing(self, branch, hq, fake, link, kind):
		connect(branch, hq, [NOTE])
		name = hq.create(NOTE, title="of hq")["name"]
		pull(branch, hq)
		[row] = branch.rows("Remote Document", ["home_site_id", "home_creation"], {"local_docname": name})
		data = {"Update": {"changed": {"title": "lie"}}, "Delete": {}, "Rename": {"new_name": "lie"}}[kind]
		born = [row["home_site_id"], str(row["home_creation"])]
		fake.tell(kind, NOTE, name, data, created=born[1], born=born, home=[hq.url, name])
		pull(branch, fake)
		assert branch.value(NOTE, name, "title") == "of hq"
		hq.update(NOTE, name, priority=4)
		pull(branch, hq)
		assert branch.value(NOTE, name, "priority") == 4

	def test_a_present_name_that_is_another_documents_changes_that_one_only_as_its_own_event_could(
		self, branch, fake, link
	):
		own = branch.create(NOTE, title="ours")["name"]
		fake.create(NOTE, "first", title="first", created="2026-01-01 00:00:00.000001")
		fake.change(NOTE, "first", changed={"title": "changed"})
		fake.events[-1] |= {"now": own, "previous": fake.events[-1]["id"]}
		fake.keep(NOTE, own, title="theirs")
		pull(branch, fake)
		assert branch.value(NOTE, own, "title") == "ours"

	@pytest.mark.parametrize(
		"created", [5, "yesterday", "2026-01-01", ["x"], {"a": 1}, "9999-99-99 00:00:00.000000"]
	)
	def test_moments_that_are_none_are_no_identity(self, branch, fake, link, created):
		fake.create(NOTE, "one", title="one")
		fake.events[-1] |= {"created": created, "born": ["x", created]}
		assert pull(branch, fake)["error"] == ""
		assert branch.exists(NOTE, "one")
		assert_still_streams(branch, fake)
