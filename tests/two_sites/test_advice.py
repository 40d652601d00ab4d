"""What a failed change says to do about it ends the failure, done to the letter."""

import pytest

from support.link import connect, drain, parked, sync_logs

INVOICE, TAX = "Shop Invoice", "Shop Invoice Tax"


@pytest.fixture
def refused(hq, branch) -> dict:
	"""The Event Sync Log row of a row's field that may be changed after submitting at the source, and not here."""
	connect(branch, hq, [INVOICE])
	name = hq.create(INVOICE)["name"]
	hq.call("append_row", doctype=INVOICE, name=name, table="taxes", description="VAT", rate=19)
	hq.submit(INVOICE, name)
	drain(branch, hq)
	branch.call("set_property", doctype=TAX, fieldname="rate", prop="allow_on_submit", value=0, kind="Check")
	hq.call("update_row", doctype=INVOICE, name=name, table="taxes", row=0, rate=7)
	drain(branch, hq)
	[row] = sync_logs(branch, status="Failed")
	assert "Not allowed to change" in row["message"]
	return row


def rate(site, name: str) -> float:
	return site.get(INVOICE, name)["taxes"][0]["rate"]


def test_allowed_after_submitting_it_comes_by_resync(hq, branch, refused):
	name = refused["remote_docname"]
	branch.call("set_property", doctype=TAX, fieldname="rate", prop="allow_on_submit", value=1, kind="Check")
	branch.call("resync", names=[refused["name"]])
	assert rate(branch, name) == rate(hq, name) == 7
	assert parked(branch) == []


def test_cancelled_there_and_taken_from_the_source_it_is_cancelled_here(hq, branch, refused):
	name = refused["remote_docname"]
	hq.cancel(INVOICE, name)
	drain(branch, hq)
	branch.call("resync_from_source", name=refused["name"])
	assert branch.get(INVOICE, name)["docstatus"] == hq.get(INVOICE, name)["docstatus"] == 2
	assert parked(branch) == []
	amended = hq.call("amend", doctype=INVOICE, name=name)["name"]
	drain(branch, hq)
	assert branch.get(INVOICE, amended)["amended_from"] == name


def test_of_two_with_one_name_the_one_there_is_renamed_and_the_refused_change_skipped(hq, branch):
	connect(branch, hq, ["Shop Item"])
	branch.create("Shop Item", item_code="Bolt", item_name="of the branch")
	hq.create("Shop Item", item_code="Bolt", item_name="of hq")
	drain(branch, hq)
	hq.rename("Shop Item", "Bolt", "Bolt of hq")
	drain(branch, hq)
	[row] = sync_logs(branch, status="Failed")
	branch.call("skip", name=row["name"])
	drain(branch, hq)
	assert branch.value("Shop Item", "Bolt of hq", "item_name") == "of hq"
	assert branch.value("Shop Item", "Bolt", "item_name") == "of the branch"
	assert parked(branch) == []
