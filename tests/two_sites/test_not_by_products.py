"""What is not one with what the producer tells of, though it looks like it: it stays this site's own."""

from support.link import connect, drain, sync_logs
from support.merged_documents import PRICES, arrived_before_its_prices, drained, made_here, subscribe_too

ARTICLE, PRICE, LABEL, TASK = "Shop Article", "Shop Article Price", "Shop Article Label", "Shop Article Task"


class TestWhatIsNot:
	def test_what_the_producer_has_made_in_the_same_change_needs_no_declared_fields(self, hq, branch):
		connect(branch, hq, [ARTICLE, PRICE])
		hq.create(ARTICLE)
		drained(branch, hq)
		assert hq.names(PRICE) == branch.names(PRICE)

	def test_without_declared_fields_it_is_left_alone_and_told(self, hq, branch):
		"""Where names are each site's own."""
		connect(branch, hq, [ARTICLE, {"ref_doctype": PRICE, "use_same_name": 0}])
		hq.create(ARTICLE)
		drained(branch, hq)
		assert (len(hq.names(PRICE)), len(branch.names(PRICE))) == (1, 2)
		[log] = sync_logs(branch, ref_doctype=ARTICLE)
		assert log["message"].startswith("This site also created Shop Article Price")
		assert "Also Match By" in log["message"]

	def test_a_counted_name_says_nothing(self, hq, branch):
		"""TASK-0001 of one site's counter is not the other's."""
		connect(branch, hq, [ARTICLE, {"ref_doctype": TASK}])
		task = hq.insert(TASK, subject="of hq")["name"]
		article = hq.create(ARTICLE, makes_task=1, selling_rate=0)["name"]
		branch.insert(TASK, subject="of the branch")
		drain(branch, hq)
		assert task == "TASK-0001"
		assert branch.value(TASK, "TASK-0001", "subject") == "of the branch"
		assert branch.exists(ARTICLE, article)

	def test_what_a_person_typed_is_never_deleted(self, hq, branch):
		"""This site's code makes a price with the same fields as one that came from the producer long ago."""
		connect(branch, hq, [ARTICLE, PRICES])
		article = hq.create(ARTICLE, selling_rate=0)["name"]
		typed = hq.insert(PRICE, article=article, price_list="Stock", rate=7)["name"]
		drained(branch, hq)
		branch.update(ARTICLE, article, stocked=1)  # by a person: what it makes is this site's own
		assert branch.value(PRICE, typed, "rate") == 7
		hq.update(ARTICLE, article, stocked=1)
		drained(branch, hq)
		assert branch.value(PRICE, typed, "rate") == 7

	def test_what_people_made_stays_theirs_without_declared_fields(self, hq, branch):
		article = arrived_before_its_prices(hq, branch, selling_rate=0)
		theirs = branch.insert(PRICE, article=article, rate=12.5)["name"]
		subscribe_too(branch, hq, [ARTICLE, PRICE])
		price = hq.insert(PRICE, article=article, rate=12.5)["name"]
		drained(branch, hq)
		assert branch.names(PRICE, article=article) == [theirs, price]

	def test_what_people_made_under_the_name_of_one_that_is_gone(self, hq, branch):
		arrived_before_its_prices(hq, branch, makes_label=1)
		[label] = branch.names(LABEL)
		article = branch.value(LABEL, label, "article")
		branch.delete(LABEL, label)
		branch.insert(LABEL, title=label, article=article, copies=5)
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
		assert len(made_here(branch)) == 1
		branch.call("support.by_products:clear", days=-1)
		assert made_here(branch) == []
