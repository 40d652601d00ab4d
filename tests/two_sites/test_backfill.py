"""Documents that were there before a DocType was approved come when somebody asks for them."""

import time

import pytest

from support.compare import assert_all_same, assert_same
from support.kills import BACKFILL_POINTS
from support.link import connect, drain, parked, reject, subscribe, sync_logs
from support.site import SiteError
from support.transport import is_mailbox, only_over_http

NOTE, TICKET, CUSTOMER, ITEM = "Shop Note", "Shop Ticket", "Shop Customer", "Shop Item"
INVOICE, TERRITORY = "Shop Invoice", "Shop Territory"
START = "support.backfilling:start"
CREATE_UNDER_NAME = "support.backfilling:create_under_name"
IN_PAGES = "support.backfilling:backfill_in_pages"


def backfill(branch, hq, **options) -> dict:
	result = branch.call("backfill", producer_url=hq.url, **options)
	assert not result["error"], result["error"]
	return result


def without_pulls(calls: dict[str, int]) -> dict[str, int]:
	"""A producer that fetches its requests has this site look for news when it comes, which may be in between."""
	return {name: count for name, count in calls.items() if not (is_mailbox() and name == "get_updates")}


def in_pages(branch, hq, size: int, pages: int | None = None) -> dict:
	return branch.call(IN_PAGES, producer_url=hq.url, size=size, pages=pages)


def create_notes(hq, count: int) -> list[str]:
	"""In the order in which they are made, which is that of a backfill."""
	return [hq.create(NOTE)["name"] for _ in range(count)]


class TestWhatComes:
	def test_old_documents_come_each_with_a_row_in_the_log(self, hq, branch):
		names = create_notes(hq, 5)
		connect(branch, hq, [NOTE])
		assert branch.names(NOTE) == []
		state = backfill(branch, hq)[NOTE]
		assert (state["status"], state["done"], state["taken"], state["total"]) == ("Done", 5, 5, 5)
		assert state["percent"] == 100
		assert assert_all_same(hq, branch, NOTE) == 5
		logs = sync_logs(branch)
		assert [log["remote_docname"] for log in logs] == names
		assert {(log["status"], log["source"]) for log in logs} == {("Synced", "Backfill")}

	def test_with_all_that_they_link_to(self, hq, branch):
		territory = hq.create(TERRITORY)["name"]
		customer = hq.create(CUSTOMER, territory=territory)["name"]
		invoices = [hq.create(INVOICE, customer=customer)["name"] for _ in range(3)]
		hq.submit(INVOICE, invoices[0])
		hq.submit(INVOICE, invoices[1])
		hq.cancel(INVOICE, invoices[1])
		connect(branch, hq, [INVOICE])
		backfill(branch, hq)
		for doctype in (INVOICE, CUSTOMER, ITEM, TERRITORY):
			assert assert_all_same(hq, branch, doctype) > 0
		sources = {log["remote_doctype"]: log["source"] for log in sync_logs(branch)}
		assert (sources[INVOICE], sources[CUSTOMER], sources[ITEM]) == (
			"Backfill",
			"Dependency",
			"Dependency",
		)

	def test_a_tree_whose_children_come_before_their_parents(self, hq, branch):
		for name, parent in (
			("Z root", None),
			("M middle", "Z root"),
			("A leaf", "M middle"),
			("B leaf", "M middle"),
		):
			hq.create(TERRITORY, territory_name=name, parent_shop_territory=parent, is_group=1)
		connect(branch, hq, [TERRITORY])
		in_pages(branch, hq, size=1)
		assert assert_all_same(hq, branch, TERRITORY) == 4
		places = {name: branch.get(TERRITORY, name) for name in branch.names(TERRITORY)}
		assert places["Z root"]["lft"] < places["M middle"]["lft"] < places["A leaf"]["lft"]
		assert places["B leaf"]["rgt"] < places["M middle"]["rgt"] < places["Z root"]["rgt"]

	def test_documents_that_link_to_each_other_in_a_circle(self, hq, branch):
		one = hq.create(TICKET)["name"]
		other = hq.create(TICKET, caused_by=one)["name"]
		hq.update(TICKET, one, caused_by=other)
		connect(branch, hq, [TICKET])
		backfill(branch, hq)
		assert assert_all_same(hq, branch, TICKET) == 2

	def test_under_names_of_this_site(self, hq, branch):
		branch.create(TICKET)
		tickets = [hq.create(TICKET, subject=f"from hq {number}")["name"] for number in range(3)]
		connect(branch, hq, [TICKET], use_same_name=False)
		backfill(branch, hq)
		assert branch.call("count", doctype=TICKET) == 4
		origin = ["remote_document_name", "subject"]
		found = branch.rows(TICKET, origin, {"remote_site_name": hq.url})
		assert sorted(row["remote_document_name"] for row in found) == sorted(tickets)
		again = backfill(branch, hq)[TICKET]
		assert (again["taken"], again["skipped"], branch.call("count", doctype=TICKET)) == (0, 3, 4)

	def test_through_a_mapping_with_what_is_linked(self, hq, branch):
		region = branch.insert(
			"Document Type Mapping",
			mapping_name="Territory to Region",
			local_doctype="Shop Region",
			remote_doctype=TERRITORY,
			field_mapping=[{"local_fieldname": "region_name", "remote_fieldname": "territory_name"}],
		)["name"]
		mapping = branch.insert(
			"Document Type Mapping",
			mapping_name="Party to Client",
			local_doctype="Shop Client",
			remote_doctype="Shop Party",
			field_mapping=[
				{"local_fieldname": "client_name", "remote_fieldname": "party_name"},
				{
					"local_fieldname": "region",
					"remote_fieldname": "territory",
					"mapping_type": "Document",
					"mapping": region,
				},
			],
		)["name"]
		territories = [hq.create(TERRITORY)["name"] for _ in range(2)]
		parties = [hq.create("Shop Party", territory=territories[n % 2])["name"] for n in range(5)]
		connect(branch, hq, ["Shop Client"], use_same_name=False, mapping=mapping)
		state = in_pages(branch, hq, size=2)["Shop Client"]
		assert (state["remote_doctype"], state["taken"], state["failed"]) == ("Shop Party", 5, 0)
		clients = branch.rows("Shop Client", ["client_name", "region"])
		assert sorted(client["client_name"] for client in clients) == sorted(parties)
		assert {client["region"] for client in clients} == set(branch.names("Shop Region"))
		assert len(branch.names("Shop Region")) == 2

	def test_equal_names_at_two_producers(self, hq, branch, third):
		for site in (hq, third):
			site.call(CREATE_UNDER_NAME, doctype=TICKET, name="TICKET-1", subject=f"of {site.name}")
			connect(branch, site, [TICKET], use_same_name=False)
		for site in (hq, third):
			backfill(branch, site)
			backfill(branch, site)
		found = branch.rows(TICKET, ["subject", "remote_site_name"])
		assert {row["remote_site_name"]: row["subject"] for row in found} == {
			hq.url: f"of {hq.name}",
			third.url: f"of {third.name}",
		}
		assert len(found) == 2

	def test_on_to_the_next_site_and_not_back(self, hq, branch, third):
		create_notes(hq, 3)
		connect(hq, branch, [NOTE])
		connect(branch, hq, [NOTE])
		connect(third, branch, [NOTE])
		backfill(branch, hq)
		assert drain(hq, branch) == {"synced": 0, "failed": 0, "waiting": 0, "skipped": 0}
		assert drain(third, branch)["synced"] == 3
		assert assert_all_same(hq, third, NOTE) == 3

	def test_names_of_all_kinds_in_pages_of_every_size(self, hq, branch):
		names = ["a", "B", "b2", "Äpfel", "z", "10", "9", "a b", "A-1", "a_1", "Straße", "100%", "O'Neill"]
		for name in names:
			hq.create(ITEM, item_code=name)
		connect(branch, hq, [ITEM])
		for size in (1, 3, len(names)):
			state = in_pages(branch, hq, size)[ITEM]
			assert (state["status"], state["done"]) == ("Done", len(names))
		assert assert_all_same(hq, branch, ITEM) == len(names)

	@pytest.mark.usefixtures("sequences")
	def test_names_that_are_numbers(self, hq, branch):
		doctype = "Test Numbered"
		for site in (hq, branch):
			site.call(
				"support.backfilling:create_doctype", name=doctype, autoname="autoincrement", fields=["title"]
			)
		try:
			names = [str(hq.insert(doctype, title=f"number {n}")["name"]) for n in range(12)]
			assert sorted(names) != names, "the order of texts is another one"
			connect(branch, hq, [doctype])
			state = in_pages(branch, hq, size=5)[doctype]
			assert (state["status"], state["taken"]) == ("Done", 12)
			assert sorted(map(str, branch.names(doctype))) == sorted(names)
		finally:
			for site in (branch, hq):
				site.call("support.backfilling:drop_doctype", name=doctype)

	def test_a_condition_is_honoured(self, hq, branch):
		wanted = hq.create(NOTE, status="Open")["name"]
		hq.create(NOTE, status="Closed")
		connect(branch, hq, [{"ref_doctype": NOTE, "condition": '{"status": "Open"}', "use_same_name": 1}])
		state = backfill(branch, hq)[NOTE]
		assert (branch.names(NOTE), state["total"]) == ([wanted], 1)

	def test_what_the_subscriber_may_not_read_stays_there(self, hq, branch):
		user = "test-reader@example.com"
		for site in (hq, branch):
			site.call("make_user", email=user, roles=["Shop User"])
		customer = hq.create(CUSTOMER, credit_limit=777)["name"]
		connect(branch, hq, [CUSTOMER], event_subscriber=user)
		backfill(branch, hq)
		assert branch.value(CUSTOMER, customer, "credit_limit") == 0
		assert_same(hq, branch, CUSTOMER, customer, except_fields=("credit_limit",))

	def test_what_came_from_the_consumer_does_not_go_back(self, hq, branch):
		connect(hq, branch, [NOTE])
		ours = branch.create(NOTE, title="ours")["name"]
		drain(hq, branch)
		theirs = hq.create(NOTE, title="theirs")["name"]
		connect(branch, hq, [NOTE])
		branch.update(NOTE, ours, title="ours, changed since")
		state = backfill(branch, hq)[NOTE]
		assert (state["taken"], state["skipped"]) == (1, 0)
		assert branch.value(NOTE, ours, "title") == "ours, changed since"
		assert_same(hq, branch, NOTE, theirs)

	def test_what_is_here_already_is_not_written(self, hq, branch):
		connect(branch, hq, [NOTE])
		names = create_notes(hq, 3)
		drain(branch, hq)
		before = [branch.value(NOTE, name, "modified") for name in names]
		rows = len(sync_logs(branch))
		result = backfill(branch, hq)
		assert (result[NOTE]["taken"], result[NOTE]["skipped"]) == (0, 3)
		assert [branch.value(NOTE, name, "modified") for name in names] == before
		assert len(sync_logs(branch)) == rows
		assert without_pulls(result["calls"]) == {"list_documents": 1}, "nothing is fetched"

	def test_what_was_changed_while_nothing_was_approved_is_made_equal(self, hq, branch):
		connect(branch, hq, [NOTE])
		name = hq.create(NOTE)["name"]
		drain(branch, hq)
		reject(hq, branch)
		hq.update(NOTE, name, priority=9)
		subscribe(branch, hq, [NOTE])
		connect(branch, hq, [NOTE])
		hq.call("set_value_silently", doctype=NOTE, name=name, priority=10)
		branch.call("support.trouble:doubt_all_documents", producer_url=hq.url)
		assert backfill(branch, hq)[NOTE]["taken"] == 1
		assert_same(hq, branch, NOTE, name)

	def test_it_costs_two_requests_a_page(self, hq, branch):
		create_notes(hq, 250)
		connect(branch, hq, [NOTE])
		unhurried = "support.backfilling:backfill_however_long_a_page_takes"
		calls = branch.call(unhurried, producer_url=hq.url)["calls"]
		assert without_pulls(calls) == {"list_documents": 3, "get_documents": 3}
		assert assert_all_same(hq, branch, NOTE) == 250


class TestWhatIsRefused:
	@pytest.mark.parametrize("status", ["Pending", "Rejected"])
	def test_a_doctype_that_is_not_approved(self, hq, branch, status):
		create_notes(hq, 1)
		connect(branch, hq, [NOTE, TICKET])
		hq.call("set_consumer_status", callback_url=branch.url, status=status, doctypes=[NOTE])
		drain(branch, hq)
		with pytest.raises(SiteError, match=f"has not approved {NOTE} yet"):
			branch.call(START, producer_url=hq.url, doctypes=[NOTE])
		assert branch.call("support.backfilling:state", producer_url=hq.url) == {}

	def test_a_doctype_that_nobody_subscribed_to(self, hq, branch):
		connect(branch, hq, [NOTE])
		with pytest.raises(SiteError, match=f"not subscribed to {TICKET}"):
			branch.call(START, producer_url=hq.url, doctypes=[TICKET])

	def test_an_approval_that_ends_in_the_middle(self, hq, branch):
		names = create_notes(hq, 4)
		connect(branch, hq, [NOTE])
		in_pages(branch, hq, size=2, pages=1)
		reject(hq, branch)
		connect(branch, hq, [TICKET])
		hq.call("set_consumer_status", callback_url=branch.url, status="Rejected", doctypes=[NOTE])
		branch.call("support.backfilling:restart_as_approved", producer_url=hq.url, doctype=NOTE)
		state = in_pages(branch, hq, size=2)[NOTE]
		assert state["status"] == "Failed" and f"{NOTE} is not approved" in state["message"]
		assert sorted(branch.names(NOTE)) == sorted(names[:2])

	def test_a_paused_link(self, hq, branch):
		connect(branch, hq, [NOTE])
		branch.update("Event Producer", hq.url, paused=1)
		result = branch.call("backfill", producer_url=hq.url)
		assert "is paused. Resume it first" in result["error"]
		assert result[NOTE]["status"] == "Queued"


class TestThatItGoesOn:
	def test_stopped_and_started_again_it_goes_on_where_it_was(self, hq, branch):
		names = create_notes(hq, 10)
		connect(branch, hq, [NOTE])
		stopped = in_pages(branch, hq, size=3, pages=2)[NOTE]
		assert (stopped["status"], stopped["done"]) == ("Stopped", 6)
		assert sorted(branch.names(NOTE)) == sorted(names[:6])
		finished = in_pages(branch, hq, size=3)
		assert (finished[NOTE]["status"], finished[NOTE]["done"], finished[NOTE]["taken"]) == ("Done", 10, 10)
		assert finished["calls"]["list_documents"] == 2
		assert assert_all_same(hq, branch, NOTE) == 10

	@pytest.mark.parametrize("point", BACKFILL_POINTS)
	def test_killed_in_the_middle_it_goes_on_where_it_was(self, hq, branch, point):
		customers = [hq.create(CUSTOMER)["name"] for _ in range(3)]
		for number in range(9):
			hq.create(TICKET, customer=customers[number % 3])
		create_notes(hq, 5)
		poison = hq.create(NOTE, title="POISON")["name"]
		connect(branch, hq, [TICKET, NOTE])
		branch.configure(shop_reject_poison=1)
		for nth in (1, 2, 3):
			shell = branch.open_shell()
			shell.send("support.kills:backfill_and_die", producer_url=hq.url, point=point, nth=nth, size=4)
			died = not shell.process.stdout.readline()
			shell.kill()
			assert died or nth > 1, "it never came to that point"
		finished = patiently(branch, hq)
		assert finished[TICKET]["done"] == 9 and finished[NOTE]["done"] == 6
		assert [row["remote_docname"] for row in parked(branch)] == [poison]
		branch.configure(shop_reject_poison=None)
		branch.call("resync", names=[log["name"] for log in sync_logs(branch, status="Failed")])
		for doctype, count in ((TICKET, 9), (CUSTOMER, 3), (NOTE, 6)):
			assert assert_all_same(hq, branch, doctype) == count
		logged = [
			(log["remote_doctype"], log["remote_docname"]) for log in sync_logs(branch, source="Backfill")
		]
		assert len(logged) == len(set(logged)), "a document is logged once"

	def test_a_page_that_somebody_else_has_taken_meanwhile_does_not_count(self, hq, branch, tmp_path):
		create_notes(hq, 5)
		connect(branch, hq, [NOTE])
		go_on = held_up(branch, hq, "list_documents", tmp_path)
		assert in_pages(branch, hq, size=3, pages=1)[NOTE]["done"] == 3
		branch.call(START, producer_url=hq.url, doctypes=[NOTE])
		state = go_on()[NOTE]
		assert (state["status"], state["done"], state["taken"], state["skipped"]) == ("Done", 5, 5, 0)
		assert assert_all_same(hq, branch, NOTE) == 5

	def test_stopped_with_a_page_under_way_it_takes_no_more(self, hq, branch, tmp_path):
		create_notes(hq, 5)
		connect(branch, hq, [NOTE])
		go_on = held_up(branch, hq, "list_documents", tmp_path)
		branch.call("support.backfilling:stop", producer_url=hq.url)
		state = go_on()[NOTE]
		assert (state["status"], state["done"], branch.names(NOTE)) == ("Stopped", 0, [])

	def test_the_schedule_takes_up_what_was_begun(self, hq, branch):
		create_notes(hq, 4)
		connect(branch, hq, [NOTE])
		branch.call(START, producer_url=hq.url, doctypes=[NOTE])
		branch.tick()
		assert branch.call("support.backfilling:state", producer_url=hq.url)[NOTE]["status"] == "Done"
		assert assert_all_same(hq, branch, NOTE) == 4

	@only_over_http("its web server is not asked")
	def test_a_producer_that_is_off_is_asked_again_later(self, hq, branch, backend):
		create_notes(hq, 4)
		connect(branch, hq, [NOTE])
		backend.stop_process(hq.web)
		try:
			result = branch.call("backfill", producer_url=hq.url)
		finally:
			hq.web = backend.start_web(hq)
		assert "refuses connections" in result["error"]
		assert result[NOTE]["status"] == "Running" and "refuses connections" in result[NOTE]["message"]
		branch.tick()
		state = branch.call("support.backfilling:state", producer_url=hq.url)[NOTE]
		assert (state["status"], state["message"]) == ("Done", None)
		assert assert_all_same(hq, branch, NOTE) == 4


def held_up(branch, hq, after: str, folder):
	"""A backfill in another process, that waits with an answer of `after` in its hand.

	:returns: lets it go on, and gives its result
	"""
	waiting, go_on = folder / "waiting", folder / "go on"
	shell = branch.open_shell()
	files = {"waiting": str(waiting), "go_on": str(go_on)}
	shell.send("support.backfilling:backfill_held_up", producer_url=hq.url, after=after, **files)
	end = time.monotonic() + 30
	while not waiting.exists() and time.monotonic() < end:
		time.sleep(0.02)

	def let_go() -> dict:
		go_on.touch()
		return shell.receive()

	return let_go


def patiently(branch, hq) -> dict:
	"""The database may take a moment to notice that the last process is dead."""
	for _try in range(50):
		result = in_pages(branch, hq, size=4)
		if not result["error"]:
			return result
		time.sleep(0.2)
	raise AssertionError(result["error"])


class TestWhileChangesGoOn:
	"""Some documents have come, the others have not, and something happens at the producer."""

	@pytest.fixture
	def names(self, hq, branch) -> list[str]:
		names = create_notes(hq, 6)
		connect(branch, hq, [NOTE])
		in_pages(branch, hq, size=3, pages=1)
		assert sorted(branch.names(NOTE)) == sorted(names[:3])
		return names

	@pytest.mark.parametrize("when", ["pulled before the rest", "pulled after the rest"])
	@pytest.mark.parametrize("place", ["come", "not come"])
	@pytest.mark.parametrize("change", ["update", "delete", "rename", "rename to the front", "recreate"])
	def test_a_change(self, hq, branch, names, change, place, when):
		name = names[1 if place == "come" else 4]
		if change == "update":
			hq.update(NOTE, name, priority=7, title="changed")
		elif change == "rename":
			hq.rename(NOTE, name, "zzzz-renamed")
			hq.update(NOTE, "zzzz-renamed", priority=8)
		elif change == "rename to the front":
			hq.rename(NOTE, name, "0000-renamed")
			hq.update(NOTE, "0000-renamed", priority=8)
		else:
			hq.delete(NOTE, name)
		if change == "recreate":
			hq.call(CREATE_UNDER_NAME, doctype=NOTE, name=name, title="another life")
		steps = [lambda: drain(branch, hq), lambda: in_pages(branch, hq, size=3)]
		for step in steps if when == "pulled before the rest" else reversed(steps):
			step()
		assert assert_all_same(hq, branch, NOTE) == (5 if change == "delete" else 6)
		assert parked(branch) == []
		hq.update(NOTE, hq.names(NOTE)[0], priority=11)
		drain(branch, hq)
		assert_all_same(hq, branch, NOTE)

	@pytest.mark.parametrize("change", ["update", "delete", "rename"])
	def test_a_change_between_the_reading_and_the_writing_of_a_page(self, hq, branch, tmp_path, change):
		names = create_notes(hq, 3)
		connect(branch, hq, [NOTE])
		go_on = held_up(branch, hq, "get_documents", tmp_path)
		if change == "update":
			hq.update(NOTE, names[1], priority=7)
		elif change == "delete":
			hq.delete(NOTE, names[1])
		else:
			hq.rename(NOTE, names[1], "renamed")
		assert go_on()[NOTE]["taken"] == 3
		if not is_mailbox():  # there, the backfill does the pull that a producer asks for as it comes
			assert branch.exists(NOTE, names[1]), "it was read before"
		drain(branch, hq)
		assert assert_all_same(hq, branch, NOTE) == (2 if change == "delete" else 3)

	def test_a_rename_where_names_are_this_sites_own(self, hq, branch):
		names = create_notes(hq, 6)
		connect(branch, hq, [NOTE], use_same_name=False)
		in_pages(branch, hq, size=3, pages=1)
		hq.rename(NOTE, names[1], "zzzz-renamed")
		hq.update(NOTE, "zzzz-renamed", priority=8)
		in_pages(branch, hq, size=3)
		drain(branch, hq)
		found = branch.rows(NOTE, ["remote_document_name", "priority"])
		assert sorted(row["remote_document_name"] for row in found) == sorted(hq.names(NOTE))
		assert [row["priority"] for row in found if row["remote_document_name"] == "zzzz-renamed"] == [8]

	def test_who_asks_for_a_pull_gets_it_between_two_pages(self, hq, branch, names):
		news = "zzzz-news"
		hq.call(CREATE_UNDER_NAME, doctype=NOTE, name=news, title="news")
		result = branch.call("support.backfilling:backfill_asked_for_pulls", producer_url=hq.url, size=1)
		assert result["calls"]["get_updates"] == result["calls"]["list_documents"]
		assert [log["source"] for log in sync_logs(branch, remote_docname=news)] == ["Feed"]
		assert assert_all_same(hq, branch, NOTE) == 7


class TestWhatFails:
	@pytest.fixture
	def poison(self, hq, branch) -> str:
		create_notes(hq, 4)
		poison = hq.create(NOTE, title="POISON")["name"]
		connect(branch, hq, [NOTE])
		branch.configure(shop_reject_poison=1)
		return poison

	def test_fails_alone_and_says_so(self, hq, branch, poison):
		state = backfill(branch, hq)[NOTE]
		assert (state["status"], state["taken"], state["failed"]) == ("Done", 4, 1)
		[log] = sync_logs(branch, status="Failed")
		assert (log["remote_docname"], log["source"]) == (poison, "Backfill")
		assert log["message"] == "POISON is poison to this site" and "armed.py" in log["error"]
		assert [row["remote_docname"] for row in parked(branch)] == [poison]

	@pytest.mark.parametrize("changed", [False, True])
	def test_is_fixed_by_resync_with_what_has_happened_since(self, hq, branch, poison, changed):
		backfill(branch, hq)
		if changed:
			hq.update(NOTE, poison, priority=5)
			assert drain(branch, hq)["waiting"] == 1
		branch.configure(shop_reject_poison=None)
		[failed] = sync_logs(branch, status="Failed")
		assert branch.call("resync", names=[failed["name"]]) == {"fixed": 1, "failed": []}
		assert parked(branch) == []
		assert sync_logs(branch, status="Failed") == sync_logs(branch, status="Waiting") == []
		assert sync_logs(branch, source="Backfill", remote_docname=poison)[0]["status"] == "Synced"
		assert assert_all_same(hq, branch, NOTE) == 5

	def test_is_fixed_by_resync_from_source(self, hq, branch, poison):
		backfill(branch, hq)
		hq.update(NOTE, poison, title="Antidote")
		[failed] = sync_logs(branch, status="Failed")
		branch.call("resync_from_source", name=failed["name"])
		drain(branch, hq)
		assert assert_all_same(hq, branch, NOTE) == 5
		assert parked(branch) == []

	def test_is_tried_again_by_itself(self, hq, branch, poison):
		backfill(branch, hq)
		branch.configure(shop_reject_poison=None)
		branch.call("make_retries_due")
		drain(branch, hq)
		assert assert_all_same(hq, branch, NOTE) == 5
		assert parked(branch) == []

	def test_that_is_gone_by_the_time_it_is_tried_again_is_skipped(self, hq, branch, poison):
		backfill(branch, hq)
		hq.delete(NOTE, poison)
		[failed] = sync_logs(branch, status="Failed")
		branch.call("resync", names=[failed["name"]])
		drain(branch, hq)
		assert parked(branch) == []
		assert sync_logs(branch, source="Backfill", remote_docname=poison)[0]["status"] == "Skipped"

	def test_what_links_to_it_waits_for_it(self, hq, branch):
		branch.call("make_mandatory", doctype=CUSTOMER, fieldname="tax_id")
		customer = hq.create(CUSTOMER)["name"]
		ticket = hq.create(TICKET, customer=customer)["name"]
		connect(branch, hq, [CUSTOMER, TICKET])
		result = backfill(branch, hq)
		assert (result[CUSTOMER]["failed"], result[TICKET]["waiting"]) == (1, 1)
		branch.call("make_optional", doctype=CUSTOMER, fieldname="tax_id")
		branch.call("resync", names=[log["name"] for log in sync_logs(branch, status="Failed")])
		assert_same(hq, branch, TICKET, ticket)
		assert parked(branch) == [] and sync_logs(branch, status="Waiting") == []

	def test_a_document_that_no_answer_can_hold(self, hq, branch):
		small = hq.create(NOTE)["name"]
		large = hq.create(NOTE, content="x" * 200_000)["name"]
		connect(branch, hq, [NOTE])
		result = branch.call(
			"support.backfilling:backfill_with_answers_up_to", producer_url=hq.url, size=100_000
		)
		assert (result[NOTE]["status"], result[NOTE]["taken"], result[NOTE]["failed"]) == ("Done", 1, 1)
		assert branch.names(NOTE) == [small]
		[log] = sync_logs(branch, status="Failed")
		assert log["remote_docname"] == large and "answered with more than" in log["message"]
		branch.call("resync", names=[log["name"]])
		assert_same(hq, branch, NOTE, large)

	def test_a_document_of_this_site_is_not_overwritten(self, hq, branch):
		for site in (hq, branch):
			site.create(ITEM, item_code="Bolt", item_name=f"Bolt of {site.name}")
		connect(branch, hq, [ITEM])
		assert backfill(branch, hq)[ITEM]["failed"] == 1
		[log] = sync_logs(branch, status="Failed")
		assert "is on this site already and did not come from" in log["message"]
		assert branch.value(ITEM, "Bolt", "item_name") == f"Bolt of {branch.name}"

	def test_a_controller_that_commits_and_one_that_fails_on_the_same_page(self, hq, branch):
		for title in ("COMMITS one", "COMMITS POISON", "fine"):
			hq.create(NOTE, title=title)
		connect(branch, hq, [NOTE])
		branch.configure(shop_reject_poison=1, shop_commit_early=1)
		state = backfill(branch, hq)[NOTE]
		assert (state["status"], state["done"], state["failed"]) == ("Done", 3, 1)
		branch.configure(shop_reject_poison=None)
		branch.call("resync", names=[log["name"] for log in sync_logs(branch, status="Failed")])
		assert assert_all_same(hq, branch, NOTE) == 3


def test_the_command_runs_until_nothing_is_left_and_prints_what_came(backend, hq, branch):
	create_notes(hq, 120)
	hq.create(TICKET)
	connect(branch, hq, [NOTE, TICKET])
	printed = backend.run_command(branch, "event-streaming", "backfill", "--doctype", NOTE)
	assert hq.url in printed
	assert f"{NOTE}: 120 taken, 0 here already, 0 failed, 0 waiting (Done)" in printed
	assert assert_all_same(hq, branch, NOTE) == 120
	assert branch.names(TICKET) == []
	backend.run_command(branch, "event-streaming", "backfill", "--producer", hq.url)
	assert assert_all_same(hq, branch, TICKET) == 1


def test_the_command_refuses_what_is_not_approved(backend, hq, branch):
	connect(branch, hq, [NOTE])
	with pytest.raises(RuntimeError, match="not subscribed to Shop Ticket"):
		backend.run_command(branch, "event-streaming", "backfill", "--doctype", TICKET)


def test_deleting_the_link_forgets_how_far_it_was(hq, branch):
	create_notes(hq, 4)
	connect(branch, hq, [NOTE])
	in_pages(branch, hq, size=2, pages=1)
	branch.delete("Event Producer", hq.url)
	assert branch.rows("Event Backfill", ["name"]) == []


class TestAConditionThatHardlyAnythingMatches:
	def test_a_page_ends_by_time_and_the_next_goes_on_from_there(self, hq, branch):
		connect(branch, hq, [{"ref_doctype": NOTE, "condition": '[["status", "=", "Closed"]]'}])
		hq.call("make_many_notes", count=9000, rare=3000)
		pages = hq.call("list_impatiently", callback_url=branch.url, doctype=NOTE)
		assert [name for page in pages for name in page["names"]] == [
			f"MANY-{n:08}" for n in (3000, 6000, 9000)
		]
		assert len(pages) > 5, "each ends after a look at a thousand names"
		branch.call("backfill", producer_url=hq.url)
		assert sorted(branch.names(NOTE)) == [f"MANY-{number:08}" for number in (3000, 6000, 9000)]
