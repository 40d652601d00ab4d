"""Fields that are set only once stand in the way of nothing that a person asks for."""

import pytest

from support.compare import assert_same
from support.link import connect, drain, sync_logs

CUSTOMER = "Shop Customer"


@pytest.fixture(autouse=True)
def only_once(hq, branch):
	for site in (hq, branch):
		site.call("set_property", doctype=CUSTOMER, fieldname="tax_id", prop="set_only_once", value="1")


def on_both(hq, branch) -> str:
	hq.create(CUSTOMER, customer_name="Ada Ltd", tax_id="DE 1")
	branch.create(CUSTOMER, customer_name="Ada Ltd", tax_id="DE 2", contact_person="Ben")
	return "Ada Ltd"


def test_adopt_existing(hq, branch):
	connect(branch, hq, [{"ref_doctype": CUSTOMER, "adopt_existing": 1}])
	name = on_both(hq, branch)
	assert drain(branch, hq)["failed"] == 0
	assert_same(hq, branch, CUSTOMER, name)


def test_resync_from_source(hq, branch):
	connect(branch, hq, [CUSTOMER])
	name = on_both(hq, branch)
	assert drain(branch, hq)["failed"] == 1
	branch.call("resync_from_source", name=sync_logs(branch, status="Failed")[0]["name"])
	assert_same(hq, branch, CUSTOMER, name)


def test_what_the_source_set_directly(hq, branch):
	connect(branch, hq, [CUSTOMER])
	name = hq.create(CUSTOMER, tax_id="DE 1")["name"]
	drain(branch, hq)
	hq.call("db_set", doctype=CUSTOMER, name=name, tax_id="DE 4")
	assert drain(branch, hq)["failed"] == 0
	assert_same(hq, branch, CUSTOMER, name)
