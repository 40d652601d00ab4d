"""What a comparison found is taken from the source, and what is behind comes by itself."""

import pytest

from support.compare import assert_all_same, assert_same
from support.existing_documents import assert_equal, compare, create_notes, figures, found, held_up, repair
from support.link import connect, drain, parked, subscribe, sync_logs
from support.site import SiteError

NOTE, TICKET, CUSTOMER, ITEM = "Shop Note", "Shop Ticket", "Shop Customer", "Shop Item"
TERRITORY = "Shop Territory"
HELD_UP = "support.comparing:reconcile_held_up"


class TestWhatIsBehind:
	def test_a_document_that_waits_for_a_person_is_not_different(self, hq, branch):
		connect(branch, hq, [NOTE])
		name = hq.create(NOTE)["name"]
		drain(branch, hq)
		branch.configure(shop_reject_poison=1)
		hq.update(NOTE, name, title="POISON")
		other = hq.create(NOTE, title="POISON from the start")["name"]
		row = compare(branch, hq)[NOTE]
		assert figures(row) == (2, 1, 0, 0, 0, 0, 2)
		assert {kind for kind, _differences in found(branch).values()} == {"Behind"}
		assert repair(branch, hq, NOTE) == {"fixed": 0, "deleted": 0, "failed": []}
		branch.configure(shop_reject_poison=None)
		branch.call("resync", names=[log["name"] for log in sync_logs(branch, status="Failed")])
		assert_equal(compare(branch, hq)[NOTE], 2)
		assert_same(hq, branch, NOTE, other)

	@pytest.mark.parametrize("change", ["create", "update", "delete"])
	def test_what_changes_while_it_compares_is_not_different(self, hq, branch, tmp_path, change):
		connect(branch, hq, [NOTE])
		names = sorted(create_notes(hq, 3))
		drain(branch, hq)
		hq.call("set_value_silently", doctype=NOTE, name=names[0], priority=42)
		go_on = held_up(branch, hq, HELD_UP, "get_updates", tmp_path)
		if change == "create":
			hq.create(NOTE)
		elif change == "update":
			hq.update(NOTE, names[1], priority=7)
		else:
			hq.delete(NOTE, names[1])
		row = go_on()[NOTE]
		assert (row["missing"], row["surplus"], row["behind"]) == (0, 0, 1)
		drain(branch, hq)
		row = compare(branch, hq)[NOTE]
		assert (row["missing"], row["different"], row["surplus"], row["behind"]) == (0, 1, 0, 0)


class TestRepair:
	def test_what_cannot_be_fixed_says_why_and_leaves_the_others(self, hq, branch):
		connect(branch, hq, [NOTE])
		names = sorted(create_notes(hq, 4))
		drain(branch, hq)
		branch.configure(shop_reject_poison=1)
		hq.call("set_value_silently", doctype=NOTE, name=names[0], title="POISON")
		for name in names[1:3]:
			hq.call("set_value_silently", doctype=NOTE, name=name, priority=9)
		compare(branch, hq)
		result = repair(branch, hq, NOTE)
		assert result["fixed"] == 2
		reason = "POISON is poison to this site"
		assert result["failed"] == [{"doctype": NOTE, "name": names[0], "message": reason}]
		[listed] = branch.rows("Event Difference", ["remote_docname", "message"])
		assert listed == {"remote_docname": names[0], "message": reason}
		assert [row["remote_docname"] for row in parked(branch)] == [names[0]]
		branch.configure(shop_reject_poison=None)
		branch.call("resync", names=[log["name"] for log in sync_logs(branch, status="Failed")])
		assert assert_all_same(hq, branch, NOTE) == 4

	def test_a_document_of_this_site_with_that_name_is_not_overwritten(self, hq, branch):
		for site in (hq, branch):
			site.create(ITEM, item_code="Bolt", item_name=f"Bolt of {site.name}")
		connect(branch, hq, [ITEM])
		assert figures(compare(branch, hq)[ITEM]) == (1, 0, 0, 1, 0, 0, 0)
		[failed] = repair(branch, hq, ITEM)["failed"]
		assert "is on this site already and did not come from" in failed["message"]
		assert branch.value(ITEM, "Bolt", "item_name") == f"Bolt of {branch.name}"

	def test_surplus_that_others_link_to_stays_and_says_why(self, hq, branch):
		connect(branch, hq, [TERRITORY])
		territory = hq.create(TERRITORY)["name"]
		drain(branch, hq)
		customer = branch.create(CUSTOMER, territory=territory)["name"]
		hq.call("support.comparing:delete_silently", doctype=TERRITORY, name=territory)
		compare(branch, hq)
		[failed] = repair(branch, hq, TERRITORY, delete_surplus=True)["failed"]
		assert customer in failed["message"]
		assert branch.exists(TERRITORY, territory)
		branch.delete(CUSTOMER, customer)
		assert repair(branch, hq, TERRITORY, delete_surplus=True)["deleted"] == 1
		assert not branch.exists(TERRITORY, territory)

	def test_surplus_that_is_there_again_is_not_deleted(self, hq, branch):
		connect(branch, hq, [NOTE])
		name = hq.create(NOTE)["name"]
		drain(branch, hq)
		hq.call("support.comparing:delete_silently", doctype=NOTE, name=name)
		assert compare(branch, hq)[NOTE]["surplus"] == 1
		hq.call("support.backfilling:create_under_name", doctype=NOTE, name=name)
		result = repair(branch, hq, NOTE, delete_surplus=True)
		assert (result["deleted"], len(result["failed"])) == (0, 1)
		assert branch.exists(NOTE, name)

	def test_each_document_has_a_row_in_the_log(self, hq, branch):
		connect(branch, hq, [NOTE])
		names = sorted(create_notes(hq, 2))
		drain(branch, hq)
		hq.call("set_value_silently", doctype=NOTE, name=names[0], priority=9)
		hq.call("support.comparing:delete_silently", doctype=NOTE, name=names[1])
		compare(branch, hq)
		repair(branch, hq, NOTE, delete_surplus=True)
		logs = {log["remote_docname"]: log for log in sync_logs(branch, source="Resync")}
		assert (logs[names[0]]["status"], logs[names[1]]["update_type"]) == ("Synced", "Delete")


class TestHowItIsStarted:
	def test_from_the_form_in_the_background_and_the_repair_too(self, hq, branch):
		create_notes(hq, 3)
		connect(branch, hq, [NOTE])
		branch.call("support.comparing:start", producer_url=hq.url)
		branch.call("run_jobs")
		assert len(found(branch, kind="Missing")) == 3
		job = branch.call("support.comparing:start_repair", producer_url=hq.url, doctype=NOTE)
		branch.call("run_jobs")
		told = branch.call("support.comparing:progress", job=job)
		assert (told["finished"], told["fixed"], told["failed"]) == (True, 3, 0)
		assert assert_all_same(hq, branch, NOTE) == 3

	def test_the_schedule_takes_up_what_was_asked_for(self, hq, branch, backend):
		create_notes(hq, 3)
		connect(branch, hq, [NOTE])
		branch.call("support.comparing:start", producer_url=hq.url)
		backend.forget_jobs()
		branch.tick()
		assert len(found(branch, kind="Missing")) == 3

	def test_a_doctype_that_is_not_approved_is_refused(self, hq, branch):
		subscribe(branch, hq, [NOTE])
		with pytest.raises(SiteError, match=f"has not approved {NOTE} yet"):
			branch.call("support.comparing:start", producer_url=hq.url, doctypes=[NOTE])

	def test_a_producer_that_is_off_says_so(self, hq, branch, backend):
		connect(branch, hq, [NOTE])
		backend.stop_process(hq.web)
		try:
			result = branch.call("support.comparing:reconcile", producer_url=hq.url)
		finally:
			hq.web = backend.start_web(hq)
		assert "refuses connections" in result["error"]
		assert result[NOTE]["status"] == "Queued" and "refuses connections" in result[NOTE]["message"]

	def test_by_the_command(self, backend, hq, branch):
		connect(branch, hq, [NOTE, TICKET])
		names = sorted(create_notes(hq, 3))
		hq.create(TICKET)
		drain(branch, hq)
		printed = backend.run_command(branch, "event-streaming", "compare")
		assert [line.split()[-3:] for line in printed.splitlines() if NOTE in line] == [["100", "%", "Done"]]
		hq.call("set_value_silently", doctype=NOTE, name=names[0], priority=9)
		with pytest.raises(RuntimeError, match=r"66\.67"):
			backend.run_command(branch, "event-streaming", "compare", "--producer", hq.url, "--doctype", NOTE)
		printed = backend.run_command(branch, "event-streaming", "compare", "--doctype", NOTE, "--repair")
		assert f"{NOTE}: 1 fixed, 0 deleted, 0 failed" in printed
		assert assert_all_same(hq, branch, NOTE) == 3

	def test_deleting_the_link_forgets_what_was_found(self, hq, branch):
		create_notes(hq, 1)
		connect(branch, hq, [NOTE])
		compare(branch, hq)
		branch.delete("Event Producer", hq.url)
		assert (
			branch.rows("Event Reconciliation", ["name"]) == branch.rows("Event Difference", ["name"]) == []
		)
