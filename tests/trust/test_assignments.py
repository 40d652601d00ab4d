"""Assignments of a producer that lies, of one that is older, and of a consumer that asks for more."""

import pytest

from support.link import connect, drain, pull, subscribe

NOTE, ANN = "Shop Note", "test-ann@example.com"
FETCH = "support.files:fetch"
ASSIGN, ASSIGNED, TODOS = (f"support.annotations:{name}" for name in ("assign", "assigned_to", "todos_about"))


@pytest.fixture
def note(branch, fake):
	"""A document of the producer, which tells of one assignment."""
	branch.call("make_user", email=ANN, roles=["Shop User"])
	subscribe(branch, fake, [{"ref_doctype": NOTE, "assignments": 1}])
	fake.create(NOTE, "N1", title="a note")
	assert pull(branch, fake)["error"] == ""
	tell(fake)
	return "N1"


def told(**values) -> dict:
	return {
		"site": "their-site", "name": "t1", "state": "Open", "user": ANN, "by": "wanda@example.com", "text": "look at it",
		"date": "2030-01-02", "priority": "High", **values,
	}  # fmt: skip


def tell(fake, *assignments, documents=None) -> None:
	listed = list(assignments) or [told()]

	def answer(asked: dict) -> dict:
		found = [[*key, {"assignments": listed}] for key in documents or asked["documents"]]
		given = {"comments": [], "tags": [], "assignments": [NOTE]}
		return {"documents": found, "given": given, "more": False}

	fake.replies["list_annotations"] = answer


def fetch(branch, fake) -> str:
	return branch.call(FETCH, producer_url=fake.url)["error"]


def look_again(branch, fake) -> None:
	fake.change(NOTE, "N1", changed={"title": f"title {len(fake.events)}"})
	assert pull(branch, fake)["error"] == ""
	assert fetch(branch, fake) == ""


def assigned(branch, name) -> list[str]:
	return branch.call(ASSIGNED, doctype=NOTE, name=name)


def test_an_honest_one(branch, fake, note):
	assert fetch(branch, fake) == ""
	[todo] = branch.call(TODOS, doctype=NOTE, name=note)
	assert (todo["allocated_to"], todo["description"], todo["priority"]) == (ANN, "look at it", "High")
	assert todo["assigned_by"] == branch.get("Event Producer", fake.url)["event_subscriber"]


def test_a_script_in_what_is_to_be_done(branch, fake, note):
	tell(fake, told(text="<p>hi<script>alert(1)</script></p><img src=x onerror=alert(1)>"))
	assert fetch(branch, fake) == ""
	[todo] = branch.call(TODOS, doctype=NOTE, name=note)
	assert "<script" not in todo["description"] and "onerror" not in todo["description"]


def test_a_priority_that_there_is_not(branch, fake, note):
	tell(fake, told(priority="Now!"))
	assert fetch(branch, fake) == ""
	[todo] = branch.call(TODOS, doctype=NOTE, name=note)
	assert todo["priority"] == "Medium"


@pytest.mark.parametrize("user", ["Administrator", "Guest", "nobody@example.com"])
def test_one_for_somebody_else(branch, fake, note, user):
	tell(fake, told(user=user, by="Administrator"))
	assert fetch(branch, fake) == ""
	assert branch.call(TODOS, doctype=NOTE, name=note) == []


def test_of_documents_that_are_not_its_own(branch, fake, note):
	own = branch.create(NOTE)["name"]
	tell(fake, documents=[[NOTE, own], ["User", "Administrator"], [NOTE, "absent"]])
	assert fetch(branch, fake) == ""
	assert assigned(branch, own) == assigned(branch, note) == []


def test_todos_about_anything_else_are_out_of_reach(branch, fake, note):
	site_id = branch.call("support.annotations:site_id")
	other = branch.create(NOTE)["name"]
	branch.call(ASSIGN, doctype=NOTE, name=other, user=ANN)
	[about_other] = branch.call(TODOS, doctype=NOTE, name=other)
	mine = branch.insert("ToDo", description="mine", allocated_to=ANN)["name"]
	ended = [
		told(site=site_id, name=name, state="Cancelled") for name in (about_other["name"], mine, "absent")
	]
	tell(fake, *ended)
	assert fetch(branch, fake) == ""
	assert assigned(branch, other) == [ANN]
	assert branch.value("ToDo", mine, "status") == "Open"


def test_what_was_given_here_stays_when_nothing_is_said_of_it(branch, fake, note):
	branch.call(ASSIGN, doctype=NOTE, name=note, user=ANN)
	[todo] = branch.call(TODOS, doctype=NOTE, name=note)
	site_id = branch.call("support.annotations:site_id")
	tell(fake, told(site=site_id, name=todo["name"]))
	assert fetch(branch, fake) == ""
	tell(fake, told(state="Closed"))
	look_again(branch, fake)
	assert assigned(branch, note) == [ANN]


@pytest.mark.parametrize(
	"change",
	[
		{"site": None},
		{"name": ""},
		{"name": "<b>"},
		{"state": "Maybe"},
		{"state": None},
		{"user": None},
		{"user": "x" * 141},
		{"by": 5},
		{"text": "x" * 100_001},
		{"date": "tomorrow"},
		{"date": "2030-01-02 00:00:00"},
		{"date": None},
		{"priority": []},
	],
)
def test_malformed_ones(branch, fake, note, change):
	tell(fake, told(**change))
	assert "unexpected form" in fetch(branch, fake)
	assert assigned(branch, note) == []


def test_more_than_there_may_be(branch, fake, note):
	tell(fake, *(told(name=f"t{number}") for number in range(101)))
	assert "unexpected form" in fetch(branch, fake)


def test_a_producer_that_does_not_know_of_them(branch, fake, note):
	fake.replies["list_annotations"] = lambda asked: {
		"documents": [],
		"given": {"comments": [], "tags": []},
		"more": False,
	}
	assert fetch(branch, fake) == ""
	[row] = branch.get("Event Producer", fake.url)["producer_doctypes"]
	assert "a version that cannot give them" in row["annotations_trouble"]
	look_again(branch, fake)
	assert branch.get(NOTE, note)["title"].startswith("title")


def test_a_consumer_is_told_only_of_what_was_approved_with_them(hq, branch):
	hq.call("make_user", email=ANN, roles=["Shop User"])
	connect(branch, hq, [{"ref_doctype": NOTE, "comments": 1, "tags": 1}])
	name = hq.create(NOTE)["name"]
	hq.call(ASSIGN, doctype=NOTE, name=name, user=ANN)
	drain(branch, hq)
	answer = branch.call("support.annotations:ask", producer_url=hq.url, doctype=NOTE, name=name)
	assert answer["given"]["assignments"] == []
	assert ANN not in str(answer)


def test_a_consumer_is_not_told_of_documents_that_it_may_not_have(hq, branch):
	hq.call("make_user", email=ANN, roles=["Shop User"])
	connect(branch, hq, [{"ref_doctype": NOTE, "assignments": 1, "condition": '[["title", "=", "open"]]'}])
	name = hq.create(NOTE, title="closed")["name"]
	hq.call(ASSIGN, doctype=NOTE, name=name, user=ANN)
	answer = branch.call("support.annotations:ask", producer_url=hq.url, doctype=NOTE, name=name)
	assert answer["documents"] == []


def test_of_one_that_has_ended_no_user_is_told(hq, branch):
	hq.call("make_user", email=ANN, roles=["Shop User"])
	connect(branch, hq, [{"ref_doctype": NOTE, "assignments": 1}])
	name = hq.create(NOTE)["name"]
	hq.call(ASSIGN, doctype=NOTE, name=name, user=ANN)
	hq.call("support.annotations:unassign", doctype=NOTE, name=name, user=ANN)
	answer = branch.call("support.annotations:ask", producer_url=hq.url, doctype=NOTE, name=name)
	[[_doctype, _name, annotations]] = answer["documents"]
	assert [one["state"] for one in annotations["assignments"]] == ["Cancelled"]
	assert ANN not in str(annotations)
