"""Two sites are compared, document by document where it must be, and what differs is taken from the source."""

import json

import pytest

from support.compare import assert_all_same, assert_same
from support.link import connect, drain, parked, subscribe, sync_logs
from support.site import SiteError

NOTE, TICKET, CUSTOMER, ITEM = "Shop Note", "Shop Ticket", "Shop Customer", "Shop Item"
INVOICE, TERRITORY, SAMPLER = "Shop Invoice", "Shop Territory", "Shop Field Sampler"
SILENTLY = "support.comparing:set_row_silently"


def compare(branch, hq, doctypes: list[str] | None = None) -> dict:
	result = branch.call("support.comparing:reconcile", producer_url=hq.url, doctypes=doctypes)
	assert not result["error"], result["error"]
	return result


def repair(branch, hq, doctype: str, **options) -> dict:
	return branch.call("support.comparing:repair", producer_url=hq.url, doctype=doctype, **options)


def found(branch, **filters) -> dict[str, tuple[str, dict]]:
	"""Listed documents: kind and differences by the name at the source."""
	rows = branch.rows("Event Difference", ["remote_docname", "kind", "differences"], filters)
	return {row["remote_docname"]: (row["kind"], json.loads(row["differences"])) for row in rows}


def figures(row: dict) -> tuple:
	return tuple(
		row[kind] for kind in ("there", "here", "equal", "missing", "different", "surplus", "behind")
	)


def assert_equal(row: dict, count: int) -> None:
	assert (row["status"], row["percent"]) == ("Done", 100)
	assert figures(row) == (count, count, count, 0, 0, 0, 0)


def create_notes(hq, count: int) -> list[str]:
	return sorted(hq.create(NOTE)["name"] for _ in range(count))


class TestEqualSites:
	def test_cost_a_request_for_each_doctype(self, hq, branch):
		connect(branch, hq, [NOTE, INVOICE, CUSTOMER])
		create_notes(hq, 120)
		for _ in range(3):
			hq.submit(INVOICE, hq.create(INVOICE)["name"])
		drain(branch, hq)
		result = compare(branch, hq)
		assert_equal(result[NOTE], 120)
		assert_equal(result[INVOICE], 3)
		assert_equal(result[CUSTOMER], 3)
		assert result["calls"] == {"get_updates": 1, "summarise_documents": 3}
		assert branch.rows("Event Difference", ["name"]) == []

	@pytest.mark.parametrize("size", [1, 4, 7])
	def test_however_many_documents_are_in_one_summary(self, hq, branch, size):
		connect(branch, hq, [NOTE])
		create_notes(hq, 12)
		drain(branch, hq)
		result = branch.call("support.comparing:reconcile_in_pieces", producer_url=hq.url, size=size)
		assert_equal(result[NOTE], 12)
		assert "list_documents" not in result["calls"]

	def test_values_of_every_type(self, hq, branch):
		connect(branch, hq, [SAMPLER])
		for _ in range(3):
			hq.create(SAMPLER)
		hq.insert(SAMPLER, title="empty")
		drain(branch, hq)
		result = compare(branch, hq)
		assert_equal(result[SAMPLER], 4)

	def test_json_that_is_written_otherwise(self, hq, branch):
		"""As on two sites of which one is on Postgres, which hands over what it read and not the text."""
		connect(branch, hq, [SAMPLER])
		name = hq.create(SAMPLER, json_field='{"b": [1, 2.5], "a": "ü"}')["name"]
		drain(branch, hq)
		branch.call(
			"set_value_silently", doctype=SAMPLER, name=name, json_field='{"a":"\\u00fc","b":[1,2.5]}'
		)
		result = compare(branch, hq)
		assert_equal(result[SAMPLER], 1)
		assert "get_documents" not in result["calls"]
		branch.call("set_value_silently", doctype=SAMPLER, name=name, json_field='{"a":"ü","b":[1,3]}')
		assert compare(branch, hq)[SAMPLER]["different"] == 1

	def test_trees_links_in_rows_and_cancelled_documents(self, hq, branch):
		connect(branch, hq, [TERRITORY, INVOICE, TICKET])
		parent = hq.create(TERRITORY, is_group=1)["name"]
		hq.create(TERRITORY, parent_shop_territory=parent)
		invoice = hq.create(INVOICE, territory=parent)["name"]
		hq.submit(INVOICE, invoice)
		hq.cancel(INVOICE, invoice)
		hq.call("amend", doctype=INVOICE, name=invoice)
		hq.create(TICKET, reference_doctype=INVOICE, reference_name=invoice)
		drain(branch, hq)
		result = compare(branch, hq)
		for doctype, count in ((TERRITORY, 2), (INVOICE, 2), (TICKET, 1)):
			assert_equal(result[doctype], count)

	def test_names_of_all_kinds(self, hq, branch):
		connect(branch, hq, [ITEM])
		names = ["a", "B", "b2", "Äpfel", "z", "10", "9", "a b", "A-1", "a_1", "Straße", "100%", "O'Neill"]
		for name in names:
			hq.create(ITEM, item_code=name)
		drain(branch, hq)
		for size in (2, 5):
			result = branch.call("support.comparing:reconcile_in_pieces", producer_url=hq.url, size=size)
			assert_equal(result[ITEM], len(names))

	def test_with_a_condition_that_some_do_not_match(self, hq, branch):
		rows = [{"ref_doctype": CUSTOMER, "condition": '{"customer_group": "Retail"}', "use_same_name": 1}]
		connect(branch, hq, [*rows, {"ref_doctype": INVOICE, "use_same_name": 1}])
		wholesale = hq.create(CUSTOMER, customer_group="Wholesale")["name"]
		hq.create(CUSTOMER, customer_group="Wholesale")
		hq.create(CUSTOMER, customer_group="Retail")
		invoice = hq.create(INVOICE, customer=wholesale)["name"]
		drain(branch, hq)
		assert not branch.exists(CUSTOMER, wholesale), "the condition holds for what is linked to, too"
		[failed] = parked(branch)
		assert failed["remote_docname"] == invoice and wholesale in failed["message"]
		assert_equal(compare(branch, hq)[CUSTOMER], 1)

	def test_where_the_subscriber_may_not_read_all(self, hq, branch):
		user = "test-reader@example.com"
		for site in (hq, branch):
			site.call("make_user", email=user, roles=["Shop User"])
		connect(branch, hq, [CUSTOMER], event_subscriber=user)
		hq.create(CUSTOMER, credit_limit=777)
		drain(branch, hq)
		result = compare(branch, hq)
		assert_equal(result[CUSTOMER], 1)
		assert "get_documents" not in result["calls"]

	def test_where_each_site_has_a_field_of_its_own(self, hq, branch):
		doctype, create = "Test Own Fields", "support.backfilling:create_doctype"
		hq.call(create, name=doctype, autoname="hash", fields=["title", "theirs"])
		branch.call(create, name=doctype, autoname="hash", fields=["title", "ours"])
		try:
			connect(branch, hq, [doctype])
			name = hq.insert(doctype, title="x", theirs="unknown here")["name"]
			drain(branch, hq)
			branch.update(doctype, name, ours="unknown there")
			result = compare(branch, hq)
			assert_equal(result[doctype], 1)
			assert "list_documents" not in result["calls"]
			hq.call("set_value_silently", doctype=doctype, name=name, title="y")
			assert compare(branch, hq)[doctype]["different"] == 1
			assert found(branch)[name] == ("Different", {"title": ["y", "x"]})
		finally:
			for site in (branch, hq):
				site.call("support.backfilling:drop_doctype", name=doctype)

	@pytest.mark.usefixtures("sequences")
	def test_names_that_are_numbers(self, hq, branch):
		doctype = "Test Numbered"
		for site in (hq, branch):
			site.call(
				"support.backfilling:create_doctype", name=doctype, autoname="autoincrement", fields=["title"]
			)
		try:
			connect(branch, hq, [doctype])
			names = [hq.insert(doctype, title=f"number {n}")["name"] for n in range(12)]
			drain(branch, hq)
			for size in (5, 5000):
				result = branch.call("support.comparing:reconcile_in_pieces", producer_url=hq.url, size=size)
				assert_equal(result[doctype], 12)
			hq.call("set_value_silently", doctype=doctype, name=names[10], title="y")
			assert compare(branch, hq)[doctype]["different"] == 1
			assert repair(branch, hq, doctype)["fixed"] == 1
			assert branch.value(doctype, names[10], "title") == "y"
		finally:
			for site in (branch, hq):
				site.call("support.backfilling:drop_doctype", name=doctype)

	@pytest.mark.parametrize("doctype", [TICKET, INVOICE])
	def test_under_names_of_this_site(self, hq, branch, doctype):
		branch.create(doctype)
		connect(branch, hq, [doctype, CUSTOMER], use_same_name=False)
		customer = hq.create(CUSTOMER)["name"]
		hq.create(doctype, customer=customer)
		hq.create(doctype, customer=customer)
		drain(branch, hq)
		assert_equal(compare(branch, hq)[doctype], 2)

	def test_what_was_made_here_is_not_compared(self, hq, branch):
		connect(hq, branch, [NOTE])
		connect(branch, hq, [NOTE])
		ours, theirs = branch.create(NOTE)["name"], hq.create(NOTE)["name"]
		drain(hq, branch), drain(branch, hq)
		hq.update(NOTE, ours, priority=4)
		drain(branch, hq)
		branch.call("set_value_silently", doctype=NOTE, name=ours, priority=5)
		branch.create(NOTE, title="known to nobody")
		assert_equal(compare(branch, hq)[NOTE], 1)
		assert_same(hq, branch, NOTE, theirs)


class TestWhatIsFound:
	@pytest.fixture
	def names(self, hq, branch) -> list[str]:
		connect(branch, hq, [NOTE])
		names = create_notes(hq, 8)
		drain(branch, hq)
		return names

	@pytest.mark.parametrize("size", [3, 5000])
	def test_all_kinds_at_once_and_fixed(self, hq, branch, names, size):
		hq.call("set_value_silently", doctype=NOTE, name=names[1], priority=42)
		branch.call("set_value_silently", doctype=NOTE, name=names[2], title="changed here")
		branch.call("support.comparing:delete_silently", doctype=NOTE, name=names[3])
		hq.call("support.comparing:delete_silently", doctype=NOTE, name=names[4])
		silent = hq.call("support.comparing:insert_silently", doctype=NOTE)
		result = branch.call("support.comparing:reconcile_in_pieces", producer_url=hq.url, size=size)
		assert figures(result[NOTE]) == (8, 7, 4, 2, 2, 1, 0)
		assert result[NOTE]["percent"] == 50
		listed = found(branch)
		assert listed[names[1]] == ("Different", {"priority": [42, 1]})
		assert listed[names[2]][0] == "Different" and listed[names[2]][1]["title"][1] == "changed here"
		assert listed[names[3]][0] == listed[silent][0] == "Missing"
		assert listed[names[4]][0] == "Surplus"
		assert len(listed) == 5

		fixed = repair(branch, hq, NOTE)
		assert fixed == {"fixed": 4, "deleted": 0, "failed": []}
		assert branch.exists(NOTE, names[4]), "nobody asked to delete it"
		fixed = repair(branch, hq, NOTE, delete_surplus=True)
		assert fixed == {"fixed": 0, "deleted": 1, "failed": []}
		assert assert_all_same(hq, branch, NOTE) == 8
		row = branch.rows("Event Reconciliation", ["there", "here", "equal", "percent"])[0]
		assert list(row.values()) == [8, 8, 8, 100]
		assert found(branch) == {}
		assert_equal(compare(branch, hq)[NOTE], 8)
		drain(branch, hq)
		assert_equal(compare(branch, hq)[NOTE], 8)

	def test_only_where_it_differs_documents_are_listed_and_fetched(self, hq, branch, names):
		hq.call("set_value_silently", doctype=NOTE, name=names[1], priority=42)
		result = branch.call("support.comparing:reconcile_in_pieces", producer_url=hq.url, size=4)
		assert result["calls"] == {
			"get_updates": 1,
			"summarise_documents": 2,
			"list_documents": 1,
			"get_documents": 1,
		}

	def test_a_drift_in_a_row_of_a_table(self, hq, branch):
		connect(branch, hq, [INVOICE])
		one, other = hq.create(INVOICE)["name"], hq.create(INVOICE)["name"]
		hq.submit(INVOICE, one)
		drain(branch, hq)
		hq.call(SILENTLY, doctype=INVOICE, name=one, table="items", row=2, warehouse="Elsewhere")
		row = hq.get(INVOICE, other)["items"][1]["name"]
		hq.call("support.comparing:delete_silently", doctype="Shop Invoice Item", name=row)
		assert figures(compare(branch, hq)[INVOICE]) == (2, 2, 0, 0, 2, 0, 0)
		assert found(branch)[one] == ("Different", {"items[2].warehouse": ["Elsewhere", "Main"]})
		assert list(found(branch)[other][1]) == ["items"]
		assert repair(branch, hq, INVOICE)["fixed"] == 2
		assert assert_all_same(hq, branch, INVOICE) == 2

	def test_a_drift_of_a_document_under_a_name_of_this_site(self, hq, branch):
		branch.create(TICKET)
		connect(branch, hq, [TICKET, CUSTOMER], use_same_name=False)
		customers = [hq.create(CUSTOMER)["name"] for _ in range(2)]
		ticket = hq.create(TICKET, customer=customers[0])["name"]
		drain(branch, hq)
		hq.call("set_value_silently", doctype=TICKET, name=ticket, customer=customers[1], subject="changed")
		assert figures(compare(branch, hq)[TICKET]) == (1, 1, 0, 0, 1, 0, 0)
		assert set(found(branch)[ticket][1]) == {"customer", "subject"}
		assert repair(branch, hq, TICKET)["fixed"] == 1
		assert_equal(compare(branch, hq)[TICKET], 1)

	def test_a_drift_of_a_mapped_document(self, hq, branch):
		mapping = branch.insert(
			"Document Type Mapping",
			mapping_name="Party to Client",
			local_doctype="Shop Client",
			remote_doctype="Shop Party",
			field_mapping=[
				{"local_fieldname": "client_name", "remote_fieldname": "party_name"},
				{"local_fieldname": "source", "remote_fieldname": "city"},
			],
		)["name"]
		connect(branch, hq, ["Shop Client"], use_same_name=False, mapping=mapping)
		party = hq.create("Shop Party", city="Bremen")["name"]
		drain(branch, hq)
		assert_equal(compare(branch, hq)["Shop Client"], 1)
		hq.call("set_value_silently", doctype="Shop Party", name=party, city="Hamburg", turnover=5)
		assert figures(compare(branch, hq)["Shop Client"]) == (1, 1, 0, 0, 1, 0, 0)
		assert found(branch)[party] == ("Different", {"source": ["Hamburg", "Bremen"]})
		assert repair(branch, hq, "Shop Client")["fixed"] == 1
		assert_equal(compare(branch, hq)["Shop Client"], 1)

	def test_markup_that_this_site_has_sanitized_is_no_difference(self, hq, branch, names):
		dirty = "<p>text</p><script>alert(1)</script>"
		hq.call("set_value_silently", doctype=NOTE, name=names[0], content=dirty)
		assert compare(branch, hq)[NOTE]["different"] == 1
		assert repair(branch, hq, NOTE)["fixed"] == 1
		assert "<script" not in branch.value(NOTE, names[0], "content")
		assert_equal(compare(branch, hq)[NOTE], 8)

	def test_documents_from_before_the_approval_are_missing(self, hq, branch):
		names = create_notes(hq, 3)
		connect(branch, hq, [NOTE])
		assert figures(compare(branch, hq)[NOTE]) == (3, 0, 0, 3, 0, 0, 0)
		assert {kind for kind, _differences in found(branch).values()} == {"Missing"}
		assert repair(branch, hq, NOTE, names=names[:2]) == {"fixed": 2, "deleted": 0, "failed": []}
		assert sorted(branch.names(NOTE)) == names[:2]
		assert list(found(branch)) == names[2:]


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
		names = create_notes(hq, 3)
		drain(branch, hq)
		hq.call("set_value_silently", doctype=NOTE, name=names[0], priority=42)
		go_on = held_up(branch, hq, "get_updates", tmp_path)
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


def held_up(branch, hq, after: str, folder):
	"""A comparison in another process, that waits with an answer of `after` in its hand.

	:returns: lets it go on, and gives its result
	"""
	import time

	waiting, go_on = folder / "waiting", folder / "go on"
	shell = branch.open_shell()
	files = {"waiting": str(waiting), "go_on": str(go_on)}
	shell.send("support.comparing:reconcile_held_up", producer_url=hq.url, after=after, **files)
	end = time.monotonic() + 30
	while not waiting.exists() and time.monotonic() < end:
		time.sleep(0.02)

	def let_go() -> dict:
		go_on.touch()
		return shell.receive()

	return let_go


class TestRepair:
	def test_what_cannot_be_fixed_says_why_and_leaves_the_others(self, hq, branch):
		connect(branch, hq, [NOTE])
		names = create_notes(hq, 4)
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
		names = create_notes(hq, 2)
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
		names = create_notes(hq, 3)
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
