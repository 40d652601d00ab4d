"""Three sites in a ring, people at work on all of them: a change that comes round is told from one made without knowing ours."""

import json

import pytest

from support import link

NOTE, INVOICE, ITEM, CUSTOMER = "Shop Note", "Shop Invoice", "Shop Item", "Shop Customer"
DOCTYPES = [NOTE, INVOICE, ITEM, CUSTOMER]


@pytest.fixture
def ring(hq, branch, third):
	"""hq → branch → third → hq."""
	rows = [{"ref_doctype": doctype, "shared": 1} for doctype in DOCTYPES]
	for producer, consumer in ((hq, branch), (branch, third), (third, hq)):
		link.connect(consumer, producer, rows)
	return [hq, branch, third]


def round_trip(ring):
	for _round in range(3):
		for place, producer in enumerate(ring):
			link.drain(ring[(place + 1) % 3], producer)


def subscribe_to_notes(consumer, producer, wanted):
	rows = [{"ref_doctype": doctype, "shared": 1} for doctype in DOCTYPES]
	link.subscribe(consumer, producer, [{**rows[0], "unsubscribe": int(not wanted)}, *rows[1:]])
	link.approve(producer, consumer)


def recorded(site) -> list[dict]:
	found = site.rows("Event Sync Log", ["conflict"], {"conflict": ["is", "set"]})
	return [conflict for row in found for conflict in json.loads(row["conflict"])]


@pytest.fixture
def note(ring):
	name = ring[0].create(NOTE, title="first", content="first")["name"]
	round_trip(ring)
	return name


@pytest.fixture
def invoice(ring):
	item = ring[0].create(ITEM, standard_rate=5)["name"]
	name = ring[0].create(INVOICE, items=[{"item": item, "qty": 1}])["name"]
	round_trip(ring)
	return name


def test_who_changes_what_came_round_has_known_it(ring, note):
	for turn, site in enumerate([*ring, *ring]):
		site.update(NOTE, note, title=f"turn {turn}")
		round_trip(ring)
	assert {site.value(NOTE, note, "title") for site in ring} == {"turn 5"}
	assert [recorded(site) for site in ring] == [[], [], []]


def test_two_changes_at_once_are_a_conflict_and_the_later_one_stands(ring, note):
	hq, _branch, third = ring
	hq.update(NOTE, note, title="by hq")
	third.update(NOTE, note, title="by third")
	round_trip(ring)
	assert {site.value(NOTE, note, "title") for site in ring} == {"by third"}
	assert any(
		one["here"] == "by hq" or one["producer"] == "by hq" for site in ring for one in recorded(site)
	)


@pytest.mark.parametrize("first", [False, True], ids=["the next change", "after another one"])
def test_a_whole_document_that_comes_round_is_not_overwritten_by_what_it_contains(ring, note, first):
	"""After a gap it is taken whole: what hq changed before is in it, or was replaced by who knew it."""
	hq, branch, third = ring
	hq.update(NOTE, note, title="by hq")
	link.drain(branch, hq)
	link.drain(third, branch)
	subscribe_to_notes(hq, third, False)
	third.update(NOTE, note, title="by third, who knew")
	link.drain(hq, third)
	subscribe_to_notes(hq, third, True)
	if first:
		third.create(NOTE, title="another")
	third.update(NOTE, note, priority=3)
	round_trip(ring)
	assert [site.value(NOTE, note, "title") for site in ring] == ["by third, who knew"] * 3
	assert [site.value(NOTE, note, "priority") for site in ring] == [3, 3, 3]
	assert [recorded(site) for site in ring] == [[], [], []]


def test_a_state_that_comes_round_takes_no_change_along_that_it_knew(ring, invoice):
	hq, _branch, third = ring
	hq.update(INVOICE, invoice, notes="by hq")
	round_trip(ring)
	third.submit(INVOICE, invoice)
	round_trip(ring)
	assert {site.value(INVOICE, invoice, "docstatus") for site in ring} == {1}
	assert {site.value(INVOICE, invoice, "notes") for site in ring} == {"by hq"}
	assert [recorded(site) for site in ring] == [[], [], []]


def test_who_posts_again_is_followed_by_all_of_the_ring(ring, invoice):
	"""Two sites submit at once; one gives way, and takes back what it posted: that cancels it nowhere."""
	hq, branch, _third = ring
	hq.update(INVOICE, invoice, notes="by hq")
	hq.submit(INVOICE, invoice)
	branch.update(INVOICE, invoice, notes="by branch")
	branch.submit(INVOICE, invoice)
	round_trip(ring)
	failed = branch.rows("Event Sync Log", ["name"], {"status": "Failed"})
	assert failed
	for row in failed:
		branch.call("resync_from_source", name=row["name"], take_back=True)
	round_trip(ring)
	for site in ring:
		for row in site.rows("Event Sync Log", ["name"], {"status": "Failed"}):
			site.call("resync_from_source", name=row["name"], take_back=True)
		round_trip(ring)
	assert {site.value(INVOICE, invoice, "docstatus") for site in ring} == {1}
	assert {site.value(INVOICE, invoice, "notes") for site in ring} == {"by hq"}
	for site in ring:
		told = site.rows("Update Log", ["data"], {"docname": invoice})
		assert not [row["data"] for row in told if '"docstatus":2' in row["data"]]


def test_what_a_cancellation_replaced_does_not_stand_against_what_was_changed_after_it(ring, invoice):
	hq, branch, third = ring
	hq.submit(INVOICE, invoice)
	round_trip(ring)
	hq.cancel(INVOICE, invoice)
	link.drain(branch, hq)
	hq.call("db_set", doctype=INVOICE, name=invoice, notes="after the cancellation")
	third.update(INVOICE, invoice, notes="before third knew of it")
	link.drain(third, branch)
	round_trip(ring)
	assert [site.value(INVOICE, invoice, "notes") for site in ring] == ["after the cancellation"] * 3
	assert "before third knew of it" in json.dumps(recorded(third))
