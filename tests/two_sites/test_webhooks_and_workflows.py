"""What hangs on Frappe's own webhooks and workflows."""

import pytest

from support.compare import assert_same
from support.link import connect, drain

NOTE = "Shop Note"

pytestmark = pytest.mark.bench


@pytest.fixture
def webhook(backend, branch):
	name = branch.call("support.outside:make_webhook", doctype=NOTE)
	yield name
	branch.call("support.outside:remove_webhook", name=name)


class TestWebhooks:
	def test_after_an_undone_event_those_of_the_others_are_called_and_no_other(self, hq, branch, webhook):
		connect(branch, hq, [NOTE])
		branch.configure(shop_reject_poison=1)
		titles = [f"note {number}" for number in range(30)]
		titles[3], titles[17] = "POISON 3", "POISON 17"
		names = [hq.create(NOTE, title=title)["name"] for title in titles]
		assert drain(branch, hq)["failed"] == 2
		arrived = sorted(name for name in names if branch.exists(NOTE, name))
		assert len(arrived) == 28
		assert branch.call("support.outside:called_webhooks") == arrived

	def test_none_is_called_in_a_backfill(self, hq, branch, webhook):
		hq.create(NOTE)
		connect(branch, hq, [NOTE])
		assert branch.call("backfill", producer_url=hq.url, doctypes=[NOTE])
		assert branch.names(NOTE) == hq.names(NOTE)
		assert branch.call("support.outside:called_webhooks") == []


class TestWorkflows:
	"""A state is a fact: whether somebody may take that step was asked where it was taken."""

	@pytest.fixture(autouse=True)
	def workflow(self, hq, branch):
		for site in (hq, branch):
			site.call("support.outside:make_workflow", doctype=NOTE)
		yield
		for site in (hq, branch):
			site.call("support.outside:remove_workflow", doctype=NOTE)

	def test_a_whole_document_in_a_later_state(self, hq, branch):
		name = hq.create(NOTE)["name"]
		hq.call("set_value_silently", doctype=NOTE, name=name, workflow_state="Approved State")
		connect(branch, hq, [NOTE])
		branch.call("backfill", producer_url=hq.url, doctypes=[NOTE])
		assert branch.get(NOTE, name)["workflow_state"] == "Approved State"
		assert_same(hq, branch, NOTE, name)

	def test_steps_that_the_subscriber_could_not_take(self, hq, branch):
		connect(branch, hq, [NOTE])
		name = hq.create(NOTE)["name"]
		drain(branch, hq)
		hq.call("set_value_silently", doctype=NOTE, name=name, workflow_state="Checked State")
		hq.call("db_set", doctype=NOTE, name=name, workflow_state="Approved State")
		hq.update(NOTE, name, priority=5)
		assert drain(branch, hq)["failed"] == 0
		assert_same(hq, branch, NOTE, name)
