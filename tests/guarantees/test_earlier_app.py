"""A site laid out as the earlier app's streams on after `migrate`: nothing is lost, nothing doubled, secrets stay secret.

The tables are laid out here, by field names; that app's code is no part of it.
"""

import pytest

from support.link import parked, sync_logs

SUBSCRIBER = "streamer@example.com"
OPS = "support.earlier_app:"
LONG_AGO, READ_UNTIL, SINCE = (
	"2026-01-01 08:00:00.000000",
	"2026-03-01 10:00:00.000000",
	"2026-03-01 12:00:00.000000",
)
MAPPING = "Tasks there are notes here"
KEY, SECRET = "0123456789abcde", "a secret of the earlier app"


@pytest.fixture(scope="module")
def plain(backend):
	"""Two sites of Frappe alone, on which the earlier app is laid out by each test that changes them: made once."""
	if backend.is_frappe_on_sqlite:
		pytest.skip("that app is older than Frappe on SQLite, which adds no unique field to a table")
	sites = [backend.make_site_without_app(f"{name}.localhost") for name in ("earlier-hq", "earlier-branch")]
	for site in sites:
		site.configure(event_streaming_allow_private_network=1)
		site.call("make_user", email=SUBSCRIBER, roles=["System Manager"])
	yield sites
	for site in sites:
		site.close_shells()
		backend.stop_process(site.web)


@pytest.fixture(scope="module")
def old(plain):
	hq, branch = plain
	_documents_at(hq, branch)
	branch.call(OPS + "lay_out")
	_earlier_consumer(hq, branch)
	return hq, branch


def _documents_at(hq, branch) -> None:
	for name in ("Same", "Changed", "Deleted", "New since", "Failed there"):
		hq.call(OPS + "make_note", title=name, content=f"{name} at hq")
		hq.call(OPS + "move_time", doctype="Note", name=name, modified=LONG_AGO)
	for name in ("Same", "Changed", "Deleted"):
		branch.call(OPS + "make_note", title=name, content="as it came")
	branch.call(OPS + "make_note", title="Only here", content="of the branch")
	hq.update("Note", "Changed", content="changed since")
	for name in ("Changed", "New since"):
		hq.call(OPS + "move_time", doctype="Note", name=name, modified=SINCE)
	hq.delete("Note", "Deleted")
	task = hq.insert("ToDo", description="of hq", priority="High")["name"]
	copy = branch.insert("ToDo", description="of hq", priority="Low")["name"]
	hq.facts, branch.facts = {"task": task}, {"task": copy}
	branch.call(OPS + "add_origin_fields", doctype="ToDo")
	branch.call(OPS + "write", doctype="ToDo", name=copy, remote_site_name=hq.url + "/", remote_docname=task)
	hq.call(OPS + "move_time", doctype="ToDo", name=task, modified=LONG_AGO)
	hq.update("ToDo", task, description="of hq, changed")


def _earlier_producer(hq, branch) -> None:
	"""What hq has: a consumer, and its log."""
	rows = [
		{
			"ref_doctype": "Note",
			"status": "Approved",
			"condition": 'doc.public == 1 and doc.title != "Secret"',
		},
		{"ref_doctype": "ToDo", "status": "Approved", "condition": None},
		{"ref_doctype": "Event", "status": "Approved", "condition": "cmd:shop.streaming.is_wanted"},
		{"ref_doctype": "Contact", "status": "Rejected", "condition": None, "unsubscribed": 1},
	]
	rows = [row for row in rows if hq.exists("DocType", row["ref_doctype"])]
	values = {"callback_url": branch.url + "/", "user": SUBSCRIBER, "api_key": KEY, "api_secret": "***"}
	children = {"consumer_doctypes": ("Event Consumer Document Type", rows)}
	hq.call(OPS + "add", doctype="Event Consumer", name=branch.url + "/", children=children, **values)
	hq.call(OPS + "set_secret", doctype="Event Consumer", name=branch.url + "/", secret=SECRET)
	for number, (kind, name, time) in enumerate(
		[
			("Create", "Same", LONG_AGO),
			("Update", "Changed", SINCE),
			("Create", "New since", SINCE),
			("Delete", "Deleted", SINCE),
		]
	):
		log = {"update_type": kind, "ref_doctype": "Note", "docname": name, "data": "{}", "creation": time}
		hq.call(OPS + "add", doctype="Event Update Log", name=f"log{number}", **log)


def _earlier_consumer(hq, branch) -> None:
	"""What the branch has: a producer, how far it read, what it logged."""
	rows = [
		{"ref_doctype": "Note", "use_same_name": 1, "condition": "doc.public==1 and doc.title != 'Secret'"},
		{"ref_doctype": "ToDo", "use_same_name": 0, "condition": ""},
		{"ref_doctype": "Event", "use_same_name": 1, "condition": "cmd:shop.streaming.is_wanted"},
	]
	rows = [{"status": "Approved", "has_mapping": 0, "unsubscribe": 0, **row} for row in rows]
	values = {"producer_url": hq.url + "/", "user": SUBSCRIBER, "api_key": KEY, "api_secret": "***"}
	children = {"producer_doctypes": ("Event Producer Document Type", rows)}
	branch.call(OPS + "add", doctype="Event Producer", name=hq.url + "/", children=children, **values)
	branch.call(OPS + "set_secret", doctype="Event Producer", name=hq.url + "/", secret=SECRET)
	place = {"event_producer": hq.url + "/", "last_update": READ_UNTIL}
	branch.call(OPS + "add", doctype="Event Producer Last Update", name=hq.url + "/", **place)
	common = {"ref_doctype": "Note", "event_producer": hq.url + "/", "use_same_name": "1", "mapping": ""}
	for name in ("Same", "Changed", "Deleted"):
		log = {
			"update_type": "Create",
			"status": "Synced",
			"docname": name,
			"producer_doc": name,
			"data": "{}",
		}
		branch.call(OPS + "add", doctype="Event Sync Log", name=f"sync {name}", **common, **log)
	log = {
		"update_type": "Create",
		"status": "Failed",
		"producer_doc": "Failed there",
		"error": "Traceback\nValueError: no",
	}
	branch.call(
		OPS + "add", doctype="Event Sync Log", name="failed", **{**common, "use_same_name": ""}, **log
	)
	fields = [
		{"local_fieldname": "title", "remote_fieldname": "description"},
		{"local_fieldname": "content", "default_value": "from there"},
		{"local_fieldname": "seen_by", "remote_fieldname": "rows", "mapping_type": "Child Table", "mapping": MAPPING},
		{
			"local_fieldname": "public", "remote_fieldname": "allocated_to", "mapping_type": "Document", "mapping": MAPPING,
			"remote_value_filters": '{"email": "eval:doc.allocated_to", "enabled": 1}',
		},
	]  # fmt: skip
	children = {"field_mapping": ("Document Type Field Mapping", fields)}
	values = {"mapping_name": MAPPING, "local_doctype": "Note", "remote_doctype": "ToDo"}
	branch.call(OPS + "add", doctype="Document Type Mapping", name=MAPPING, children=children, **values)


def _migrate(backend, site) -> None:
	site.close_shells()
	backend.stop_process(site.web)
	backend.migrate(site)
	site.web = backend.start_web(site)


def _cursor(branch, hq) -> dict:
	return branch.get("Event Stream Cursor", hq.url)


def test_one_side_comes_over_first_and_waits(old, backend):
	hq, branch = old
	_migrate(backend, branch)
	[producer] = branch.rows("Event Producer", ["name", "event_subscriber", "api_key", "paused"])
	assert producer == {"name": hq.url, "event_subscriber": SUBSCRIBER, "api_key": None, "paused": 0}
	branch.call(OPS + "join")
	cursor = _cursor(branch, hq)
	assert not cursor["epoch"] and cursor["read_until"] == READ_UNTIL
	assert "event_streaming is not installed there" in cursor["error"] and hq.url in cursor["error"]


def test_rows_conditions_and_unsubscribed_ones_are_there(old):
	hq, branch = old
	rows = {row["ref_doctype"]: row for row in branch.get("Event Producer", hq.url)["producer_doctypes"]}
	assert rows["Note"]["condition"] == '[["public", "=", 1], ["title", "!=", "Secret"]]'
	assert (
		rows["Note"]["use_same_name"] and rows["Note"]["adopt_existing"] and not rows["Note"]["unsubscribe"]
	)
	assert not rows["ToDo"]["condition"] and not rows["ToDo"]["use_same_name"]
	assert rows["Event"]["unsubscribe"] and not rows["Event"]["condition"]
	[note] = branch.rows("Event Takeover Note", ["subject", "earlier", "what_to_do"], {"kind": "Condition"})
	assert (note["subject"], note["earlier"]) == ("Event", "cmd:shop.streaming.is_wanted")
	assert "filters" in note["what_to_do"]


def test_a_mapping_keeps_its_defaults_its_tables_and_its_filters(old):
	_hq, branch = old
	rows = {
		row["local_fieldname"]: row for row in branch.get("Document Type Mapping", MAPPING)["field_mapping"]
	}
	assert rows["content"]["default_value"] == "from there"
	table = rows["seen_by"]
	assert (table["is_child_table"], table["child_table_mapping"], table["mapping_type"]) == (1, MAPPING, "")
	linked = rows["public"]
	assert (linked["mapping_type"], linked["mapping"]) == ("Document", MAPPING)
	assert linked["remote_value_filters"] == '{"email": "doc.allocated_to", "enabled": 1}'


def test_documents_are_known_by_their_fields_and_by_the_log(old):
	hq, branch = old
	rows = branch.rows(
		"Remote Document", ["remote_doctype", "remote_docname", "local_docname", "event_producer", "log_id"]
	)
	known = {(row["remote_doctype"], row["remote_docname"]): row["local_docname"] for row in rows}
	assert known["ToDo", hq.facts["task"]] == branch.facts["task"]
	assert known["Note", "Same"] == "Same" and ("Note", "Only here") not in known
	assert {(row["event_producer"], row["log_id"]) for row in rows} == {(hq.url, -1)}
	task = branch.get("ToDo", branch.facts["task"])
	assert (task["remote_site_name"], task["remote_document_name"]) == (hq.url, hq.facts["task"])


def test_what_had_failed_is_parked_and_logs_stay_readable(old):
	hq, branch = old
	[row] = parked(branch)
	assert (row["remote_doctype"], row["remote_docname"]) == (
		"Note",
		"Failed there",
	) and "ValueError: no" in row["message"]
	assert {row["event_producer"] for row in sync_logs(branch)} == {hq.url}
	[last] = branch.rows("Event Producer Last Update", ["last_update"])
	assert last["last_update"] == READ_UNTIL


def test_no_secret_of_the_earlier_app_is_kept(old):
	_hq, branch = old
	assert branch.call(OPS + "secrets") == []
	assert SECRET not in str(branch.call(OPS + "all_rows", doctype="Event Producer"))
	[note] = branch.rows("Event Takeover Note", ["subject", "what_to_do"], {"kind": "API Key"})
	assert note["subject"] == SUBSCRIBER and KEY not in note["what_to_do"]


def test_fields_of_a_fork_are_listed(old):
	_hq, branch = old
	[note] = branch.rows("Event Takeover Note", ["subject", "what_to_do"], {"kind": "Other Fields"})
	assert note["subject"] == "Event Producer Document Type" and "fork_extra" in note["what_to_do"]


def test_taking_over_twice_changes_nothing(old):
	_hq, branch = old
	doctypes = ("Event Producer", "Event Producer Document Type", "Event Stream Cursor", "Remote Document", "Parked Document",
		"Event Sync Log", "Document Type Field Mapping", "Event Takeover Note")  # fmt: skip
	before = {doctype: branch.call(OPS + "all_rows", doctype=doctype) for doctype in doctypes}
	branch.call(OPS + "take_over")
	assert {doctype: branch.call(OPS + "all_rows", doctype=doctype) for doctype in doctypes} == before


def test_the_other_side_comes_over_and_approvals_hold(old, backend):
	hq, branch = old
	hq.call(OPS + "lay_out")
	_earlier_producer(hq, branch)
	_migrate(backend, hq)
	[consumer] = hq.rows("Event Consumer", ["name", "event_subscriber", "link_key"])
	assert consumer == {"name": branch.url, "event_subscriber": SUBSCRIBER, "link_key": None}
	rows = {row["ref_doctype"]: row for row in hq.get("Event Consumer", branch.url)["consumer_doctypes"]}
	assert rows["Note"]["status"] == rows["ToDo"]["status"] == "Approved"
	assert rows["Event"]["status"] == "Pending" and not rows["Event"]["condition"]
	assert hq.call(OPS + "secrets") == []
	assert {row["update_type"] for row in hq.rows("Event Update Log", ["update_type"])} == {
		"Create",
		"Update",
		"Delete",
	}


def test_the_link_goes_on_where_the_earlier_app_had_stopped(old):
	hq, branch = old
	hq.call(OPS + "make_note", title="Made before the link", content="captured")
	branch.call(OPS + "join")
	cursor = _cursor(branch, hq)
	assert cursor["epoch"] and not cursor["read_until"] and cursor["state"] == "Streaming", cursor
	summary = branch.call("pull", producer_url=hq.url)
	assert not summary["error"] and summary["failed"] == 0, sync_logs(branch, status="Failed")
	assert branch.value("Note", "Changed", "content") == "changed since"
	assert branch.value("Note", "New since", "content") == "New since at hq"
	assert branch.value("Note", "Made before the link", "content") == "captured"
	assert not branch.exists("Note", "Deleted")
	assert branch.value("Note", "Same", "content") == "as it came"
	assert branch.value("Note", "Only here", "content") == "of the branch"
	assert branch.value("ToDo", branch.facts["task"], "description") == "of hq, changed"
	assert branch.call("count", doctype="ToDo") == 1


def test_what_had_failed_comes(old):
	hq, branch = old
	branch.call("make_retries_due")
	branch.call("pull", producer_url=hq.url)
	assert not parked(branch)
	assert branch.value("Note", "Failed there", "content") == "Failed there at hq"


def test_all_is_compared_once_and_differences_are_listed(old):
	hq, branch = old
	branch.call("run_jobs")
	runs = branch.rows("Event Reconciliation", ["ref_doctype", "status"], {"event_producer": hq.url})
	assert {row["ref_doctype"]: row["status"] for row in runs} == {"Note": "Done", "ToDo": "Done"}
	listed = branch.rows("Event Difference", ["remote_docname", "kind"], {"ref_doctype": "Note"})
	assert {"remote_docname": "Same", "kind": "Different"} in listed


def test_live_changes_flow_on(old):
	hq, branch = old
	hq.update("Note", "Same", content="live")
	summary = branch.call("pull", producer_url=hq.url)
	assert summary["synced"] == 1 and branch.value("Note", "Same", "content") == "live"


TRANSLATED = {
	"doc.status == 'Open'": [["status", "=", "Open"]],
	"'Open' == doc.status": [["status", "=", "Open"]],
	"doc['status'] != 'Open'": [["status", "!=", "Open"]],
	"doc.get('status') in ('Open', 'Closed')": [["status", "in", ["Open", "Closed"]]],
	"doc.status not in ['Open']": [["status", "not in", ["Open"]]],
	"not doc.status in ['Open']": [["status", "not in", ["Open"]]],
	"doc.status == 'Open' or doc.status == 'Closed'": [["status", "in", ["Open", "Closed"]]],
	"doc.docstatus == 1 and doc.owner == 'a@b.c'": [["docstatus", "=", 1], ["owner", "=", "a@b.c"]],
	"1 <= doc.docstatus < 2": [["docstatus", ">=", 1], ["docstatus", "<", 2]],
	"not doc.role": [["role", "is", "not set"]],
	"doc.role is not None": [["role", "is", "set"]],
	"doc.docstatus": [["docstatus", "!=", 0]],
	"not doc.docstatus": [["docstatus", "=", 0]],
	"doc.date >= '2026-01-01'": [["date", ">=", "2026-01-01"]],
	"True": [],
	"": [],
}
REFUSED = [
	"cmd:shop.is_wanted",
	"doc.status == 'Open' or doc.priority == 'High'",
	"doc.status == doc.priority",
	"doc.status.startswith('O')",
	"'a' in doc.description",
	"doc.docstatus == '1'",
	"doc.status == 1",
	"not (doc.status == 'Open' and doc.priority == 'High')",
	"not doc.docstatus > 1",
	"frappe.db.exists('User', doc.owner)",
	"doc.no_such_field == 'x'",
	"False",
	"doc.status ==",
	"doc.status in ['Open', None]",
	"doc.status in ['']",
	"len(doc.description) > 3",
	"__import__('os').system('true')",
	"doc.docstatus == None",
	"lambda: doc.status",
]


@pytest.mark.parametrize("condition", TRANSLATED)
def test_a_condition_is_translated(third, condition):
	assert third.call(OPS + "translate", condition=condition, doctype="ToDo") == TRANSLATED[condition]


@pytest.mark.parametrize("condition", REFUSED)
def test_a_condition_that_filters_cannot_say_is_left_to_a_person(third, condition):
	assert str(third.call(OPS + "translate", condition=condition, doctype="ToDo")).startswith("no: ")
