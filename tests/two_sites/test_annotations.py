"""Comments and tags of streamed documents come along, where the row says so and the other site approved it."""

import pytest

from support.link import connect, drain, keep_annotations_back, subscribe, sync_logs, update_logs

NOTE, TICKET = "Shop Note", "Shop Ticket"
COMMENT, CHANGE, COMMENTS = (
	"support.annotations:comment", "support.annotations:change_comment", "support.annotations:comments_on",
)  # fmt: skip
TAG, UNTAG, TAGS = (
	"support.annotations:tag",
	"support.annotations:untag_by_code",
	"support.annotations:tags_of",
)
FETCH, MAKE_DUE = "support.files:fetch", "support.files:make_due"


def row(doctype, **more):
	return {"ref_doctype": doctype, "comments": 1, "tags": 1, **more}


def brought(consumer, *producers):
	"""The documents, then what was said of them."""
	for producer in producers:
		drain(consumer, producer)
		assert consumer.call(FETCH, producer_url=producer.url)["error"] == ""


def texts(site, name, doctype=NOTE):
	return [comment["content"] for comment in site.call(COMMENTS, doctype=doctype, name=name)]


def tags(site, name, doctype=NOTE):
	return site.call(TAGS, doctype=doctype, name=name)


def configured(site, producer):
	[found] = site.get("Event Producer", producer.url)["producer_doctypes"]
	return found


@pytest.fixture
def note(hq, branch):
	connect(branch, hq, [row(NOTE)])
	name = hq.create(NOTE)["name"]
	brought(branch, hq)
	return name


@pytest.fixture
def both_ways(hq, branch, note):
	connect(hq, branch, [row(NOTE)])
	brought(hq, branch)
	return note


class TestComments:
	def test_come_with_author_and_time(self, hq, branch, note):
		hq.call("make_user", email="test-writer@example.com", roles=[])
		hq.call(
			COMMENT, doctype=NOTE, name=note, text="<p>seen by <b>me</b></p>", user="test-writer@example.com"
		)
		[there] = hq.call(COMMENTS, doctype=NOTE, name=note)
		brought(branch, hq)
		[here] = branch.call(COMMENTS, doctype=NOTE, name=note)
		del there["name"], here["name"]
		assert here == there
		assert here["owner"] == here["comment_email"] == "test-writer@example.com"

	def test_by_a_job_after_the_pull(self, hq, branch, note):
		hq.call(COMMENT, doctype=NOTE, name=note, text="by a job")
		drain(branch, hq)
		branch.call("run_jobs")
		assert texts(branch, note) == ["by a job"]

	def test_administrator_is_each_sites_own(self, hq, branch, note):
		hq.call(COMMENT, doctype=NOTE, name=note, text="from above", user="Administrator")
		brought(branch, hq)
		[here] = branch.call(COMMENTS, doctype=NOTE, name=note)
		assert here["owner"] == branch.get("Event Producer", hq.url)["event_subscriber"] != "Administrator"

	def test_what_frappe_notes_of_a_documents_life_does_not(self, hq, branch, note):
		logged = len(update_logs(hq))
		for kind in ("Info", "Edit", "Like"):
			hq.call(COMMENT, doctype=NOTE, name=note, text="noted", kind=kind)
		assert len(update_logs(hq)) == logged
		hq.update(NOTE, note, title="changed")
		brought(branch, hq)
		assert texts(branch, note) == []

	def test_are_logged_with_the_change_or_not_at_all(self, hq, note):
		logged = len(update_logs(hq))
		hq.call(COMMENT, doctype=NOTE, name=note, text="kept")
		[log] = update_logs(hq)[logged:]
		assert (log["update_type"], log["docname"]) == ("Update", note)

	def test_are_changed_and_deleted_by_who_wrote_them(self, hq, branch, note):
		first, second = (hq.call(COMMENT, doctype=NOTE, name=note, text=text) for text in ("one", "two"))
		brought(branch, hq)
		assert texts(branch, note) == ["one", "two"]
		hq.call(CHANGE, name=first, text="one, mended")
		hq.delete("Comment", second)
		brought(branch, hq)
		assert texts(branch, note) == ["one, mended"]
		assert len(branch.names("Remote Comment")) == 1

	def test_a_change_here_stays_here_and_a_deleted_one_stays_away(self, hq, branch, note):
		for text in ("one", "two"):
			hq.call(COMMENT, doctype=NOTE, name=note, text=text)
		brought(branch, hq)
		one, two = branch.call(COMMENTS, doctype=NOTE, name=note)
		branch.call(CHANGE, name=one["name"], text="mine")
		branch.delete("Comment", two["name"])
		hq.update(NOTE, note, title="changed")
		brought(branch, hq)
		assert texts(branch, note) == ["mine"]
		assert texts(hq, note) == ["one", "two"]

	def test_looked_at_again_nothing_changes(self, hq, branch, note):
		hq.call(COMMENT, doctype=NOTE, name=note, text="once")
		brought(branch, hq)
		before = branch.call(COMMENTS, doctype=NOTE, name=note)
		hq.update(NOTE, note, title="changed")
		brought(branch, hq)
		assert branch.call(COMMENTS, doctype=NOTE, name=note) == before

	def test_to_the_right_document_by_own_names(self, hq, branch):
		branch.create(TICKET)
		connect(branch, hq, [row(TICKET, use_same_name=0)])
		tickets = [hq.create(TICKET)["name"] for _number in range(2)]
		hq.call(COMMENT, doctype=TICKET, name=tickets[1], text="on the second")
		brought(branch, hq)
		[local] = branch.names(TICKET, remote_document_name=tickets[1])
		assert local != tickets[1]
		assert texts(branch, local, TICKET) == ["on the second"]
		assert [texts(branch, name, TICKET) for name in branch.names(TICKET) if name != local] == [[], []]

	def test_follow_a_rename(self, hq, branch, note):
		first = hq.call(COMMENT, doctype=NOTE, name=note, text="before")
		brought(branch, hq)
		hq.rename(NOTE, note, "Renamed Note")
		hq.call(COMMENT, doctype=NOTE, name="Renamed Note", text="after")
		hq.call(CHANGE, name=first, text="before, mended")
		brought(branch, hq)
		assert texts(branch, "Renamed Note") == ["before, mended", "after"]

	def test_go_with_their_document(self, hq, branch, note):
		hq.call(COMMENT, doctype=NOTE, name=note, text="gone")
		brought(branch, hq)
		hq.delete(NOTE, note)
		brought(branch, hq)
		branch.call("run_jobs")
		assert branch.names("Comment", reference_name=note) == []
		branch.call("support.annotations:forget_gone")
		assert branch.names("Remote Comment") == []

	def test_nobody_is_notified(self, hq, branch, note):
		mention = '<p><span class="mention" data-id="test-m@example.com" data-value="M">@M</span> look</p>'
		branch.call("make_user", email="test-m@example.com", roles=["Desk User"])
		hq.call(COMMENT, doctype=NOTE, name=note, text=mention)
		brought(branch, hq)
		branch.call("run_jobs")
		assert len(texts(branch, note)) == 1
		assert branch.names("Notification Log", for_user="test-m@example.com") == []


class TestBothWays:
	def test_each_has_those_of_both_once(self, hq, branch, both_ways):
		hq.call(COMMENT, doctype=NOTE, name=both_ways, text="of hq")
		branch.call(COMMENT, doctype=NOTE, name=both_ways, text="of branch")
		for _round in range(3):
			brought(branch, hq)
			brought(hq, branch)
		assert sorted(texts(hq, both_ways)) == sorted(texts(branch, both_ways)) == ["of branch", "of hq"]

	def test_nothing_goes_back(self, hq, branch, both_ways):
		hq.call(COMMENT, doctype=NOTE, name=both_ways, text="of hq")
		brought(branch, hq)
		events = len(sync_logs(hq))
		brought(hq, branch)
		assert len(sync_logs(hq)) == events

	def test_in_a_ring_of_three_each_comes_once(self, hq, branch, third):
		connect(branch, hq, [row(NOTE)])
		connect(third, branch, [row(NOTE)])
		connect(hq, third, [row(NOTE)])
		name = hq.create(NOTE)["name"]
		for _round in range(2):
			brought(branch, hq), brought(third, branch), brought(hq, third)
		first = hq.call(COMMENT, doctype=NOTE, name=name, text="round")
		for _round in range(2):
			brought(branch, hq), brought(third, branch), brought(hq, third)
		assert [texts(site, name) for site in (hq, branch, third)] == [["round"]] * 3
		hq.delete("Comment", first)
		for _round in range(2):
			brought(branch, hq), brought(third, branch), brought(hq, third)
		assert [texts(site, name) for site in (hq, branch, third)] == [[]] * 3


class TestTags:
	def test_come_and_go(self, hq, branch, note):
		for tag in ("Red", "Blue"):
			hq.call(TAG, doctype=NOTE, name=note, tag=tag)
		brought(branch, hq)
		assert tags(branch, note) == ["Blue", "Red"]
		assert len(branch.names("Tag Link", document_name=note)) == 2
		hq.call(TAG, doctype=NOTE, name=note, tag="Red", remove=1)
		brought(branch, hq)
		assert tags(branch, note) == ["Blue"]

	def test_those_of_this_site_stay(self, hq, branch, note):
		branch.call(TAG, doctype=NOTE, name=note, tag="Mine")
		hq.call(TAG, doctype=NOTE, name=note, tag="Theirs")
		brought(branch, hq)
		hq.call(TAG, doctype=NOTE, name=note, tag="Theirs", remove=1)
		brought(branch, hq)
		assert tags(branch, note) == ["Mine"]

	def test_one_taken_away_here_stays_away(self, hq, branch, note):
		hq.call(TAG, doctype=NOTE, name=note, tag="Red")
		brought(branch, hq)
		branch.call(TAG, doctype=NOTE, name=note, tag="Red", remove=1)
		hq.update(NOTE, note, title="changed")
		brought(branch, hq)
		assert tags(branch, note) == []

	def test_what_code_takes_away_is_missed_at_the_next_change(self, hq, branch, note):
		hq.call(TAG, doctype=NOTE, name=note, tag="Red")
		brought(branch, hq)
		hq.call(UNTAG, doctype=NOTE, name=note, tag="Red")
		hq.update(NOTE, note, title="changed")
		brought(branch, hq)
		assert tags(branch, note) == []

	def test_of_both_sites_come_together(self, hq, branch, both_ways):
		hq.call(TAG, doctype=NOTE, name=both_ways, tag="Red")
		branch.call(TAG, doctype=NOTE, name=both_ways, tag="Blue")
		for _round in range(3):
			brought(branch, hq)
			brought(hq, branch)
		assert tags(hq, both_ways) == tags(branch, both_ways) == ["Blue", "Red"]
		branch.call(TAG, doctype=NOTE, name=both_ways, tag="Red", remove=1)
		for _round in range(3):
			brought(hq, branch)
			brought(branch, hq)
		assert tags(hq, both_ways) == tags(branch, both_ways) == ["Blue"]

	def test_it_comes_to_rest(self, hq, branch, both_ways):
		hq.call(TAG, doctype=NOTE, name=both_ways, tag="Red")
		for _round in range(3):
			brought(branch, hq)
			brought(hq, branch)
		logged = len(update_logs(hq)), len(update_logs(branch))
		brought(branch, hq)
		brought(hq, branch)
		assert (len(update_logs(hq)), len(update_logs(branch))) == logged

	def test_one_taken_away_there_and_given_again_here_comes_back(self, hq, branch, both_ways):
		hq.call(TAG, doctype=NOTE, name=both_ways, tag="Red")
		for _round in range(2):
			brought(branch, hq), brought(hq, branch)
		hq.call(TAG, doctype=NOTE, name=both_ways, tag="Red", remove=1)
		for _round in range(2):
			brought(branch, hq), brought(hq, branch)
		assert tags(hq, both_ways) == tags(branch, both_ways) == []
		branch.call(TAG, doctype=NOTE, name=both_ways, tag="Red")
		for _round in range(2):
			brought(branch, hq), brought(hq, branch)
		assert tags(hq, both_ways) == tags(branch, both_ways) == ["Red"]

	def test_one_taken_away_and_given_again_stays(self, hq, branch, both_ways):
		hq.call(TAG, doctype=NOTE, name=both_ways, tag="Red")
		for _round in range(2):
			brought(branch, hq), brought(hq, branch)
		hq.call(TAG, doctype=NOTE, name=both_ways, tag="Red", remove=1)
		brought(branch, hq)
		hq.call(TAG, doctype=NOTE, name=both_ways, tag="Red")
		branch.update(NOTE, both_ways, title="changed")
		brought(hq, branch)
		assert (tags(hq, both_ways), tags(branch, both_ways)) == (["Red"], [])
		for _round in range(2):
			brought(branch, hq), brought(hq, branch)
		assert tags(hq, both_ways) == tags(branch, both_ways) == ["Red"]


class TestByChoice:
	def test_off_nothing_comes_and_nothing_is_logged(self, hq, branch):
		connect(branch, hq, [NOTE])
		name = hq.create(NOTE)["name"]
		logged = len(update_logs(hq))
		hq.call(COMMENT, doctype=NOTE, name=name, text="kept")
		hq.call(TAG, doctype=NOTE, name=name, tag="Red")
		assert len(update_logs(hq)) == logged
		brought(branch, hq)
		assert (texts(branch, name), tags(branch, name)) == ([], [])

	def test_one_without_the_other(self, hq, branch):
		connect(branch, hq, [row(NOTE, comments=0)])
		name = hq.create(NOTE)["name"]
		hq.call(COMMENT, doctype=NOTE, name=name, text="kept")
		hq.call(TAG, doctype=NOTE, name=name, tag="Red")
		brought(branch, hq)
		assert (texts(branch, name), tags(branch, name)) == ([], ["Red"])

	def test_switched_on_it_waits_for_approval_and_then_a_backfill_brings_them(self, hq, branch):
		connect(branch, hq, [NOTE])
		name = hq.create(NOTE)["name"]
		hq.call(COMMENT, doctype=NOTE, name=name, text="old")
		hq.call(TAG, doctype=NOTE, name=name, tag="Old")
		drain(branch, hq)
		subscribe(branch, hq, [row(NOTE)])
		hq.update(NOTE, name, title="changed")
		brought(branch, hq)
		assert branch.get(NOTE, name)["title"] == "changed"
		assert (texts(branch, name), tags(branch, name)) == ([], [])
		assert "has not approved" in configured(branch, hq)["annotations_trouble"]
		hq.call("set_consumer_status", callback_url=branch.url, status="Approved")
		drain(branch, hq)
		branch.call("backfill", producer_url=hq.url, doctypes=[NOTE])
		brought(branch, hq)
		assert (texts(branch, name), tags(branch, name)) == (["old"], ["Old"])
		assert not configured(branch, hq)["annotations_trouble"]

	def test_the_producer_keeps_them_back(self, hq, branch, note):
		keep_annotations_back(hq, branch)
		hq.call(COMMENT, doctype=NOTE, name=note, text="kept")
		hq.call(TAG, doctype=NOTE, name=note, tag="Red")
		hq.update(NOTE, note, title="changed")
		brought(branch, hq)
		assert (texts(branch, note), tags(branch, note)) == ([], [])
		assert "keeps them back" in configured(branch, hq)["annotations_trouble"]

	def test_only_of_documents_that_fit_the_condition(self, hq, branch):
		condition = '[["title", "=", "open"]]'
		connect(branch, hq, [row(NOTE, condition=condition)])
		names = [hq.create(NOTE, title=title)["name"] for title in ("open", "closed")]
		for name in names:
			hq.call(COMMENT, doctype=NOTE, name=name, text=f"on {name}")
		brought(branch, hq)
		assert [texts(branch, name) for name in names] == [[f"on {names[0]}"], []]
		hq.update(NOTE, names[0], title="closed")
		hq.call(COMMENT, doctype=NOTE, name=names[0], text="behind closed doors")
		brought(branch, hq)
		assert texts(branch, names[0]) == [f"on {names[0]}"]

	def test_to_another_consumer_the_document_has_not_changed(self, hq, branch, third):
		connect(third, hq, [NOTE])
		connect(branch, hq, [row(NOTE)])
		name = hq.create(NOTE)["name"]
		drain(third, hq)
		before = third.get(NOTE, name)
		hq.call(COMMENT, doctype=NOTE, name=name, text="first")
		hq.call(TAG, doctype=NOTE, name=name, tag="Red")
		drain(third, hq)
		assert third.get(NOTE, name) == before
		assert {log["status"] for log in sync_logs(third)} == {"Synced"}


class TestComparison:
	def test_it_finds_what_nobody_heard_and_repair_brings_it(self, hq, branch):
		connect(branch, hq, [row(NOTE)])
		names = [hq.create(NOTE)["name"] for _number in range(3)]
		for name in names:
			hq.call(COMMENT, doctype=NOTE, name=name, text=f"on {name}")
			hq.call(TAG, doctype=NOTE, name=name, tag="Red")
		brought(branch, hq)
		mine, away = (
			branch.call(COMMENTS, doctype=NOTE, name=names[0]),
			branch.call(COMMENTS, doctype=NOTE, name=names[1]),
		)
		branch.call(CHANGE, name=mine[0]["name"], text="mine")
		branch.delete("Comment", away[0]["name"])
		branch.call(TAG, doctype=NOTE, name=names[1], tag="Mine")
		assert compared(branch, hq) == (3, 0)
		hq.call(
			"support.annotations:say_silently", doctype=NOTE, name=names[2], text="unheard", tag="Unheard"
		)
		assert compared(branch, hq) == (2, 1)
		[found] = branch.rows("Event Difference", ["remote_docname", "differences"], {})
		assert found["remote_docname"] == names[2]
		assert "unheard" in found["differences"] and "Unheard" in found["differences"]
		branch.call("support.comparing:repair", producer_url=hq.url, doctype=NOTE)
		assert branch.call(FETCH, producer_url=hq.url)["error"] == ""
		assert (texts(branch, names[2])[-1], tags(branch, names[2])) == ("unheard", ["Red", "Unheard"])
		assert compared(branch, hq) == (3, 0)


def compared(consumer, producer) -> tuple[int, int]:
	counts = consumer.call("support.comparing:reconcile", producer_url=producer.url)[NOTE]
	return counts["equal"], counts["different"]
