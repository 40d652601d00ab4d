"""A producer that registers properly and then lies: nothing is written here that the link was not for."""

import json

import pytest

from support.hostile import CUSTOMER, INVOICE, ITEM, NOTE, SCRIPT, TICKET, looks
from support.link import connect, pull, subscribe, sync_logs

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
