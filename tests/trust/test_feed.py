"""What a consumer is told, asked with its own key and not by its own program."""

import json

import pytest

from support.consumer_key import Consumer
from support.link import approve, connect, reject, statuses, subscribe, update_logs

NOTE, TICKET, CUSTOMER, SAMPLER = "Shop Note", "Shop Ticket", "Shop Customer", "Shop Field Sampler"
USER = "test-reader@example.com"
LINK_FUNCTIONS = ("get_updates", "get_documents", "find_documents", "describe_doctype")


class TestApproval:
	def test_before_it_nothing_is_said(self, hq, branch, third):
		connect(third, hq, [NOTE])  # so that there is a log
		name = hq.create(NOTE, title="unseen")["name"]
		subscribe(branch, hq, [NOTE])
		consumer = Consumer(hq, branch)
		assert consumer.events() == []
		for function, arguments in (
			("get_documents", {"documents": [[NOTE, name]]}),
			("find_documents", {"doctype": NOTE, "filters": {}}),
			("list_documents", {"doctype": NOTE}),
			("summarise_documents", {"doctype": NOTE, "fields": {"": ["title", "priority"]}}),
			("describe_doctype", {"doctype": NOTE}),
		):
			reply = consumer.visitor.call(function, arguments)
			assert (reply.status, "unseen" in reply.text, "priority" in reply.text) == (417, False, False)

	@pytest.mark.parametrize("end", ["rejected", "unsubscribed", "pending again", "paused", "deleted"])
	def test_after_its_end_nothing_more_is_said(self, hq, branch, end):
		connect(branch, hq, [NOTE])
		consumer = Consumer(hq, branch)
		name = hq.create(NOTE, title="unseen")["name"]
		if end == "rejected":
			reject(hq, branch)
		elif end == "unsubscribed":
			subscribe(branch, hq, [{"ref_doctype": NOTE, "unsubscribe": 1}])
		elif end == "pending again":
			hq.call("set_consumer_status", callback_url=branch.url, status="Pending")
		elif end == "paused":
			hq.update("Event Consumer", branch.url, paused=1)
		else:
			hq.delete("Event Consumer", branch.url)
		epoch = hq.call("support.trust:epoch")
		for function, arguments in (
			("get_updates", {"after": 0, "event_key": "", "epoch": epoch}),
			("get_documents", {"documents": [[NOTE, name]]}),
			("find_documents", {"doctype": NOTE, "filters": {}}),
			("list_documents", {"doctype": NOTE, "fields": {"": ["title"]}, "count": True}),
			("summarise_documents", {"doctype": NOTE, "fields": {"": ["title"]}}),
		):
			assert "unseen" not in consumer.visitor.call(function, arguments).text
			assert name not in consumer.visitor.call(function, arguments).text

	def test_one_doctype_says_nothing_of_another(self, hq, branch, third):
		connect(third, hq, [NOTE, TICKET])
		connect(branch, hq, [NOTE])
		subscribe(branch, hq, [TICKET])
		hq.create(TICKET, subject="unseen")
		assert Consumer(hq, branch).events() == []

	def test_another_condition_or_subscriber_gives_no_more_than_was_approved_before(self, hq, branch, reader):
		connect(branch, hq, [{"ref_doctype": NOTE, "condition": '{"status": "Open"}', "use_same_name": 1}])
		hq.create(NOTE, title="closed", status="Closed")
		consumer = Consumer(hq, branch)
		assert consumer.events() == []
		approved = {"event_subscriber": "streamer@example.com"}
		approved["doctypes"] = [{"ref_doctype": NOTE, "condition": '{"status": "Open"}'}]
		for asked in (
			{
				"event_subscriber": "streamer@example.com",
				"doctypes": [{"ref_doctype": NOTE, "condition": None}],
			},
			{
				"event_subscriber": "streamer@example.com",
				"doctypes": [{"ref_doctype": NOTE, "condition": '{"status": ["!=", ""]}'}],
			},
			{
				"event_subscriber": reader,
				"doctypes": [{"ref_doctype": NOTE, "condition": '{"status": "Open"}'}],
			},
			{
				"event_subscriber": "Administrator",
				"doctypes": [{"ref_doctype": NOTE, "condition": '{"status": "Open"}'}],
			},
		):
			consumer.call("update_subscription", **approved)
			approve(hq, branch)
			assert consumer.call("update_subscription", **asked)["doctypes"] == {NOTE: "Pending"}
			assert consumer.events() == []
			assert statuses(hq, branch, "Event Consumer") == {NOTE: "Pending"}

	def test_a_condition_that_is_changed_back_is_what_was_approved_and_a_rejected_one_is_not(
		self, hq, branch
	):
		"""What was approved is given until the other is answered. Asked for again it is just that, and nothing more."""
		connect(branch, hq, [NOTE])
		consumer = Consumer(hq, branch)

		def ask(condition: str | None) -> str:
			row = {"ref_doctype": NOTE, "condition": condition}
			asked = {"event_subscriber": "streamer@example.com", "doctypes": [row]}
			return consumer.call("update_subscription", **asked)["doctypes"][NOTE]

		assert ask('{"status": "Open"}') == "Pending"
		assert ask('{"status": "Closed"}') == "Pending"
		assert ask(None) == "Approved"
		assert ask('{"status": "Open"}') == "Pending"
		reject(hq, branch)
		assert ask(None) == "Pending"


class TestWhatTheSubscriberMayRead:
	def test_nothing_of_a_doctype_that_it_may_not_read(self, hq, branch, third):
		connect(third, hq, [NOTE, CUSTOMER])
		for site in (hq, branch):
			site.call("make_user", email=USER, roles=["Shop Clerk"])  # who may not read customers
		connect(branch, hq, [NOTE, CUSTOMER], event_subscriber=USER)
		kept, gone = hq.create(CUSTOMER)["name"], hq.create(CUSTOMER)["name"]
		hq.update(CUSTOMER, kept, tax_id="unseen")
		hq.rename(CUSTOMER, gone, "Renamed Customer")
		hq.delete(CUSTOMER, "Renamed Customer")
		consumer = Consumer(hq, branch)
		told = consumer.told((CUSTOMER, kept), (CUSTOMER, gone))
		assert all(secret not in told for secret in ("unseen", kept, gone, "Renamed Customer"))
		assert consumer.visitor.call("describe_doctype", {"doctype": CUSTOMER}).status == 417

	@pytest.fixture
	def only_owners(self, hq):
		hq.call("support.trust:let_only_owners_read", doctype=NOTE, role="Shop User")
		yield
		hq.call("support.trust:restore_permissions", doctype=NOTE)

	def test_nothing_but_its_own_documents_where_only_owners_may_read(self, hq, branch, reader, only_owners):
		connect(branch, hq, [NOTE], event_subscriber=reader)
		other = hq.create(NOTE, title="unseen")["name"]
		hq.update(NOTE, other, priority=4)
		own = hq.call("create", as_user=reader, doctype=NOTE, title="own")["name"]
		told = Consumer(hq, branch).told((NOTE, other), (NOTE, own))
		assert "own" in told and own in told
		assert "unseen" not in told
		assert other not in json.dumps(Consumer(hq, branch).find(NOTE))

	def test_user_permissions_hold_for_whole_documents_and_names_too(self, hq, branch, reader):
		for territory in ("North", "South"):
			hq.create("Shop Territory", territory_name=territory)
		connect(branch, hq, [CUSTOMER], event_subscriber=reader)
		hq.insert(
			"User Permission", user=reader, allow="Shop Territory", for_value="North", apply_to_all_doctypes=1
		)
		south = hq.create(CUSTOMER, territory="South", tax_id="unseen")["name"]
		north = hq.create(CUSTOMER, territory="North")["name"]
		consumer = Consumer(hq, branch)
		assert {event["docname"] for event in consumer.events()} == {north}
		assert consumer.find(CUSTOMER) == [north]
		assert [doc["name"] for doc in consumer.documents((CUSTOMER, south), (CUSTOMER, north))] == [north]
		hq.update(CUSTOMER, north, territory="South", tax_id="moved")
		assert "moved" not in json.dumps(consumer.events())

	def test_fields_of_higher_levels_are_left_out_of_every_shape(self, hq, branch, reader):
		for doctype, field in (
			("Shop Invoice Item", "warehouse"),
			("Shop Invoice", "notes"),
			("Shop Invoice", "taxes"),
		):
			hq.call("set_property", doctype=doctype, fieldname=field, prop="permlevel", value="3", kind="Int")
		connect(branch, hq, ["Shop Invoice"], event_subscriber=reader)
		made = hq.create("Shop Invoice", notes="unseen 1")
		name, row = made["name"], made["items"][0]["name"]
		hq.update("Shop Invoice", name, notes="unseen 2")
		hq.call(
			"update_row", doctype="Shop Invoice", name=name, table="items", row=1, warehouse="unseen 3", qty=7
		)
		hq.call(
			"append_row",
			doctype="Shop Invoice",
			name=name,
			table="items",
			item=made["items"][0]["item"],
			qty=1,
			warehouse="unseen 4",
		)
		hq.call("append_row", doctype="Shop Invoice", name=name, table="taxes", description="unseen 5")
		hq.call("db_set", doctype="Shop Invoice", name=name, notes="unseen 6")
		hq.call(
			"update_row", doctype="Shop Invoice", name=name, table="items", row=1, warehouse="seen by nobody"
		)
		consumer = Consumer(hq, branch)
		told = consumer.told(("Shop Invoice", name))
		assert "unseen 4" in json.dumps(update_logs(hq)), "the log has it"
		assert row in told and "qty" in told
		assert "unseen" not in told and "seen by nobody" not in told
		assert not [field for field in ("warehouse", "taxes", "notes") if f'"{field}"' in told]
		for field in ("notes", "taxes"):
			assert (
				consumer.visitor.call(
					"find_documents", {"doctype": "Shop Invoice", "filters": {field: "x"}}
				).status
				== 417
			)
		described = json.dumps(consumer.call("describe_doctype", doctype="Shop Invoice"))
		assert "warehouse" not in described and "notes" not in described

	def test_filters_find_out_nothing_of_hidden_fields(self, hq, branch, reader):
		connect(branch, hq, [CUSTOMER], event_subscriber=reader)
		hq.create(CUSTOMER, credit_limit=777)
		consumer = Consumer(hq, branch)
		for filters in (
			{"credit_limit": 777},
			[["credit_limit", ">", 1]],
			[[CUSTOMER, "credit_limit", "=", 777]],
			[["`tabUser`.name", "=", "x"]],
			[["name", "=", "x"], ["Shop Territory", "name", "=", "x"]],
			{"owner": ["descendants of", "x"]},
			{"name or 1=1 --": "x"},
		):
			reply = consumer.visitor.call("find_documents", {"doctype": CUSTOMER, "filters": filters})
			assert (reply.status, reply.message) == (417, None), filters

	def test_what_is_linked_follows_the_right_to_read(self, hq, branch):
		"""A dependency needs no approval of its own; what the subscriber may not read is as if it weren't there."""
		for site in (hq, branch):
			site.call("make_user", email=USER, roles=["Shop Clerk"])
		connect(branch, hq, [TICKET], event_subscriber=USER)
		customer, note = hq.create(CUSTOMER)["name"], hq.create(NOTE)["name"]
		ticket = hq.create(TICKET, customer=customer, reference_doctype=NOTE, reference_name=note)["name"]
		consumer = Consumer(hq, branch)
		answer = consumer.call(
			"get_documents",
			documents=[[CUSTOMER, customer], [NOTE, note], [NOTE, "absent"]],
			linked_from=[[TICKET, ticket]],
		)
		assert [found["name"] for found in answer["documents"]] == [note]
		assert answer["missing"] == [[CUSTOMER, customer], [NOTE, "absent"]]

	@pytest.mark.parametrize("told", ["told", "before the approval", "out of sight"])
	def test_a_link_that_is_gone_counts_as_far_as_its_event_is_told(self, hq, branch, third, told):
		condition = json.dumps({"subject": "shown"}) if told == "out of sight" else None
		if told == "before the approval":
			connect(third, hq, [TICKET])  # so that it is logged
		else:
			connect(branch, hq, [{"ref_doctype": TICKET, "condition": condition}])
		customer = hq.create(CUSTOMER)["name"]
		ticket = hq.create(TICKET, customer=customer, subject="hidden")["name"]
		hq.update(TICKET, ticket, customer=None, subject="shown")
		if told == "before the approval":
			connect(branch, hq, [TICKET])
		consumer = Consumer(hq, branch)
		consumer.events()  # it is stamped
		answer = consumer.call(
			"get_documents", documents=[[CUSTOMER, customer]], linked_from=[[TICKET, ticket]]
		)
		given = [found["name"] for found in answer["documents"]]
		assert given == ([customer] if told == "told" else [])

	@pytest.mark.parametrize(
		"doctype",
		[
			"User",
			"Role",
			"Has Role",
			"DocType",
			"Event Consumer",
			"Update Log",
			"System Settings",
			"Shop Invoice Item",
			"__Auth",
			"No Such DocType",
		],
	)
	def test_the_system_is_not_given_even_to_a_system_manager(self, hq, branch, doctype):
		connect(branch, hq, [NOTE])
		consumer = Consumer(hq, branch)
		names = ["Administrator", "System Manager", NOTE, branch.url, doctype]
		answer = consumer.call("get_documents", documents=[[doctype, name] for name in names])
		assert answer["documents"] == []
		assert consumer.find(doctype) == []


class TestPasswords:
	SECRETS = ("secret-of-this-site", "secret-of-this-row", "secret-no-more-told")

	def test_password_fields_are_nowhere(self, hq, branch):
		connect(branch, hq, [SAMPLER])
		name = hq.create(SAMPLER)["name"]
		hq.update(SAMPLER, name, password_field="secret-no-more-told", data_field="x")
		hq.call("db_set", doctype=SAMPLER, name=name, password_field="secret-no-more-told")
		told = Consumer(hq, branch).told((SAMPLER, name))
		assert "password_field" not in told
		assert "password_field" not in json.dumps(
			Consumer(hq, branch).call("describe_doctype", doctype=SAMPLER)
		)
		branch.call("pull", producer_url=hq.url)
		assert branch.exists(SAMPLER, name)
		for site in (hq, branch):
			for doctype in ("Update Log", "Event Sync Log"):
				data = json.dumps(site.rows(doctype, ["data"]))
				assert not any(secret in data for secret in (*self.SECRETS, "password_field", "*****"))

	def test_a_field_that_became_a_password_is_left_out_of_what_was_logged_before(self, hq, branch):
		connect(branch, hq, [CUSTOMER, "Shop Invoice"])
		name = hq.create(CUSTOMER, tax_id="told as text 1")["name"]
		hq.update(CUSTOMER, name, tax_id="told as text 2")
		invoice = hq.create("Shop Invoice")["name"]
		hq.call(
			"update_row",
			doctype="Shop Invoice",
			name=invoice,
			table="items",
			row=1,
			warehouse="told as text 3",
		)
		hq.call(
			"set_property",
			doctype=CUSTOMER,
			fieldname="tax_id",
			prop="fieldtype",
			value="Password",
			kind="Data",
		)
		hq.call(
			"set_property",
			doctype="Shop Invoice Item",
			fieldname="warehouse",
			prop="fieldtype",
			value="Password",
			kind="Data",
		)
		told = Consumer(hq, branch).told((CUSTOMER, name))
		assert name in told
		assert "told as text" not in told
