"""Adopt Existing: what is on both sites under one name already, and is one thing, becomes one document."""

import json

import pytest

from support.compare import assert_same
from support.link import connect, drain, subscribe, sync_logs
from support.site import SiteError

CREATE_UNDER_NAME = "support.backfilling:create_under_name"
CUSTOMER, ADDRESS, INVOICE = "Shop Customer", "Shop Address", "Shop Invoice"


def adopting(doctype: str) -> dict:
	return {"ref_doctype": doctype, "adopt_existing": 1}


def on_both(hq, branch, name: str = "Ada Ltd") -> str:
	hq.create(CUSTOMER, customer_name=name, tax_id="DE 1")
	branch.create(CUSTOMER, customer_name=name, tax_id="DE 2", contact_person="Ben")
	return name


def lost(log: dict) -> dict:
	return {conflict["field"]: conflict["here"] for conflict in json.loads(log["conflict"] or "[]")}


def logs_with_conflicts(branch) -> list[dict]:
	return branch.rows("Event Sync Log", ["status", "message", "conflict", "update_type", "source"])


def test_a_create(hq, branch):
	connect(branch, hq, [adopting(CUSTOMER)])
	name = on_both(hq, branch)
	assert drain(branch, hq)["failed"] == 0
	assert_same(hq, branch, CUSTOMER, name)
	assert branch.names(CUSTOMER) == [name]


def test_the_log_keeps_the_values_that_are_gone(hq, branch):
	connect(branch, hq, [adopting(CUSTOMER)])
	name = on_both(hq, branch)
	drain(branch, hq)
	[log] = logs_with_conflicts(branch)
	assert log["message"] == f"{name} was on this site already and follows the producer from now on."
	assert lost(log) == {"tax_id": "DE 2", "contact_person": "Ben"}


def test_the_rows_that_are_gone_too(hq, branch):
	connect(branch, hq, [adopting(ADDRESS)])
	customer = branch.create(CUSTOMER)["name"]
	links = [{"link_doctype": CUSTOMER, "link_name": customer}]
	name = branch.create(ADDRESS, links=links)["name"]
	hq.call(CREATE_UNDER_NAME, doctype=ADDRESS, name=name)
	assert drain(branch, hq)["failed"] == 0
	assert_same(hq, branch, ADDRESS, name)
	[log] = logs_with_conflicts(branch)
	assert customer in lost(log)["links"]


def test_an_update(hq, branch):
	name = on_both(hq, branch)
	connect(branch, hq, [adopting(CUSTOMER)])
	hq.update(CUSTOMER, name, credit_limit=7)
	assert drain(branch, hq)["failed"] == 0
	assert_same(hq, branch, CUSTOMER, name)
	hq.update(CUSTOMER, name, credit_limit=8)
	assert drain(branch, hq)["failed"] == 0
	assert_same(hq, branch, CUSTOMER, name)


def test_a_backfill(hq, branch):
	names = [on_both(hq, branch, f"Customer {letter}") for letter in "ABC"]
	connect(branch, hq, [adopting(CUSTOMER)])
	result = branch.call("backfill", producer_url=hq.url)
	assert result[CUSTOMER]["failed"] == 0
	for name in names:
		assert_same(hq, branch, CUSTOMER, name)
	assert [log for log in logs_with_conflicts(branch) if not log["conflict"]] == []


def test_ticked_after_it_failed(hq, branch):
	connect(branch, hq, [CUSTOMER])
	name = on_both(hq, branch)
	assert drain(branch, hq)["failed"] == 1
	[log] = sync_logs(branch, status="Failed")
	assert "tick Adopt Existing" in log["message"]
	subscribe(branch, hq, [adopting(CUSTOMER)])
	branch.call("resync", names=[log["name"]])
	assert_same(hq, branch, CUSTOMER, name)


def test_what_came_from_a_third_site_is_not_taken(hq, branch, third):
	connect(branch, third, [CUSTOMER])
	third.create(CUSTOMER, customer_name="Ada Ltd", tax_id="FR 1")
	drain(branch, third)
	connect(branch, hq, [adopting(CUSTOMER)])
	hq.create(CUSTOMER, customer_name="Ada Ltd", tax_id="DE 1")
	assert drain(branch, hq)["failed"] == 1
	assert branch.value(CUSTOMER, "Ada Ltd", "tax_id") == "FR 1"


def test_what_is_another_of_the_producers_is_not_taken(hq, branch):
	connect(branch, hq, [adopting(CUSTOMER)])
	hq.create(CUSTOMER, customer_name="Ada Ltd", tax_id="DE 1")
	drain(branch, hq)
	branch.rename(CUSTOMER, "Ada Ltd", "Ben Ltd")
	hq.create(CUSTOMER, customer_name="Ben Ltd", tax_id="DE 2")
	assert drain(branch, hq)["failed"] == 1
	assert branch.value(CUSTOMER, "Ben Ltd", "tax_id") == "DE 1"


def test_submitted_documents_are_refused(hq, branch):
	with pytest.raises(SiteError, match="two with the same name are two documents"):
		subscribe(branch, hq, [adopting(INVOICE)])


def test_it_needs_the_same_name(hq, branch):
	producer = subscribe(branch, hq, [{**adopting(CUSTOMER), "use_same_name": 0}])
	assert producer["producer_doctypes"][0]["adopt_existing"] == 0
