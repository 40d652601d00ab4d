"""What was withheld from a consumer and is purged by now is no part of what it has: the next change brings the whole."""

from support.compare import assert_same
from support.link import connect, drain, pull, set_condition, sync_logs

NOTE, CUSTOMER = "Shop Note", "Shop Customer"
OPEN = '[["status", "=", "Open"]]'
OLD = 40  # days


def forget_all(hq, branch) -> None:
	"""What the consumer has read is purged, all but the row at which it stands."""
	hq.create(CUSTOMER)
	drain(branch, hq)
	pull(branch, hq)
	hq.call("age_log", days=OLD)
	assert hq.call("purge")


def test_what_left_the_condition_and_came_back(hq, branch):
	connect(branch, hq, [{"ref_doctype": NOTE, "condition": OPEN}, CUSTOMER])
	name = hq.create(NOTE, status="Open", content="first")["name"]
	drain(branch, hq)
	hq.update(NOTE, name, status="Closed", content="unseen")
	drain(branch, hq)
	forget_all(hq, branch)
	hq.update(NOTE, name, status="Open")
	drain(branch, hq)
	assert_same(hq, branch, NOTE, name)


def test_what_left_came_back_and_was_renamed(hq, branch):
	connect(branch, hq, [{"ref_doctype": CUSTOMER, "condition": '[["tax_id", "=", "in"]]'}, NOTE])
	name = hq.create(CUSTOMER, tax_id="in", credit_limit=1)["name"]
	drain(branch, hq)
	hq.update(CUSTOMER, name, tax_id="out", credit_limit=2)
	drain(branch, hq)
	hq.create(NOTE)
	drain(branch, hq)
	pull(branch, hq)
	hq.call("age_log", days=OLD)
	assert hq.call("purge")
	hq.update(CUSTOMER, name, tax_id="in")
	hq.call("rename", doctype=CUSTOMER, name=name, new_name="Another Name")
	drain(branch, hq)
	assert_same(hq, branch, CUSTOMER, "Another Name")


def test_what_its_subscriber_could_not_read_for_a_while(hq, branch):
	connect(branch, hq, [NOTE, CUSTOMER])
	name = hq.create(NOTE, content="first")["name"]
	drain(branch, hq)
	set_condition(branch, hq, NOTE, '[["gone", "=", 1]]')
	hq.update(NOTE, name, content="unseen")
	drain(branch, hq)
	forget_all(hq, branch)
	set_condition(branch, hq, NOTE, "")
	hq.update(NOTE, name, priority=9)
	drain(branch, hq)
	assert_same(hq, branch, NOTE, name)


def test_where_nothing_can_go_out_of_sight_no_document_is_taken_whole(hq, branch):
	connect(branch, hq, [NOTE, CUSTOMER])
	name = hq.create(NOTE)["name"]
	drain(branch, hq)
	forget_all(hq, branch)
	hq.update(NOTE, name, priority=9)
	drain(branch, hq)
	assert_same(hq, branch, NOTE, name)
	assert not [row for row in sync_logs(branch) if "Whole document" in (row["message"] or "")]


def test_what_another_condition_hid_for_a_while(hq, branch):
	connect(branch, hq, [{"ref_doctype": NOTE, "condition": OPEN}, CUSTOMER])
	name = hq.create(NOTE, status="Open", content="first")["name"]
	drain(branch, hq)
	set_condition(branch, hq, NOTE, '[["status", "=", "Closed"]]')
	hq.update(NOTE, name, content="unseen")
	drain(branch, hq)
	forget_all(hq, branch)
	set_condition(branch, hq, NOTE, OPEN)
	hq.update(NOTE, name, priority=9)
	drain(branch, hq)
	assert_same(hq, branch, NOTE, name)
