"""Read-Only Here: what another site owns can't be changed by people on this one, and goes on being received."""

import pytest

from support.compare import assert_same
from support.link import connect, drain
from support.site import SiteError

NOTE, CUSTOMER, INVOICE = "Shop Note", "Shop Customer", "Shop Invoice"


@pytest.fixture
def received(hq, branch) -> dict[str, str]:
	rows = [
		{"ref_doctype": name, "use_same_name": 1, "read_only_here": 1} for name in (NOTE, CUSTOMER, INVOICE)
	]
	connect(branch, hq, rows)
	names = {
		NOTE: hq.create(NOTE)["name"],
		CUSTOMER: hq.create(CUSTOMER, customer_name="A & B")["name"],
		INVOICE: hq.create(INVOICE)["name"],
		"submitted": hq.call("insert_and_submit", doctype=INVOICE)["name"],
	}
	assert drain(branch, hq)["failed"] == 0
	return names


WAYS = {
	"save": (NOTE, "update", {"title": "changed"}),
	"db_set": (NOTE, "db_set", {"title": "changed"}),
	"delete": (NOTE, "delete", {}),
	"rename": (CUSTOMER, "rename", {"new_name": "Other"}),
	"submit": (INVOICE, "submit", {}),
	"cancel": ("submitted", "cancel", {}),
	"update after submit": ("submitted", "update", {"notes": "changed"}),
	"a row": (INVOICE, "db_set_row", {"table": "items", "row": 1, "warehouse": "Other"}),
	"a row that goes": (INVOICE, "remove_row", {"table": "items", "row": 1}),
}


@pytest.mark.parametrize("way", WAYS)
def test_people_change_it_in_no_way(hq, branch, received, way):
	which, op, values = WAYS[way]
	doctype = INVOICE if which == "submitted" else which
	before = branch.call("stored_values", doctype=doctype, name=received[which])
	with pytest.raises(SiteError, match="is read-only on this site") as refused:
		branch.call(op, doctype=doctype, name=received[which], **values)
	assert f'href="{hq.url}/app/{doctype.lower().replace(" ", "-")}/' in refused.value.message
	assert branch.call("stored_values", doctype=doctype, name=received[which]) == before


def test_what_the_owner_changes_still_comes(hq, branch, received):
	hq.update(NOTE, received[NOTE], title="new")
	hq.call("db_set", doctype=NOTE, name=received[NOTE], priority=3)
	hq.rename(CUSTOMER, received[CUSTOMER], "Renamed")
	hq.submit(INVOICE, received[INVOICE])
	hq.call("cancel", doctype=INVOICE, name=received["submitted"])
	assert drain(branch, hq)["failed"] == 0
	assert_same(hq, branch, NOTE, received[NOTE])
	assert_same(hq, branch, CUSTOMER, "Renamed")
	for name in (received[INVOICE], received["submitted"]):
		assert_same(hq, branch, INVOICE, name)
	hq.delete(NOTE, received[NOTE])
	assert drain(branch, hq)["failed"] == 0
	assert not branch.exists(NOTE, received[NOTE])


def test_what_was_made_here_is_ours(hq, branch, received):
	name = branch.create(NOTE)["name"]
	branch.update(NOTE, name, title="changed")
	branch.delete(NOTE, name)


def test_what_was_made_here_and_came_back_is_ours(hq, branch):
	connect(hq, branch, [NOTE])
	connect(branch, hq, [{"ref_doctype": NOTE, "use_same_name": 1, "read_only_here": 1}])
	ours = branch.create(NOTE)["name"]
	drain(hq, branch)
	hq.update(NOTE, ours, title="from there")
	assert drain(branch, hq)["failed"] == 0
	branch.update(NOTE, ours, title="changed")
	theirs = hq.create(NOTE)["name"]
	drain(branch, hq)
	with pytest.raises(SiteError, match="read-only"):
		branch.update(NOTE, theirs, title="changed")


def test_it_ends_with_the_tick_and_with_the_subscription(hq, branch, received):
	for values in ({"read_only_here": 0}, {"read_only_here": 1, "unsubscribe": 1}):
		branch.call("save_event_producer", producer_url=hq.url, rows=[{"ref_doctype": NOTE, **values}])
		branch.update(NOTE, received[NOTE], title=f"changed {values}")
	branch.delete("Event Producer", hq.url)
	branch.delete(NOTE, received[NOTE])


def test_the_form_says_so(hq, branch, received):
	told = branch.call("support.trust:origin_on_form", doctype=NOTE, name=received[NOTE])
	assert told["read_only"] is True
	ours = branch.create(NOTE)["name"]
	assert not branch.call("support.trust:origin_on_form", doctype=NOTE, name=ours)
