"""What a consumer finds out by listing documents and by their digests, asked with its own key."""

import pytest

from support.consumer_key import Consumer
from support.link import connect

NOTE, TICKET, CUSTOMER, SAMPLER = "Shop Note", "Shop Ticket", "Shop Customer", "Shop Field Sampler"


class TestListing:
	"""What can be listed and what the digests tell."""

	@pytest.mark.parametrize("function", ["list_documents", "summarise_documents"])
	@pytest.mark.parametrize(
		"doctype", [TICKET, CUSTOMER, "User", "Has Role", "Event Consumer", "No Such DocType"]
	)
	def test_only_what_is_approved(self, hq, branch, function, doctype):
		connect(branch, hq, [NOTE, TICKET])
		hq.call("set_consumer_status", callback_url=branch.url, status="Rejected", doctypes=[TICKET])
		hq.create(TICKET, subject="unseen"), hq.create(CUSTOMER)
		consumer = Consumer(hq, branch)
		reply = consumer.visitor.call(function, {"doctype": doctype, "fields": {"": ["subject"]}})
		assert (reply.status, f"{doctype} is not approved" in reply.text) == (417, True)
		assert reply.message is None

	def test_names_that_may_not_be_read_are_not_even_where_a_page_ends(self, hq, branch):
		connect(branch, hq, [{"ref_doctype": NOTE, "condition": '{"status": "Open"}', "use_same_name": 1}])
		notes = [hq.create(NOTE, status="Open" if n % 3 == 0 else "Closed")["name"] for n in range(30)]
		consumer, listed, after = Consumer(hq, branch), [], ""
		while True:
			page = consumer.list(NOTE, after=after, limit=2)
			listed += [name for name, _id, _digest in page["documents"]]
			assert page["last"] in listed and page["total"] == 10
			after = page["last"]
			if not page["more"]:
				break
		assert sorted(listed) == sorted(notes[::3])
		fields = {"": ["title"]}
		summary = consumer.call("summarise_documents", doctype=NOTE, fields=fields, limit=4)
		assert summary["count"] == 4 and summary["last"] in listed

	def test_only_own_documents_where_the_subscriber_may_read_only_these(self, hq, branch, reader):
		connect(branch, hq, [NOTE], event_subscriber=reader)
		hq.create(NOTE)
		hq.call("support.trust:let_only_owners_read", doctype=NOTE, role="Shop User")
		try:
			page = Consumer(hq, branch).list(NOTE)
			assert (page["documents"], page["last"], page["total"]) == ([], "", 0)
		finally:
			hq.call("support.trust:restore_permissions", doctype=NOTE)

	def test_no_digest_is_of_a_hidden_field(self, hq, branch, reader):
		connect(branch, hq, [CUSTOMER], event_subscriber=reader)
		name = hq.create(CUSTOMER, credit_limit=777)["name"]
		consumer = Consumer(hq, branch)
		fields = {
			"": ["credit_limit", "customer_name", "owner", "name", "no_such_field"],
			"tabUser": ["name"],
		}
		before = consumer.list(CUSTOMER, fields=fields)
		assert before["fields"] == {"": ["customer_name"]}
		hq.call("set_value_silently", doctype=CUSTOMER, name=name, credit_limit=1, owner="Guest")
		assert consumer.list(CUSTOMER, fields=fields)["documents"] == before["documents"]
		summary = consumer.call("summarise_documents", doctype=CUSTOMER, fields=fields)
		assert summary["fields"] == {"": ["customer_name"]}

	def test_no_digest_is_of_a_password(self, hq, branch):
		connect(branch, hq, [SAMPLER])
		hq.create(SAMPLER)
		page = Consumer(hq, branch).list(SAMPLER, fields={"": ["password_field"], "rows": ["password_field"]})
		assert page["fields"] == {"": [], "rows": []}
