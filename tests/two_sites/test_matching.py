"""Also Match By: declared fields say which document of this site a producer's document is."""

import json

import pytest

from support.compare import assert_same
from support.link import approve, connect, drain, pull, subscribe, sync_logs
from support.site import SiteError

PRICE, ARTICLE, NOTE, CUSTOMER = "Shop Article Price", "Shop Article", "Shop Note", "Shop Customer"
PRICES = {"ref_doctype": PRICE, "also_match_by": "article, price_list"}


def here(branch, name: str) -> str:
	[row] = branch.rows("Remote Document", ["local_docname"], {"remote_docname": name})
	return row["local_docname"]


def lost(branch) -> dict:
	[row] = [row for row in branch.rows("Event Sync Log", ["conflict"]) if row["conflict"]]
	return {conflict["field"]: conflict["here"] for conflict in json.loads(row["conflict"])}


@pytest.fixture
def article(hq, branch) -> str:
	connect(branch, hq, [ARTICLE])
	article = hq.create(ARTICLE, selling_rate=0)["name"]
	drain(branch, hq)
	return article


def test_what_a_person_made_becomes_the_producers(hq, branch, article):
	theirs = branch.insert(PRICE, article=article, price_list="Retail", rate=5, remarks="typed")["name"]
	subscribe(branch, hq, [PRICES])
	approve(hq, branch)
	pull(branch, hq)
	there = hq.insert(PRICE, article=article, price_list="Retail", rate=6)["name"]
	assert drain(branch, hq)["failed"] == 0
	assert branch.names(PRICE) == [theirs] == [here(branch, there)]
	assert branch.value(PRICE, theirs, "rate") == 6
	assert lost(branch)["rate"] == "5.0"
	assert lost(branch)["remarks"] == "typed"


def test_a_backfill_goes_by_the_same_rule(hq, branch, article):
	theirs = branch.insert(PRICE, article=article, price_list="Retail", rate=5)["name"]
	there = hq.insert(PRICE, article=article, price_list="Retail", rate=6)["name"]
	other = hq.insert(PRICE, article=article, price_list="Outlet", rate=7)["name"]
	subscribe(branch, hq, [PRICES])
	approve(hq, branch)
	pull(branch, hq)
	assert branch.call("backfill", producer_url=hq.url)[PRICE]["failed"] == 0
	assert here(branch, there) == theirs
	assert sorted(branch.names(PRICE)) == sorted([theirs, other])
	hq.delete(PRICE, there)
	drain(branch, hq)
	assert branch.names(PRICE) == [other]


def test_several_are_nobodys_guess(hq, branch, article):
	for rate in (5, 6):
		branch.insert(PRICE, article=article, price_list="Retail", rate=rate)
	subscribe(branch, hq, [PRICES])
	approve(hq, branch)
	pull(branch, hq)
	there = hq.insert(PRICE, article=article, price_list="Retail", rate=7)["name"]
	assert drain(branch, hq)["failed"] == 1
	[log] = sync_logs(branch, status="Failed")
	assert "are equal in article, price_list" in log["message"]
	branch.delete(PRICE, branch.names(PRICE)[0])
	branch.call("resync", names=[log["name"]])
	assert branch.value(PRICE, here(branch, there), "rate") == 7
	assert len(branch.names(PRICE)) == 1


def test_a_name_that_tells_becomes_the_producers(hq, branch):
	connect(branch, hq, [{"ref_doctype": CUSTOMER, "also_match_by": "tax_id"}])
	branch.create(CUSTOMER, customer_name="Ada Ltd.", tax_id="DE 1")
	hq.create(CUSTOMER, customer_name="Ada Limited", tax_id="DE 1")
	assert drain(branch, hq)["failed"] == 0
	assert branch.names(CUSTOMER) == ["Ada Limited"]
	assert_same(hq, branch, CUSTOMER, "Ada Limited")


def test_empty_fields_match_nothing(hq, branch):
	connect(branch, hq, [{"ref_doctype": CUSTOMER, "also_match_by": "tax_id"}])
	branch.create(CUSTOMER, customer_name="Ben")
	hq.create(CUSTOMER, customer_name="Ada")
	assert drain(branch, hq)["failed"] == 0
	assert sorted(branch.names(CUSTOMER)) == ["Ada", "Ben"]


def test_what_came_from_a_third_site_is_not_taken(hq, branch, third):
	for producer in (hq, third):
		connect(branch, producer, [{"ref_doctype": CUSTOMER, "also_match_by": "tax_id"}])
	third.create(CUSTOMER, customer_name="Ada of third", tax_id="DE 1")
	drain(branch, third)
	hq.create(CUSTOMER, customer_name="Ada of hq", tax_id="DE 1")
	assert drain(branch, hq)["failed"] == 0
	assert sorted(branch.names(CUSTOMER)) == ["Ada of hq", "Ada of third"]


@pytest.mark.parametrize(
	"given, told",
	[
		("tax_id, nonsense", "Shop Customer has no field nonsense"),
		('["tax_id"', "neither a list of fieldnames nor fieldnames"),
		('["tax_id", 5]', "neither a list of fieldnames nor fieldnames"),
		("name_of_nothing", "Use fieldnames of this site, for example"),
	],
)
def test_what_is_no_field_is_refused(hq, branch, given, told):
	with pytest.raises(SiteError, match=f"Row 1, Also Match By: .*{told}"):
		subscribe(branch, hq, [{"ref_doctype": CUSTOMER, "also_match_by": given}])


@pytest.mark.parametrize(
	"given", ["tax_id,territory", '["tax_id", "territory"]', " tax_id\nterritory,, tax_id"]
)
def test_every_spelling_is_one(hq, branch, given):
	producer = subscribe(branch, hq, [{"ref_doctype": CUSTOMER, "also_match_by": given}])
	assert producer["producer_doctypes"][0]["also_match_by"] == "tax_id, territory"
