"""A producer that sends what is no event, page, document or list: it is refused alone, and the link goes on."""

import json

import pytest

from support.hostile import CUSTOMER, INVOICE, NOTE, OURS, SCRIPT, TICKET, assert_still_streams, looks
from support.link import parked, pull, sync_logs

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


@pytest.mark.bench
def test_refused_events_are_refused_where_lanes_replay_the_others(branch, fake, link, lane_workers):
	branch.update("Event Producer", fake.url, lanes=2)
	for number in range(60):
		fake.create(NOTE, f"N-{number}" if number % 20 else f"{MARKUP}{number}", title="x")
	summary = branch.call("support.laning:pull_in_lanes", producer_url=fake.url)
	assert (summary["error"], summary["synced"], summary["skipped"], summary["failed"]) == ("", 57, 3, 0)
	assert summary["by_lanes"]


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
