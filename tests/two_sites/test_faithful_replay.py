"""What is posted there is posted here, on the same day, with the same figures: also where this site's controllers would have
made something else of it, two days later."""

import pytest

from support.compare import assert_same
from support.link import connect, drain, sync_logs
from support.site import SiteError

VOUCHER, LEDGER, SUPPLIER = "Shop Voucher", "Shop Ledger Entry", "Shop Supplier"
POSTED = ["voucher", "posting_date", "posting_time", "stamped_at", "account", "amount", "reversal"]


@pytest.fixture
def link(hq, branch):
	connect(branch, hq, [VOUCHER, SUPPLIER])
	branch.configure(shop_days_later=2)


def ledger(site) -> list[tuple]:
	rows = site.rows(LEDGER, POSTED, {})
	return sorted(tuple(str(row[field]) for field in POSTED) for row in rows)


def assert_posted_alike(hq, branch, name):
	assert_same(hq, branch, VOUCHER, name)
	assert ledger(hq) and ledger(branch) == ledger(hq)


@pytest.mark.usefixtures("link")
class TestPinnedValues:
	"""When a controller's `on_update` or `on_submit` runs, the document holds the values that were sent."""

	def test_a_submitted_voucher_is_booked_on_the_day_of_its_source(self, hq, branch):
		name = hq.call("insert_and_submit", doctype=VOUCHER)["name"]
		assert drain(branch, hq)["failed"] == 0
		assert_posted_alike(hq, branch, name)

	def test_due_on_the_day_it_is_posted(self, hq, branch):
		"""The controller refuses a posting date behind the due date, and would set today's."""
		today = hq.call("today_here")
		name = hq.call("insert_and_submit", doctype=VOUCHER, due_date=today)["name"]
		assert drain(branch, hq)["failed"] == 0
		assert_posted_alike(hq, branch, name)

	def test_values_of_an_earlier_event_that_this_one_does_not_name(self, hq, branch):
		name = hq.create(VOUCHER)["name"]
		drain(branch, hq)
		branch.configure(shop_days_later=5)
		hq.configure(shop_days_later=0)
		hq.update(VOUCHER, name, remarks="seen")
		hq.submit(VOUCHER, name)
		assert drain(branch, hq)["failed"] == 0
		assert_posted_alike(hq, branch, name)

	def test_nine_digits_and_microseconds(self, hq, branch):
		name = hq.call("insert_and_submit", doctype=VOUCHER, rate=0.123456789)["name"]
		drain(branch, hq)
		there, here = (site.get(VOUCHER, name) for site in (hq, branch))
		assert (here["rate"], here["stamped_at"]) == (there["rate"], there["stamped_at"])

	def test_rows_that_the_controller_here_would_take_away(self, hq, branch):
		hq.configure(shop_keeps_all_lines=1)
		lines = [
			{"account": "Sales", "amount": 80},
			{"account": "Nothing", "amount": 0},
			{"account": "Tax", "amount": 5},
		]
		name = hq.call("insert_and_submit", doctype=VOUCHER, lines=lines)["name"]
		assert drain(branch, hq)["failed"] == 0
		assert [row["account"] for row in branch.get(VOUCHER, name)["lines"]] == ["Sales", "Nothing", "Tax"]
		assert_posted_alike(hq, branch, name)

	def test_rows_of_a_table_that_the_change_does_not_name(self, hq, branch):
		hq.configure(shop_keeps_all_lines=1)
		lines = [{"account": "Nothing", "amount": 0}, {"account": "Sales", "amount": 80}]
		name = hq.create(VOUCHER, lines=lines, set_posting_time=1)["name"]
		drain(branch, hq)
		hq.update(VOUCHER, name, remarks="seen")
		drain(branch, hq)
		assert_same(hq, branch, VOUCHER, name)

	@pytest.mark.parametrize(
		"doing",
		["shop_fills_lines_anew", "shop_adds_a_line"],
		ids=["names them anew", "writes one past the document"],
	)
	def test_rows_with_which_the_controller_here_does_as_it_likes(self, hq, branch, doing):
		branch.configure(**{doing: 1})
		name = hq.create(VOUCHER)["name"]
		assert drain(branch, hq)["failed"] == 0
		assert_same(hq, branch, VOUCHER, name)
		hq.submit(VOUCHER, name)
		assert drain(branch, hq)["failed"] == 0
		assert_posted_alike(hq, branch, name)

	def test_a_controller_that_saves_the_document_once_more_by_another_object(self, hq, branch):
		branch.configure(shop_saves_twice=1)
		name = hq.create(VOUCHER)["name"]
		assert drain(branch, hq)["failed"] == 0
		assert_same(hq, branch, VOUCHER, name)
		hq.update(VOUCHER, name, remarks="seen")
		assert drain(branch, hq)["failed"] == 0
		assert_same(hq, branch, VOUCHER, name)

	def test_what_the_subscriber_may_not_write_is_not_written_by_putting_it_back(self, hq, branch):
		name = hq.create(VOUCHER)["name"]
		branch.call(
			"set_property", doctype=VOUCHER, fieldname="rate", prop="permlevel", value="1", kind="Int"
		)
		drain(branch, hq)
		assert branch.get(VOUCHER, name)["rate"] == 0
		hq.update(VOUCHER, name, rate=3.5)
		drain(branch, hq)
		assert branch.get(VOUCHER, name)["rate"] == 0

	def test_a_field_that_only_this_site_has_keeps_its_value(self, hq, branch):
		branch.call("add_custom_field", doctype=VOUCHER, fieldname="own_note", fieldtype="Data")
		name = hq.create(VOUCHER)["name"]
		drain(branch, hq)
		branch.update(VOUCHER, name, own_note="mine", set_posting_time=1)
		hq.update(VOUCHER, name, remarks="seen")
		assert drain(branch, hq)["failed"] == 0
		assert branch.get(VOUCHER, name)["own_note"] == "mine"


class TestStates:
	"""A state is a fact: a document that is cancelled there is not submitted here first."""

	def receive(self, hq, branch):
		"""What was there before comes whole, as soon as something of it changes."""
		connect(branch, hq, [VOUCHER, SUPPLIER])
		branch.configure(shop_days_later=2)

	def test_a_cancelled_document_is_written_as_it_is(self, hq, branch):
		name = hq.call("insert_and_submit", doctype=VOUCHER)["name"]
		hq.cancel(VOUCHER, name)
		amended = hq.call("amend", doctype=VOUCHER, name=name, title=f"{name}-1")["name"]
		hq.submit(VOUCHER, amended)
		self.receive(hq, branch)
		hq.update(VOUCHER, amended, remarks="brings it whole")
		assert drain(branch, hq)["failed"] == 0
		assert_same(hq, branch, VOUCHER, name)
		assert_same(hq, branch, VOUCHER, amended)
		assert {row[0] for row in ledger(branch)} == {amended}
		[log] = sync_logs(branch, docname=name)
		assert "written as it is: nothing is posted for it here" in log["message"]

	def test_what_links_to_documents_that_were_cancelled_since(self, hq, branch):
		first = hq.call("insert_and_submit", doctype=VOUCHER)["name"]
		second = hq.call("insert_and_submit", doctype=VOUCHER, origin_voucher=first)["name"]
		third = hq.call("insert_and_submit", doctype=VOUCHER, origin_voucher=second)["name"]
		hq.call("set_value_silently", doctype=VOUCHER, name=first, docstatus=2)
		hq.call("set_value_silently", doctype=VOUCHER, name=second, docstatus=2)
		self.receive(hq, branch)
		hq.call("db_set", doctype=VOUCHER, name=third, remarks="brings it whole")
		assert drain(branch, hq)["failed"] == 0
		for name in (first, second, third):  # only their own states were set
			assert_same(hq, branch, VOUCHER, name, except_fields=("lines",))
		told = " ".join(row["message"] or "" for row in sync_logs(branch))
		assert "Linked documents were cancelled since" in told

	def test_a_draft_here_that_was_discarded_there(self, hq, branch):
		self.receive(hq, branch)
		name = hq.create(VOUCHER)["name"]
		drain(branch, hq)
		hq.call("set_value_silently", doctype=VOUCHER, name=name, docstatus=2)
		branch.call("resync_from_source", name=sync_logs(branch)[0]["name"])
		assert branch.get(VOUCHER, name)["docstatus"] == 2
		assert ledger(branch) == []

	def test_a_discarded_draft_comes_by_an_event(self, hq, branch):
		self.receive(hq, branch)
		name = hq.create(VOUCHER)["name"]
		drain(branch, hq)
		hq.call("db_set", doctype=VOUCHER, name=name, docstatus=2)
		assert drain(branch, hq)["failed"] == 0
		assert branch.get(VOUCHER, name)["docstatus"] == 2
		assert ledger(branch) == []


class TestChecksOfThePast:
	"""What was disabled here since refuses no document that is older; what was disabled before does."""

	def supplier_streamed(self, hq, branch) -> str:
		connect(branch, hq, [SUPPLIER, VOUCHER])
		name = hq.create(SUPPLIER)["name"]
		drain(branch, hq)
		return name

	def test_a_supplier_disabled_here_since(self, hq, branch):
		supplier = self.supplier_streamed(hq, branch)
		name = hq.call("insert_and_submit", doctype=VOUCHER, supplier=supplier)["name"]
		branch.update(SUPPLIER, supplier, disabled=1)
		assert drain(branch, hq)["failed"] == 0
		assert_same(hq, branch, VOUCHER, name)
		assert branch.get(SUPPLIER, supplier)["disabled"] == 1
		told = " ".join(row["message"] or "" for row in sync_logs(branch, ref_doctype=VOUCHER))
		assert f"disabled on this site since then: Shop Supplier {supplier}" in told

	def test_a_supplier_disabled_before(self, hq, branch):
		supplier = self.supplier_streamed(hq, branch)
		branch.update(SUPPLIER, supplier, disabled=1)
		name = hq.create(VOUCHER, supplier=supplier)["name"]
		assert drain(branch, hq)["failed"] == 1
		assert "is disabled" in sync_logs(branch, status="Failed")[0]["message"]
		assert not branch.exists(VOUCHER, name)

	def test_a_backfill_of_documents_whose_supplier_was_disabled_there(self, hq, branch):
		supplier = hq.create(SUPPLIER)["name"]
		name = hq.call("insert_and_submit", doctype=VOUCHER, supplier=supplier)["name"]
		hq.update(SUPPLIER, supplier, disabled=1)
		connect(branch, hq, [VOUCHER])
		branch.call("backfill", producer_url=hq.url, doctypes=[VOUCHER])
		assert_same(hq, branch, VOUCHER, name)
		assert branch.get(SUPPLIER, supplier)["disabled"] == 1

	def test_a_check_that_judges_by_the_present(self, hq, branch):
		today = hq.call("today_here")
		for site in (hq, branch):
			site.configure(shop_open_on=today)
		connect(branch, hq, [VOUCHER])
		name = hq.call("insert_and_submit", doctype=VOUCHER)["name"]
		branch.configure(shop_days_later=2)
		assert drain(branch, hq)["failed"] == 0
		assert_same(hq, branch, VOUCHER, name)
		told = " ".join(row["message"] or "" for row in sync_logs(branch, ref_doctype=VOUCHER))
		assert f"Accepted, since it was valid where it was made: The till of {today} is closed" in told
		with pytest.raises(SiteError, match=r"The till of .* is closed"):
			branch.create(VOUCHER)

	def test_another_reason_still_refuses_and_leaves_it_disabled(self, hq, branch):
		supplier = self.supplier_streamed(hq, branch)
		branch.configure(shop_reject_poison=1)
		name = hq.create(VOUCHER, title="POISON", supplier=supplier)["name"]
		branch.update(SUPPLIER, supplier, disabled=1)
		assert drain(branch, hq)["failed"] == 1
		assert not branch.exists(VOUCHER, name)
		assert branch.get(SUPPLIER, supplier)["disabled"] == 1


class TestContext:
	"""Apps can ask whether a document is being replayed, adapt it, and what speaks to the outside knows the difference."""

	def reports(self, site) -> list[str]:
		return site.call("shop_reports")

	def test_live_changes_speak_as_those_of_a_person(self, hq, branch):
		connect(branch, hq, [VOUCHER])
		name = hq.call("insert_and_submit", doctype=VOUCHER)["name"]
		drain(branch, hq)
		assert name in self.reports(branch)

	def test_a_backfill_speaks_to_nobody(self, hq, branch):
		name = hq.call("insert_and_submit", doctype=VOUCHER)["name"]
		connect(branch, hq, [VOUCHER])
		branch.call("backfill", producer_url=hq.url, doctypes=[VOUCHER])
		assert branch.get(VOUCHER, name)["docstatus"] == 1
		assert name not in self.reports(branch)
		own = branch.call("insert_and_submit", doctype=VOUCHER)["name"]
		assert own in self.reports(branch)

	def test_both_can_be_chosen(self, hq, branch):
		old = hq.call("insert_and_submit", doctype=VOUCHER)["name"]
		connect(branch, hq, [VOUCHER], outside_effects_live=0, outside_effects_past=1)
		branch.call("backfill", producer_url=hq.url, doctypes=[VOUCHER])
		new = hq.call("insert_and_submit", doctype=VOUCHER)["name"]
		drain(branch, hq)
		assert old in self.reports(branch) and new not in self.reports(branch)

	def test_an_app_adapts_a_document_and_is_told_what_is_done_to_it(self, hq, branch):
		connect(branch, hq, [VOUCHER])
		branch.configure(shop_replay_prefix="replayed:")
		name = hq.create(VOUCHER, remarks="as sent")["name"]
		drain(branch, hq)
		assert branch.get(VOUCHER, name)["remarks"] == "replayed: insert Live"
		hq.submit(VOUCHER, name)
		drain(branch, hq)
		assert branch.get(VOUCHER, name)["remarks"] == "replayed: submit Live"


class TestWhatARowChooses:
	def test_fields_that_are_left_out_keep_what_they_hold_here(self, hq, branch):
		row = {"ref_doctype": VOUCHER, "leave_out": "remarks, lines.account"}
		connect(branch, hq, [row])
		name = hq.create(VOUCHER, remarks="there")["name"]
		drain(branch, hq)
		here = branch.get(VOUCHER, name)
		assert (here["remarks"], [line["account"] for line in here["lines"]]) == (None, [None, None])
		assert [line["amount"] for line in here["lines"]] == [80, 15.2]
		branch.call("db_set", doctype=VOUCHER, name=name, remarks="here")
		hq.update(VOUCHER, name, remarks="changed there", rate=2)
		drain(branch, hq)
		assert (branch.get(VOUCHER, name)["remarks"], branch.get(VOUCHER, name)["rate"]) == ("here", 2)
		found = branch.call("support.comparing:reconcile", producer_url=hq.url, doctypes=[VOUCHER])
		assert (found["error"], found[VOUCHER]["different"]) == ("", 0)

	def test_a_field_that_is_not_there_can_not_be_left_out(self, hq, branch):
		with pytest.raises(SiteError, match="has no field remark to leave out"):
			connect(branch, hq, [{"ref_doctype": VOUCHER, "leave_out": "remark"}])

	def history(self, site, name) -> list:
		[row] = site.rows(VOUCHER, ["owner", "creation", "modified"], {"name": name})
		return [str(row[field]) for field in ("owner", "creation", "modified")]

	@pytest.mark.parametrize("backfilled", [False, True])
	def test_owner_and_dates_of_the_source(self, hq, branch, backfilled):
		for site in (hq, branch):
			site.call("make_user", email="test-clerk@example.com", roles=["Shop Clerk"])
		if not backfilled:
			connect(branch, hq, [{"ref_doctype": VOUCHER, "keep_history": 1}])
		name = hq.create(VOUCHER, as_user="test-clerk@example.com")["name"]
		if backfilled:
			connect(branch, hq, [{"ref_doctype": VOUCHER, "keep_history": 1}])
			branch.call("backfill", producer_url=hq.url, doctypes=[VOUCHER])
		drain(branch, hq)
		assert self.history(branch, name) == self.history(hq, name)
		hq.update(VOUCHER, name, remarks="later")
		drain(branch, hq)
		assert self.history(branch, name) == self.history(hq, name)

	def test_an_owner_who_is_not_on_this_site(self, hq, branch):
		hq.call("make_user", email="stranger@example.com", roles=["Shop Clerk"])
		connect(branch, hq, [{"ref_doctype": VOUCHER, "keep_history": 1}])
		name = hq.create(VOUCHER, as_user="stranger@example.com")["name"]
		drain(branch, hq)
		assert self.history(branch, name)[1:] == self.history(hq, name)[1:]
		assert self.history(branch, name)[0] != "stranger@example.com"
