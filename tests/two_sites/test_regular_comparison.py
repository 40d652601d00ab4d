"""Comparisons at a day and hour: they begin by themselves, tell of differences, and repair only where a person said so."""

import pytest

from support.compare import assert_same
from support.link import connect, drain
from support.site import SiteError

NOTE, CUSTOMER = "Shop Note", "Shop Customer"
SILENTLY = "support.comparing:set_row_silently"


def configure(branch, hq, rows: dict[str, dict] | None = None, **values) -> None:
	form = branch.get("Event Producer", hq.url)
	table = [{**row, **(rows or {}).get(row["ref_doctype"], {})} for row in form["producer_doctypes"]]
	branch.update("Event Producer", hq.url, producer_doctypes=table, **values)


def let_a_week_pass(branch, hq) -> None:
	"""As if the last regular comparison was long ago, and a minute of the schedule."""
	branch.call(
		"set_value_silently", doctype="Event Stream Cursor", name=hq.url, compared_for="2020-01-06 03:00:00"
	)
	branch.tick()


def compared(branch) -> dict[str, dict]:
	fields = [
		"ref_doctype",
		"status",
		"missing",
		"different",
		"surplus",
		"equal",
		"by_itself",
		"repair",
		"done",
	]
	return {row["ref_doctype"]: row for row in branch.rows("Event Reconciliation", fields)}


def faults(branch) -> list[str]:
	return branch.call("support.monitoring:fault_kinds")


@pytest.fixture
def notes(hq, branch) -> list[str]:
	connect(branch, hq, [NOTE, CUSTOMER])
	names = [hq.create(NOTE, title="as it is there")["name"] for _ in range(3)]
	drain(branch, hq)
	return names


def differ(branch, notes) -> None:
	branch.call("set_value_silently", doctype=NOTE, name=notes[0], title="other here")
	branch.call("support.comparing:delete_silently", doctype=NOTE, name=notes[1])


def test_it_begins_at_its_moment_only(hq, branch, notes):
	configure(branch, hq, compare_on="Every Day", compare_hour=3)
	branch.tick()
	assert compared(branch) == {}
	let_a_week_pass(branch, hq)
	assert {doctype: row["status"] for doctype, row in compared(branch).items()} == {
		NOTE: "Done",
		CUSTOMER: "Done",
	}
	assert compared(branch)[NOTE]["done"] == 3
	before = branch.rows("Event Reconciliation", ["finished"])
	branch.tick()
	assert branch.rows("Event Reconciliation", ["finished"]) == before


def test_it_tells_of_differences_and_changes_nothing(hq, branch, notes):
	configure(branch, hq, compare_on="Monday", compare_hour=0)
	differ(branch, notes)
	let_a_week_pass(branch, hq)
	row = compared(branch)[NOTE]
	assert (row["missing"], row["different"], row["by_itself"], row["repair"]) == (1, 1, 1, 0)
	assert branch.value(NOTE, notes[0], "title") == "other here" and not branch.exists(NOTE, notes[1])
	assert f"Comparison Differs: {NOTE}" in faults(branch)


def test_it_repairs_where_a_person_said_so(hq, branch, notes):
	configure(branch, hq, {NOTE: {"repair_by_itself": 1}}, compare_on="Every Day", compare_hour=0)
	differ(branch, notes)
	let_a_week_pass(branch, hq)
	for name in notes:
		assert_same(hq, branch, NOTE, name)
	row = compared(branch)[NOTE]
	assert (row["missing"], row["different"], row["equal"], row["repair"]) == (0, 0, 3, 0)
	assert faults(branch) == []


def test_surplus_is_never_deleted_by_itself(hq, branch, notes):
	configure(branch, hq, {NOTE: {"repair_by_itself": 1}}, compare_on="Every Day", compare_hour=0)
	hq.call("support.comparing:delete_silently", doctype=NOTE, name=notes[2])
	let_a_week_pass(branch, hq)
	assert branch.exists(NOTE, notes[2])
	assert compared(branch)[NOTE]["surplus"] == 1
	assert f"Comparison Differs: {NOTE}" in faults(branch)


def test_a_doctype_that_is_not_ticked_is_left_out(hq, branch, notes):
	configure(branch, hq, {CUSTOMER: {"compare": 0}}, compare_on="Every Day", compare_hour=0)
	let_a_week_pass(branch, hq)
	assert set(compared(branch)) == {NOTE}


def test_a_paused_link_is_not_compared(hq, branch, notes):
	configure(branch, hq, compare_on="Every Day", compare_hour=0, paused=1)
	let_a_week_pass(branch, hq)
	assert compared(branch) == {}


def test_a_comparison_that_a_person_begins_repairs_nothing(hq, branch, notes):
	configure(branch, hq, {NOTE: {"repair_by_itself": 1}}, compare_on="Every Day", compare_hour=0)
	differ(branch, notes)
	branch.call("support.comparing:reconcile", producer_url=hq.url)
	assert not branch.exists(NOTE, notes[1])


def test_an_hour_that_is_none_is_refused(hq, branch, notes):
	with pytest.raises(SiteError, match="0 to 23"):
		configure(branch, hq, compare_on="Every Day", compare_hour=24)


def test_the_repair_of_a_killed_job_is_taken_up_again(hq, branch, notes):
	configure(branch, hq, {NOTE: {"repair_by_itself": 1}}, compare_on="Every Day", compare_hour=0)
	differ(branch, notes)
	assert branch.call_until_killed("support.comparing:compare_and_die_before_repair", producer_url=hq.url)
	assert not branch.exists(NOTE, notes[1])
	assert faults(branch) == []  # it is about to be repaired
	branch.tick()
	assert branch.exists(NOTE, notes[1])
	assert compared(branch)[NOTE]["repair"] == 0


def test_stop_ends_a_comparison_and_keeps_what_the_last_one_found(hq, branch, notes):
	differ(branch, notes)
	branch.call("support.comparing:reconcile", producer_url=hq.url, doctypes=[NOTE])
	branch.call("support.comparing:reconcile_stopped_midway", producer_url=hq.url)
	row = compared(branch)[NOTE]
	assert (row["status"], row["missing"], row["different"]) == ("Stopped", 1, 1)
	assert len(branch.rows("Event Difference", ["name"])) == 2


class TestEnds:
	@pytest.fixture(autouse=True)
	def watch(self, branch):
		branch.call("make_user", email="watch@example.com", roles=["Event Streaming Manager"])
		branch.call("support.monitoring:forget_notices")

	def told(self, branch) -> list[str]:
		branch.call("support.monitoring:check_alerts")
		rows = branch.rows("Notification Log", ["subject"], {"for_user": "watch@example.com"})
		return sorted(row["subject"].split(":")[0] for row in rows)

	def test_a_backfill_and_a_comparison_that_ended_are_told_once(self, hq, branch, notes):
		branch.call("backfill", producer_url=hq.url)
		branch.call("support.comparing:reconcile", producer_url=hq.url)
		assert self.told(branch) == ["Backfill Ended", "Comparison Ended"]
		assert self.told(branch) == ["Backfill Ended", "Comparison Ended"]
		branch.call("support.comparing:reconcile", producer_url=hq.url)
		assert self.told(branch) == ["Backfill Ended", "Comparison Ended", "Comparison Ended"]

	def test_one_that_began_by_itself_tells_of_differences_only(self, hq, branch, notes):
		configure(branch, hq, compare_on="Every Day", compare_hour=0)
		let_a_week_pass(branch, hq)
		assert self.told(branch) == []

	def test_nothing_is_told_of_a_paused_link(self, hq, branch, notes):
		branch.call("backfill", producer_url=hq.url)
		branch.update("Event Producer", hq.url, paused=1)
		assert self.told(branch) == []
