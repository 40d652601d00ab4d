"""Documents that were there before a DocType was approved come when somebody asks for them."""

import pytest

from support.compare import assert_all_same, assert_same
from support.existing_documents import backfill, create_notes, in_pages
from support.link import connect, drain, reject, subscribe, sync_logs
from support.site import SiteError
from support.transport import is_mailbox

NOTE, TICKET, CUSTOMER, ITEM = "Shop Note", "Shop Ticket", "Shop Customer", "Shop Item"
INVOICE, TERRITORY = "Shop Invoice", "Shop Territory"
START = "support.backfilling:start"
CREATE_UNDER_NAME = "support.backfilling:create_under_name"


def without_pulls(calls: dict[str, int]) -> dict[str, int]:
	"""A producer that fetches its requests has this site look for news when it comes, which may be in between."""
	return {name: count for name, count in calls.items() if not (is_mailbox() and name == "get_updates")}


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
