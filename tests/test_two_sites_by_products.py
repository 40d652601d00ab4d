"""What this site's own controllers make on the way becomes one with what the producer tells of: nothing is doubled."""

import pytest
from support.compare import assert_all_same, assert_same
from support.link import approve, connect, drain, pull, subscribe, sync_logs

ARTICLE, PRICE, LABEL, NOTE = "Shop Article", "Shop Article Price", "Shop Article Label", "Shop Note"
BY_PRODUCT = "Event By-Product"


def noted(branch) -> list[str]:
	return [row["local_docname"] for row in branch.rows(BY_PRODUCT, ["local_docname"])]


def subscribe_too(branch, hq, doctypes: list[str]) -> None:
	subscribe(branch, hq, doctypes)
	approve(hq, branch)
	pull(branch, hq)


def drained(branch, hq) -> dict:
	total = drain(branch, hq)
	assert (total["failed"], total["waiting"]) == (0, 0)
	return total


def arrived_before_its_prices(hq, branch, **values) -> str:
	"""An article that the branch receives while it takes no prices, so that it has a price of its own making."""
	connect(branch, hq, [ARTICLE])
	article = hq.create(ARTICLE, **values)["name"]
	drained(branch, hq)
	return article


class TestBothSitesMakeIt:
	@pytest.fixture(autouse=True)
	def link(self, hq, branch):
		connect(branch, hq, [ARTICLE, PRICE, LABEL, NOTE])

	def test_it_is_there_once_under_the_producers_name(self, hq, branch):
		articles = [hq.create(ARTICLE)["name"] for _ in range(3)]
		drained(branch, hq)
		assert [assert_all_same(hq, branch, doctype) for doctype in (ARTICLE, PRICE)] == [3, 3]
		for article in articles:
			assert branch.names(PRICE, article=article) == hq.names(PRICE, article=article)
		assert noted(branch) == []

	def test_its_later_changes_and_its_end_arrive(self, hq, branch):
		article = hq.create(ARTICLE)["name"]
		drained(branch, hq)
		[price] = hq.names(PRICE, article=article)
		hq.update(PRICE, price, rate=13, remarks="dearer")
		drained(branch, hq)
		assert_same(hq, branch, PRICE, price)
		hq.delete(PRICE, price)
		drained(branch, hq)
		assert branch.names(PRICE, article=article) == []

	def test_the_log_says_so(self, hq, branch):
		article = hq.create(ARTICLE)["name"]
		drained(branch, hq)
		[price] = sync_logs(branch, ref_doctype=PRICE)
		assert price["message"].startswith("It became one with Shop Article Price ")
		[taken, _event] = sorted(sync_logs(branch, ref_doctype=ARTICLE), key=lambda log: log["source"])
		assert (taken["source"], taken["docname"]) == ("Dependency", article)
		assert taken["message"].startswith("On the way this site itself made Shop Article Price ")

	def test_it_is_one_too_where_this_site_gives_names(self, hq, branch):
		subscribe_too(branch, hq, [ARTICLE, {"ref_doctype": PRICE, "use_same_name": 0}])
		article = hq.create(ARTICLE)["name"]
		drained(branch, hq)
		[there], [here] = hq.names(PRICE, article=article), branch.names(PRICE, article=article)
		assert here != there
		assert_same(hq, branch, PRICE, there, here)
		assert branch.value(PRICE, here, "remote_document_name") == there
		hq.update(PRICE, there, rate=14)
		drained(branch, hq)
		assert_same(hq, branch, PRICE, there, here)

	def test_it_is_one_where_both_sites_give_it_the_same_name(self, hq, branch):
		hq.create(ARTICLE, makes_label=1, selling_rate=0)
		drained(branch, hq)
		assert assert_all_same(hq, branch, LABEL) == 1
		assert noted(branch) == []

	def test_two_of_the_producers_never_become_one(self, hq, branch):
		article = hq.create(ARTICLE)["name"]
		hq.insert(
			PRICE, article=article, rate=12.5, valid_from=hq.value(PRICE, hq.names(PRICE)[0], "valid_from")
		)
		drained(branch, hq)
		assert assert_all_same(hq, branch, PRICE) == 2

	def test_what_differs_in_a_telling_field_is_another(self, hq, branch):
		"""The branch's own code makes a price that the producer has no more."""
		article = hq.create(ARTICLE)["name"]
		[price] = hq.names(PRICE, article=article)
		hq.update(PRICE, price, price_list="Outlet")
		hq.insert(PRICE, article=article, price_list="Export", rate=1)
		drained(branch, hq)
		assert_same(hq, branch, PRICE, price)
		assert len(branch.names(PRICE, article=article)) == 2

	def test_an_undone_event_leaves_no_note(self, hq, branch):
		"""Events share a savepoint until one of them fails."""
		branch.configure(shop_reject_poison=1)
		before = hq.create(ARTICLE)["name"]
		hq.create(NOTE, title="POISON")
		after = hq.create(ARTICLE)["name"]
		assert drain(branch, hq)["failed"] == 1
		assert assert_all_same(hq, branch, PRICE) == 2
		assert sorted(branch.names(ARTICLE)) == sorted([before, after])
		assert noted(branch) == []


class TestThePriceComesLater:
	def test_by_a_backfill_and_changed_meanwhile(self, hq, branch):
		article = arrived_before_its_prices(hq, branch)
		[price] = hq.names(PRICE, article=article)
		[made_here] = branch.names(PRICE, article=article)
		assert noted(branch) == [made_here] != [price]
		hq.update(PRICE, price, rate=99, valid_from="2026-01-01")
		subscribe_too(branch, hq, [ARTICLE, PRICE])
		branch.call("backfill", producer_url=hq.url)
		assert branch.names(PRICE, article=article) == [price]
		assert_same(hq, branch, PRICE, price)

	def test_by_a_change(self, hq, branch):
		article = arrived_before_its_prices(hq, branch)
		[price] = hq.names(PRICE, article=article)
		subscribe_too(branch, hq, [ARTICLE, PRICE])
		hq.update(PRICE, price, rate=99)
		drained(branch, hq)
		assert branch.names(PRICE, article=article) == [price]
		assert_same(hq, branch, PRICE, price)

	def test_of_several_the_nearest(self, hq, branch):
		article = arrived_before_its_prices(hq, branch)
		hq.insert(PRICE, article=article, rate=20, remarks="from twenty pieces")
		[own] = branch.names(PRICE, article=article)
		[first, second] = hq.names(PRICE, article=article)
		branch.call("support.by_products:note_as_made_on_the_way", producer=hq.url, article=article, rate=20)
		subscribe_too(branch, hq, [ARTICLE, PRICE])
		branch.call("backfill", producer_url=hq.url)
		assert_same(hq, branch, PRICE, first)
		assert_same(hq, branch, PRICE, second)
		assert sorted(branch.names(PRICE)) == sorted([first, second])
		assert own not in branch.names(PRICE)

	def test_under_a_name_of_its_own(self, hq, branch):
		arrived_before_its_prices(hq, branch, makes_label=1)
		hq.update(LABEL, hq.names(LABEL)[0], copies=3)
		subscribe_too(branch, hq, [ARTICLE, LABEL])
		branch.call("backfill", producer_url=hq.url)
		assert assert_all_same(hq, branch, LABEL) == 1


class TestWhatIsNot:
	def test_what_people_made_stays_theirs(self, hq, branch):
		article = arrived_before_its_prices(hq, branch, selling_rate=0)
		theirs = branch.insert(PRICE, article=article, rate=12.5)["name"]
		subscribe_too(branch, hq, [ARTICLE, PRICE])
		price = hq.insert(PRICE, article=article, rate=12.5)["name"]
		drained(branch, hq)
		assert branch.names(PRICE, article=article) == [theirs, price]

	def test_what_people_made_under_the_name_of_one_that_is_gone(self, hq, branch):
		arrived_before_its_prices(hq, branch, makes_label=1)
		[label] = branch.names(LABEL)
		branch.delete(LABEL, label)
		branch.insert(LABEL, title=label, copies=5)
		subscribe_too(branch, hq, [ARTICLE, LABEL])
		hq.update(LABEL, label, copies=3)
		assert drain(branch, hq)["failed"] == 1
		assert branch.value(LABEL, label, "copies") == 5
		[log] = sync_logs(branch, status="Failed")
		assert "is on this site already and did not come from" in log["message"]

	def test_what_another_producers_documents_made(self, hq, branch, third):
		article = arrived_before_its_prices(hq, branch)
		connect(branch, third, [PRICE])
		third.create(ARTICLE, article_code=article)
		assert drain(branch, third)["failed"] == 0
		assert len(branch.names(PRICE, article=article)) == 2

	def test_rows_of_long_ago_are_cleared(self, hq, branch):
		arrived_before_its_prices(hq, branch)
		branch.call("support.by_products:clear", days=1)
		assert len(noted(branch)) == 1
		branch.call("support.by_products:clear", days=-1)
		assert noted(branch) == []
