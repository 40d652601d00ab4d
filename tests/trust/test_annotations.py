"""Comments and tags of a producer that lies, and of a consumer that asks for more."""

import pytest

from support.link import connect, drain, pull, subscribe

NOTE = "Shop Note"
FETCH = "support.files:fetch"
COMMENT, COMMENTS = "support.annotations:comment", "support.annotations:comments_on"
TAG, TAGS = "support.annotations:tag", "support.annotations:tags_of"
AT = "2026-01-02 03:04:05.000006"


@pytest.fixture
def note(branch, fake):
	"""A document of the producer, which tells of one comment and one tag."""
	subscribe(branch, fake, [{"ref_doctype": NOTE, "comments": 1, "tags": 1}])
	fake.create(NOTE, "N1", title="a note")
	assert pull(branch, fake)["error"] == ""
	tell(fake)
	return "N1"


def told(**values) -> dict:
	return {
		"site": "their-site", "name": "c1", "by": "Wanda", "email": "wanda@example.com", "at": AT, "text": "hello",
		**values,
	}  # fmt: skip


def tell(fake, *comments, tags=("Red",), documents=None, **values) -> None:
	comments = list(comments) or [told()]

	def answer(asked: dict) -> dict:
		found = [
			[*key, {"comments": comments, "tags": list(tags)}] for key in documents or asked["documents"]
		]
		return {"documents": found, "given": {"comments": [NOTE], "tags": [NOTE]}, "more": False, **values}

	fake.replies["list_annotations"] = answer


def fetch(branch, fake) -> str:
	return branch.call(FETCH, producer_url=fake.url)["error"]


def comments_on(branch, name) -> list[dict]:
	return branch.call(COMMENTS, doctype=NOTE, name=name)


def look_again(branch, fake) -> None:
	fake.change(NOTE, "N1", changed={"title": f"title {len(fake.events)}"})
	assert pull(branch, fake)["error"] == ""
	assert fetch(branch, fake) == ""


def test_an_honest_one(branch, fake, note):
	assert fetch(branch, fake) == ""
	[comment] = comments_on(branch, note)
	assert (comment["content"], comment["comment_by"], comment["creation"]) == ("hello", "Wanda", AT)
	assert branch.call(TAGS, doctype=NOTE, name=note) == ["Red"]


@pytest.mark.parametrize(
	"text",
	[
		"<p>hi<script>alert(1)</script></p>",
		'<img src="x" onerror="alert(1)">',
		'<a href="javascript:alert(1)">look</a>',
		'<form action="https://evil.example.com"><input name="password"></form>',
	],
)
def test_a_script_in_a_comment(branch, fake, note, text):
	tell(fake, told(text=text))
	assert fetch(branch, fake) == ""
	[comment] = comments_on(branch, note)
	for harmful in ("<script", '<img src="x" onerror', 'href="javascript'):
		assert harmful not in comment["content"]


def test_a_script_in_the_authors_name(branch, fake, note):
	tell(fake, told(by="<img src=x onerror=alert(1)>", email="<b>x</b>"))
	assert fetch(branch, fake) == ""
	[comment] = comments_on(branch, note)
	assert "onerror" not in comment["comment_by"]
	assert comment["owner"] == branch.get("Event Producer", fake.url)["event_subscriber"]
	[known] = branch.rows("Remote Comment", ["author"], {})
	assert "onerror" not in known["author"]


@pytest.mark.parametrize("user", ["Administrator", "Guest"])
def test_one_that_says_it_is_of_this_sites_administrator(branch, fake, note, user):
	tell(fake, told(email=user))
	assert fetch(branch, fake) == ""
	[comment] = comments_on(branch, note)
	assert comment["owner"] == branch.get("Event Producer", fake.url)["event_subscriber"]


def test_on_documents_that_are_not_its_own(branch, fake, note):
	own = branch.create(NOTE)["name"]
	tell(fake, documents=[[NOTE, own], ["User", "Administrator"], [NOTE, "absent"]])
	assert fetch(branch, fake) == ""
	assert comments_on(branch, own) == comments_on(branch, note) == []
	assert branch.names("Comment", reference_doctype="User", comment_type="Comment") == []
	assert branch.names("Remote Comment") == []


def test_what_people_wrote_here_is_out_of_reach(branch, fake, note):
	own = branch.call(COMMENT, doctype=NOTE, name=note, text="mine")
	site_id = branch.call("support.annotations:site_id")
	tell(fake, told(site=site_id, name=own, text="rewritten"), told(name=own, text="beside it"))
	assert fetch(branch, fake) == ""
	assert sorted(comment["content"] for comment in comments_on(branch, note)) == ["beside it", "mine"]
	tell(fake, told(name="other"))
	look_again(branch, fake)
	assert sorted(comment["content"] for comment in comments_on(branch, note)) == ["hello", "mine"]


@pytest.mark.parametrize(
	"change",
	[
		{"text": 5},
		{"text": "x" * 100_001},
		{"at": "yesterday"},
		{"at": None},
		{"name": ""},
		{"name": "<b>"},
		{"site": None},
		{"by": {"a": 1}},
		{"email": "x" * 141},
	],
)
def test_malformed_ones(branch, fake, note, change):
	tell(fake, told(**change))
	assert "unexpected form" in fetch(branch, fake)
	assert comments_on(branch, note) == []


@pytest.mark.parametrize(
	"answer",
	[
		{"documents": "x", "given": {}, "more": False},
		{"documents": [], "given": {"comments": NOTE, "tags": []}, "more": False},
		{"documents": [[NOTE, "N1", {"comments": 5}]], "given": {"comments": [], "tags": []}, "more": False},
		{
			"documents": [[NOTE, "N1", {"tags": ["x"] * 101}]],
			"given": {"comments": [], "tags": []},
			"more": False,
		},
		{"documents": [[NOTE, "N1"]], "given": {"comments": [], "tags": []}, "more": False},
	],
)
def test_malformed_answers(branch, fake, note, answer):
	fake.replies["list_annotations"] = lambda asked: answer
	assert fetch(branch, fake) != ""
	assert comments_on(branch, note) == []


def test_tags_that_could_not_be_one(branch, fake, note):
	tell(fake, tags=["<script>alert(1)</script>", "a,b", "", 5, "x" * 141, "Good"])
	assert fetch(branch, fake) == ""
	assert branch.call(TAGS, doctype=NOTE, name=note) == ["Good"]


def test_a_consumer_is_told_only_of_what_was_approved_with_them(hq, branch):
	connect(branch, hq, [NOTE])
	name = hq.create(NOTE)["name"]
	hq.call(COMMENT, doctype=NOTE, name=name, text="secret")
	hq.call(TAG, doctype=NOTE, name=name, tag="Secret")
	drain(branch, hq)
	answer = branch.call("support.annotations:ask", producer_url=hq.url, doctype=NOTE, name=name)
	assert answer == {
		"documents": [],
		"given": {"comments": [], "tags": [], "assignments": []},
		"more": False,
	}


def test_a_consumer_is_not_told_of_documents_that_it_may_not_have(hq, branch):
	row = {"ref_doctype": NOTE, "comments": 1, "tags": 1, "condition": '[["title", "=", "open"]]'}
	connect(branch, hq, [row])
	name = hq.create(NOTE, title="closed")["name"]
	hq.call(COMMENT, doctype=NOTE, name=name, text="secret")
	answer = branch.call("support.annotations:ask", producer_url=hq.url, doctype=NOTE, name=name)
	assert answer["documents"] == []
