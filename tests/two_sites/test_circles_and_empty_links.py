"""Circles of links, in which a document can't be made without the one that is being made; and links that are left empty."""

import pytest

from support.compare import assert_same
from support.link import connect, drain, sync_logs

COMPANY, ACCOUNT, ADDRESS, VOUCHER = "Shop Company", "Shop Account", "Shop Address", "Shop Voucher"


@pytest.fixture
def company(hq) -> str:
	"""Links to its account and its address, each of which links back; the address in a row, by a Dynamic Link."""
	company = hq.create(COMPANY)["name"]
	account = hq.create(ACCOUNT, company=company)["name"]
	links = [{"link_doctype": COMPANY, "link_name": company}]
	address = hq.create(ADDRESS, links=links)["name"]
	hq.update(COMPANY, company, default_account=account, head_office=address)
	return company


class TestCircles:
	def assert_all_there(self, hq, branch, company):
		assert sync_logs(branch, status="Failed") == []
		there = hq.get(COMPANY, company)
		assert_same(hq, branch, COMPANY, company)
		assert_same(hq, branch, ACCOUNT, there["default_account"])
		assert_same(hq, branch, ADDRESS, there["head_office"])

	@pytest.mark.parametrize("first", [COMPANY, ACCOUNT, ADDRESS])
	def test_wherever_it_is_entered(self, hq, branch, company, first):
		"""It is broken at a link that its document can do without, and closed afterwards."""
		there = hq.get(COMPANY, company)
		name = {COMPANY: company, ACCOUNT: there["default_account"], ADDRESS: there["head_office"]}[first]
		connect(branch, hq, [first])
		branch.call("backfill", producer_url=hq.url, doctypes=[first])
		assert branch.exists(first, name)
		self.assert_all_there(hq, branch, company)

	def test_another_company_that_this_site_would_fill_in(self, hq, branch, company):
		"""The one that a link is left open for is not to be another one by default."""
		other = branch.create(COMPANY)["name"]
		branch.call(
			"set_property", doctype=ACCOUNT, fieldname="company", prop="default", value=other, kind="Text"
		)
		connect(branch, hq, [COMPANY])
		branch.call("backfill", producer_url=hq.url, doctypes=[COMPANY])
		self.assert_all_there(hq, branch, company)

	def test_resync_from_source(self, hq, branch, company):
		connect(branch, hq, [COMPANY])
		hq.call("db_set", doctype=COMPANY, name=company, company_name=company + " Ltd")
		drain(branch, hq)
		branch.call("resync_from_source", name=sync_logs(branch)[-1]["name"])
		self.assert_all_there(hq, branch, company)

	def test_no_link_of_it_can_be_done_without(self, hq, branch, company):
		for site in (hq, branch):
			site.call("make_mandatory", doctype=COMPANY, fieldname="head_office")
		connect(branch, hq, [ADDRESS])
		branch.call("backfill", producer_url=hq.url, doctypes=[ADDRESS])
		self.assert_all_there(hq, branch, company)


class TestLinksNeverTaken:
	"""A link to what the framework is made of, which is not on this site."""

	@pytest.fixture
	def role(self, hq):
		yield hq.insert("Role", role_name="Cashier of hq")["name"]
		hq.call("delete_if_there", doctype="Role", name="Cashier of hq")

	def test_is_left_empty_where_it_is_optional(self, hq, branch, role):
		connect(branch, hq, [VOUCHER])
		name = hq.create(VOUCHER, responsible_role=role)["name"]
		assert drain(branch, hq)["failed"] == 0
		assert_same(hq, branch, VOUCHER, name, except_fields=("responsible_role",))
		assert not branch.get(VOUCHER, name)["responsible_role"]
		assert "Role Cashier of hq is not on this site" in sync_logs(branch)[-1]["message"]

	def test_a_comparison_knows_that(self, hq, branch, role):
		connect(branch, hq, [VOUCHER])
		hq.create(VOUCHER, responsible_role=role)
		drain(branch, hq)
		found = branch.call("support.comparing:reconcile", producer_url=hq.url, doctypes=[VOUCHER])
		assert (found["error"], found[VOUCHER]["different"], found[VOUCHER]["missing"]) == ("", 0, 0)

	def test_a_change_of_it_is_no_conflict(self, hq, branch, role):
		connect(branch, hq, [{"ref_doctype": VOUCHER, "on_conflict": "Wait for a Person"}])
		name = hq.create(VOUCHER, responsible_role=role)["name"]
		drain(branch, hq)
		hq.update(VOUCHER, name, responsible_role="System Manager")
		assert drain(branch, hq)["failed"] == 0
		assert branch.get(VOUCHER, name)["responsible_role"] == "System Manager"

	def test_fails_by_name_where_it_is_mandatory(self, hq, branch, role):
		branch.call("make_mandatory", doctype=VOUCHER, fieldname="responsible_role")
		connect(branch, hq, [VOUCHER])
		hq.create(VOUCHER, responsible_role=role)
		assert drain(branch, hq)["failed"] == 1
		assert "Role Cashier of hq" in sync_logs(branch, status="Failed")[0]["message"]
