"""What this site's own controllers make on the way becomes one with what the producer tells of: nothing is doubled."""

import pytest

from support.compare import assert_all_same, assert_same
from support.kills import POINTS
from support.link import connect, drain, drain_patiently, pull, sync_logs
from support.merged_documents import (
	PRICES,
	arrived_before_its_prices,
	assert_as_many_and_the_same,
	drained,
	here,
	made_here,
	subscribe_too,
)

ARTICLE, PRICE, LABEL, TASK = "Shop Article", "Shop Article Price", "Shop Article Label", "Shop Article Task"
NOTE, COMPANY, CONTACT = "Shop Note", "Shop Company", "Shop Contact"
TASKS = {"ref_doctype": TASK, "also_match_by": "article, subject"}


class TestBothSitesMakeIt:
	@pytest.fixture(autouse=True)
	def link(self, hq, branch):
		connect(branch, hq, [ARTICLE, PRICES, LABEL, TASKS, NOTE])

	def test_it_is_there_once(self, hq, branch):
		for _ in range(3):
			hq.create(ARTICLE)
		drained(branch, hq)
		assert assert_all_same(hq, branch, ARTICLE) == 3
		assert assert_as_many_and_the_same(hq, branch, PRICE) == 3
		assert made_here(branch) == []

	def test_nothing_is_asked_for_that_is_on_the_page(self, hq, branch):
		"""Prices and labels come before the articles that they link to."""
		for _ in range(5):
			hq.create(ARTICLE, makes_label=1)
		assert pull(branch, hq)["calls"] == {"get_updates": 1}
		assert assert_all_same(hq, branch, ARTICLE) == 5

	def test_what_is_deleted_again_does_not_come_back(self, hq, branch):
		article = hq.create(ARTICLE, selling_rate=0)["name"]
		price = hq.insert(PRICE, article=article)["name"]
		hq.delete(PRICE, price)
		hq.delete(ARTICLE, article)
		again = hq.create(ARTICLE)["name"]
		drained(branch, hq)
		assert branch.names(ARTICLE) == [again]
		assert assert_as_many_and_the_same(hq, branch, PRICE) == 1

	def test_its_later_changes_and_its_end_arrive(self, hq, branch):
		article = hq.create(ARTICLE)["name"]
		drained(branch, hq)
		[price] = hq.names(PRICE, article=article)
		hq.update(PRICE, price, rate=13, remarks="dearer")
		drained(branch, hq)
		assert assert_as_many_and_the_same(hq, branch, PRICE) == 1
		hq.delete(PRICE, price)
		drained(branch, hq)
		assert branch.names(PRICE, article=article) == []

	def test_the_log_says_so(self, hq, branch):
		article = hq.create(ARTICLE)["name"]
		drained(branch, hq)
		[own] = branch.names(PRICE)
		assert hq.names(PRICE) == [own]
		[taken] = sync_logs(branch, ref_doctype=ARTICLE)
		assert taken["docname"] == article
		assert taken["message"] == f"This site also created Shop Article Price {own}: it is the producer's."

	def test_it_is_one_too_where_this_site_gives_names(self, hq, branch):
		subscribe_too(branch, hq, [ARTICLE, {**PRICES, "use_same_name": 0}])
		hq.create(ARTICLE)
		drained(branch, hq)
		assert assert_as_many_and_the_same(hq, branch, PRICE) == 1
		[there], [own] = hq.names(PRICE), branch.names(PRICE)
		assert branch.value(PRICE, own, "remote_document_name") == there

	def test_it_is_one_where_both_sites_give_it_the_same_name(self, hq, branch):
		hq.create(ARTICLE, makes_label=1, selling_rate=0)
		drained(branch, hq)
		assert assert_all_same(hq, branch, LABEL) == 1
		assert made_here(branch) == []

	def test_a_name_that_was_counted_here_stays(self, hq, branch):
		branch.insert(TASK, subject="of the branch")
		hq.create(ARTICLE, makes_task=1, selling_rate=0)
		drained(branch, hq)
		[there] = hq.names(TASK)
		assert here(branch, TASK, there) == "TASK-0002" != there
		assert_same(hq, branch, TASK, there, "TASK-0002")

	def test_two_of_the_producers_never_become_one(self, hq, branch):
		article = hq.create(ARTICLE)["name"]
		valid_from = hq.value(PRICE, hq.names(PRICE)[0], "valid_from")
		hq.insert(PRICE, article=article, rate=12.5, valid_from=valid_from)
		drained(branch, hq)
		assert assert_as_many_and_the_same(hq, branch, PRICE) == 2

	def test_what_differs_in_a_telling_field_is_another(self, hq, branch):
		"""The branch's own code makes a price that the producer has no more."""
		article = hq.create(ARTICLE)["name"]
		[price] = hq.names(PRICE, article=article)
		drained(branch, hq)
		hq.update(PRICE, price, price_list="Outlet")
		other = hq.insert(PRICE, article=article, price_list="Selling", rate=1)["name"]
		drained(branch, hq)
		assert assert_as_many_and_the_same(hq, branch, PRICE) == 2
		assert here(branch, PRICE, other) == other

	def test_an_undone_event_leaves_no_note(self, hq, branch):
		"""Events share a savepoint until one of them fails."""
		branch.configure(shop_reject_poison=1)
		hq.create(ARTICLE)
		hq.create(NOTE, title="POISON")
		hq.create(ARTICLE)
		assert drain(branch, hq)["failed"] == 1
		assert assert_all_same(hq, branch, ARTICLE) == 2
		assert assert_as_many_and_the_same(hq, branch, PRICE) == 2
		assert made_here(branch) == []


class TestThisSiteMakesItAfterwards:
	"""A cause comes before its effects: the change of the article makes a price here, then the producer's price comes."""

	@pytest.fixture
	def article(self, hq, branch) -> str:
		connect(branch, hq, [ARTICLE, PRICES])
		article = hq.create(ARTICLE, selling_rate=0)["name"]
		drained(branch, hq)
		return article

	def test_it_is_there_once(self, hq, branch, article):
		hq.update(ARTICLE, article, stocked=1)
		drained(branch, hq)
		assert_same(hq, branch, ARTICLE, article)
		assert assert_as_many_and_the_same(hq, branch, PRICE) == 1
		assert made_here(branch) == []
		[log] = [log for log in sync_logs(branch, ref_doctype=ARTICLE) if log["update_type"] == "Update"]
		assert "This site also created Shop Article Price" in log["message"]

	def test_the_producers_price_was_sent_before(self, hq, branch, article):
		"""By a person, before the change of the article for which this site's code makes one."""
		sent = hq.insert(PRICE, article=article, price_list="Stock", rate=7)["name"]
		drained(branch, hq)
		hq.update(ARTICLE, article, stocked=1)
		drained(branch, hq)
		assert branch.value(PRICE, sent, "rate") == 7
		assert assert_as_many_and_the_same(hq, branch, PRICE) == 2
		assert made_here(branch) == []

	def test_its_later_changes_and_its_end_arrive(self, hq, branch, article):
		hq.update(ARTICLE, article, stocked=1)
		drained(branch, hq)
		[price] = hq.names(PRICE)
		hq.update(PRICE, price, rate=2, remarks="dearer")
		drained(branch, hq)
		assert assert_as_many_and_the_same(hq, branch, PRICE) == 1
		hq.delete(PRICE, price)
		drained(branch, hq)
		assert branch.names(PRICE) == []

	def test_each_has_its_own(self, hq, branch, article):
		for stocked in (1, 0, 1):
			hq.update(ARTICLE, article, stocked=stocked)
		drained(branch, hq)
		assert assert_as_many_and_the_same(hq, branch, PRICE) == 2
		assert made_here(branch) == []

	def test_with_what_was_changed_in_between(self, hq, branch, article):
		branch.configure(shop_reject_poison=1)
		hq.update(ARTICLE, article, stocked=1)
		hq.update(PRICE, hq.names(PRICE)[0], rate=7)
		drained(branch, hq)
		assert assert_as_many_and_the_same(hq, branch, PRICE) == 1

	def test_what_the_producer_has_of_other_articles_stays(self, hq, branch, article):
		other = hq.create(ARTICLE, selling_rate=0)["name"]
		hq.insert(PRICE, article=other, price_list="Stock", rate=1)
		hq.update(ARTICLE, article, stocked=1)
		drained(branch, hq)
		assert assert_as_many_and_the_same(hq, branch, PRICE) == 2


class TestInSpiteOfAll:
	"""Both orders, with labels, in numbers."""

	def make_articles(self, hq, count: int = 4) -> None:
		for _ in range(count):
			article = hq.create(ARTICLE, makes_label=1)["name"]
			hq.update(ARTICLE, article, stocked=1)

	def assert_nothing_doubled(self, hq, branch, articles: int) -> None:
		assert assert_all_same(hq, branch, ARTICLE) == articles
		assert assert_all_same(hq, branch, LABEL) == articles
		assert assert_as_many_and_the_same(hq, branch, PRICE) == 2 * articles
		assert made_here(branch) == []

	@pytest.mark.usefixtures("lane_workers")
	def test_with_lanes(self, hq, branch):
		connect(branch, hq, [ARTICLE, PRICES, LABEL], lanes=2)
		articles = [hq.create(ARTICLE, makes_label=1)["name"] for _ in range(24)]
		assert self.pull_in_lanes(branch, hq)["by_lanes"] > 24
		for article in articles:
			hq.update(ARTICLE, article, stocked=1)
		assert self.pull_in_lanes(branch, hq)["by_lanes"] > 24
		self.assert_nothing_doubled(hq, branch, 24)

	def pull_in_lanes(self, branch, hq) -> dict:
		summary = branch.call("support.laning:pull_in_lanes", producer_url=hq.url)
		assert not summary["error"] and not summary["failed"] and not summary["behind"], summary
		return summary

	def test_with_kills(self, hq, branch):
		connect(branch, hq, [ARTICLE, PRICES, LABEL])
		points = ["anywhere", *POINTS]
		for number, point in enumerate(points * 2):
			self.make_articles(hq, 2)
			nth = number % 3 + 1
			branch.call_until_killed(
				"pull_and_die", producer_url=hq.url, point=point, nth=nth, after_seconds=0.6
			)
		drain_patiently(branch, hq)
		assert not sync_logs(branch, status="Failed")
		self.assert_nothing_doubled(hq, branch, 2 * len(points) * 2)

	def test_when_the_first_try_fails(self, hq, branch):
		"""The maker is refused here at first, and its by-products with it."""
		connect(branch, hq, [ARTICLE, PRICES, LABEL])
		branch.call("make_mandatory", doctype=ARTICLE, fieldname="remarks")
		self.make_articles(hq, 2)
		assert drain(branch, hq)["failed"] > 0
		branch.call("make_optional", doctype=ARTICLE, fieldname="remarks")
		branch.call("resync", names=[row["name"] for row in sync_logs(branch, status="Failed")])
		drained(branch, hq)
		assert not sync_logs(branch, status="Failed") and not sync_logs(branch, status="Waiting")
		self.assert_nothing_doubled(hq, branch, 2)


class TestThePriceComesLater:
	def test_by_a_backfill_and_changed_meanwhile(self, hq, branch):
		article = arrived_before_its_prices(hq, branch)
		[price] = hq.names(PRICE, article=article)
		assert made_here(branch) == branch.names(PRICE, article=article) != [price]
		hq.update(PRICE, price, rate=99, valid_from="2026-01-01")
		subscribe_too(branch, hq, [ARTICLE, PRICES])
		branch.call("backfill", producer_url=hq.url)
		assert assert_as_many_and_the_same(hq, branch, PRICE) == 1

	def test_by_a_change(self, hq, branch):
		article = arrived_before_its_prices(hq, branch)
		subscribe_too(branch, hq, [ARTICLE, PRICES])
		hq.update(PRICE, hq.names(PRICE, article=article)[0], rate=99)
		drained(branch, hq)
		assert assert_as_many_and_the_same(hq, branch, PRICE) == 1

	def test_of_several_that_are_equal_each_becomes_one(self, hq, branch):
		article = arrived_before_its_prices(hq, branch)
		hq.insert(PRICE, article=article, rate=20)
		branch.call("support.by_products:make_on_the_way", producer=hq.url, article=article, rate=20)
		subscribe_too(branch, hq, [ARTICLE, PRICES])
		branch.call("backfill", producer_url=hq.url)
		assert assert_as_many_and_the_same(hq, branch, PRICE) == 2

	def test_under_a_name_of_its_own(self, hq, branch):
		arrived_before_its_prices(hq, branch, makes_label=1)
		hq.update(LABEL, hq.names(LABEL)[0], copies=3)
		subscribe_too(branch, hq, [ARTICLE, LABEL])
		branch.call("backfill", producer_url=hq.url)
		assert assert_all_same(hq, branch, LABEL) == 1


class TestUnderTheNameOfWhatIsToCome:
	"""The company's link to its contact is open while it is inserted, since the contact needs the company: this site's controller
	then makes a contact of its own, of the same name. It is the producer's, whose values it gets."""

	MERGED = "Bo from the producer was merged with Shop Contact Bo, which this site had created."

	@pytest.fixture
	def company(self, hq) -> str:
		company = hq.create(COMPANY, contact_name="Bo")["name"]
		hq.update(CONTACT, "Bo", phone="+49 651 1234")
		return company

	def assert_taken(self, hq, branch, company: str, told: str = MERGED) -> None:
		assert_same(hq, branch, COMPANY, company)
		assert assert_all_same(hq, branch, CONTACT) == 1
		assert branch.value(COMPANY, company, "contact") == "Bo"
		assert made_here(branch) == []
		assert not sync_logs(branch, status=("in", ["Failed", "Waiting"]))
		assert told in " ".join(row["message"] or "" for row in sync_logs(branch))

	@pytest.mark.parametrize("order", [[COMPANY, CONTACT], [CONTACT, COMPANY]], ids=" then ".join)
	@pytest.mark.parametrize("size", [1, 100])
	def test_by_a_backfill(self, hq, branch, company, order, size):
		connect(branch, hq, order)
		result = branch.call("support.backfilling:backfill_in_pages", producer_url=hq.url, size=size)
		assert not result["error"]
		self.assert_taken(hq, branch, company)

	def test_where_its_name_was_reserved_before(self, hq, branch, company):
		"""A backfill was stopped in a page that has this document, too, before its turn came."""
		connect(branch, hq, [COMPANY, CONTACT])
		branch.call("support.by_products:reserve", producer=hq.url, doctype=CONTACT, name="Bo")
		branch.call("backfill", producer_url=hq.url)
		self.assert_taken(hq, branch, company)

	@pytest.mark.parametrize("pulled_at_once", [True, False], ids=["live", "late"])
	def test_by_changes(self, hq, branch, pulled_at_once):
		connect(branch, hq, [COMPANY, CONTACT])
		company = hq.create(COMPANY, contact_name="Bo")["name"]
		if pulled_at_once:
			drained(branch, hq)
		hq.update(CONTACT, "Bo", phone="+49 651 1234")
		drained(branch, hq)
		self.assert_taken(
			hq, branch, company, "This site also created Shop Contact Bo: it is the producer's."
		)

	def test_a_contact_that_nobody_subscribed_to_is_this_sites_own_and_linked_to(self, hq, branch, company):
		connect(branch, hq, [COMPANY])
		branch.call("backfill", producer_url=hq.url)
		assert_same(hq, branch, COMPANY, company)
		assert branch.names(CONTACT) == ["Bo"]
