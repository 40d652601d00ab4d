"""A site is the same one at another URL; a copy of it does not act."""

import pytest

from support import backups
from support.compare import assert_same
from support.link import connect, drain, pull
from support.site import SiteError

NOTE = "Shop Note"
PRODUCER = "event_streaming.event_streaming.doctype.event_producer.event_producer:move_link"
CONSUMER = "event_streaming.event_streaming.doctype.event_consumer.event_consumer:move_link"
COPIES = "event_streaming.desk.site_copies:"


def at_another_url(site) -> str:
	"""The same server under another name: 127.0.0.1 and localhost."""
	url = site.url.replace("127.0.0.1", "localhost")
	assert url != site.url
	site.configure(host_name=url)
	return url


class TestTheOtherSiteMoves:
	def test_the_producer(self, hq, branch):
		connect(branch, hq, [NOTE], use_same_name=False)
		name = hq.create(NOTE)["name"]
		drain(branch, hq)
		[here] = branch.names(NOTE)
		url = at_another_url(hq)
		branch.call(PRODUCER, producer=hq.url, url=url)
		hq.update(NOTE, name, priority=8)
		assert drain(branch, hq) == {"synced": 1, "failed": 0, "waiting": 0, "skipped": 0}
		assert branch.names(NOTE) == [here]
		assert_same(hq, branch, NOTE, name, here)

	def test_the_consumer(self, hq, branch):
		connect(branch, hq, [NOTE])
		url = at_another_url(branch)
		hq.call(CONSUMER, consumer=branch.url, url=url)
		assert hq.value("Event Consumer", branch.url, "current_url") == url
		name = hq.create(NOTE)["name"]
		assert drain(branch, hq)["failed"] == 0
		assert_same(hq, branch, NOTE, name)

	def test_documents_that_went_both_ways_are_not_doubled(self, hq, branch):
		connect(branch, hq, [NOTE])
		connect(hq, branch, [NOTE])
		of_hq, of_branch = hq.create(NOTE)["name"], branch.create(NOTE)["name"]
		drain(branch, hq), drain(hq, branch)
		url = at_another_url(hq)
		branch.call(PRODUCER, producer=hq.url, url=url)
		branch.call(CONSUMER, consumer=hq.url, url=url)
		branch.update(NOTE, of_hq, priority=7)
		hq.update(NOTE, of_branch, priority=8)
		for _round in range(2):
			assert drain(hq, branch)["failed"] == drain(branch, hq)["failed"] == 0
		for name in (of_hq, of_branch):
			assert_same(hq, branch, NOTE, name)
		assert len(hq.names(NOTE)) == len(branch.names(NOTE)) == 2

	def test_another_site_is_not_believed(self, hq, branch, third):
		connect(branch, hq, [NOTE])
		with pytest.raises(SiteError, match=r"another site|does not know the key|No link here has this key"):
			branch.call(PRODUCER, producer=hq.url, url=third.url)
		assert branch.value("Event Producer", hq.url, "current_url") is None

	def test_a_site_that_calls_itself_otherwise_is_not_believed(self, hq, branch):
		connect(branch, hq, [NOTE])
		url = hq.url.replace("127.0.0.1", "localhost")
		with pytest.raises(SiteError, match="calls itself"):
			branch.call(PRODUCER, producer=hq.url, url=url)


class TestACopy:
	@pytest.fixture
	def copy(self, hq, branch, third):
		"""Third has the branch's database."""
		connect(branch, hq, [NOTE])
		before = backups.dump(third)
		backups.restore(third, backups.dump(branch))
		yield third
		backups.restore(third, before)

	def test_does_not_pull_and_says_so(self, hq, branch, copy):
		name = hq.create(NOTE)["name"]
		assert "This Is a Copy" in pull(copy, hq)["error"]
		assert not copy.exists(NOTE, name)
		assert "This Is a Copy" in copy.call("link_state", producer_url=hq.url)["error"]
		assert drain(branch, hq)["synced"] == 1

	def test_becomes_a_site_of_its_own(self, hq, branch, copy):
		copy.call(f"{COPIES}this_is_a_copy")
		assert copy.names("Event Producer") == []
		name = hq.create(NOTE)["name"]
		assert drain(branch, hq)["synced"] == 1
		assert_same(hq, branch, NOTE, name)
		assert copy.value("Update Log Head", "head", "site_id") != branch.value(
			"Update Log Head", "head", "site_id"
		)

	def test_a_restored_backup_is_no_copy(self, hq, branch):
		connect(branch, hq, [NOTE])
		backups.restore(branch, backups.dump(branch))
		hq.create(NOTE)
		assert drain(branch, hq)["synced"] == 1

	def test_a_site_that_has_moved_goes_on(self, hq, branch):
		connect(branch, hq, [NOTE])
		branch.configure(event_streaming_site="another place")
		hq.create(NOTE)
		assert "This Site Has Moved" in pull(branch, hq)["error"]
		branch.call(f"{COPIES}this_site_has_moved")
		assert drain(branch, hq)["synced"] == 1
