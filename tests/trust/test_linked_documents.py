"""What a consumer gets of DocTypes that were not approved: what a document that it may see links to, and nothing else."""

import json

from support.consumer_key import Consumer
from support.link import approve, connect, drain, keep_back, pull, subscribe, sync_logs

NOTE, TICKET, CUSTOMER, INVOICE = "Shop Note", "Shop Ticket", "Shop Customer", "Shop Invoice"
TERRITORY, ARTICLE = "Shop Territory", "Shop Article"
OPEN = '{"status": "Open"}'


class TestDependencies:
	"""Documents of DocTypes that were not approved."""

	def given(self, hq, branch, *keys, **more) -> list[str]:
		found = Consumer(hq, branch).call("get_documents", documents=[list(key) for key in keys], **more)
		return [document["name"] for document in found["documents"]]

	def test_only_what_a_visible_document_links_to(self, hq, branch):
		connect(branch, hq, [{"ref_doctype": TICKET, "condition": OPEN, "use_same_name": 1}])
		linked, by_hidden, lone = (hq.create(CUSTOMER)["name"] for _n in range(3))
		ticket = hq.create(TICKET, customer=linked)["name"]
		closed = hq.create(TICKET, customer=by_hidden, status="Closed")["name"]
		keys = [(CUSTOMER, name) for name in (linked, by_hidden, lone)]
		for named in ([], [[TICKET, ticket], [TICKET, closed]], [[CUSTOMER, lone], [CUSTOMER, by_hidden]]):
			assert self.given(hq, branch, *keys, linked_from=named) == [linked]
		assert self.given(hq, branch, *keys) == [linked], "a consumer of version 0.1 names nothing"
		consumer = Consumer(hq, branch)
		assert consumer.find(CUSTOMER) == [linked]
		assert consumer.find(CUSTOMER, {"name": by_hidden}) == []

	def test_by_way_of_others(self, hq, branch):
		connect(branch, hq, [INVOICE])
		territory = hq.create(TERRITORY, territory_name="Linked")["name"]
		other = hq.create(TERRITORY, territory_name="Other")["name"]
		customer = hq.create(CUSTOMER, territory=territory)["name"]
		hq.create(CUSTOMER, territory=other)
		invoice = hq.create(INVOICE, customer=customer)["name"]
		keys = [(TERRITORY, territory), (TERRITORY, other)]
		chain = [[CUSTOMER, customer], [INVOICE, invoice]]
		assert self.given(hq, branch, *keys, linked_from=chain) == [territory]
		assert self.given(hq, branch, *keys) == [territory]

	def test_a_consumer_names_what_links_to_what_it_asks_for(self, hq, branch):
		"""Far beyond what is searched for: a tree of many levels, fetched by its leaf."""
		connect(branch, hq, [TICKET])
		parent = None
		for level in range(12):
			parent = hq.create(
				TERRITORY, is_group=1, parent_shop_territory=parent, territory_name=f"Level {level}"
			)["name"]
		customer = hq.create(CUSTOMER, territory=parent)["name"]
		name = hq.create(TICKET, customer=customer)["name"]
		assert drain(branch, hq)["failed"] == 0
		assert branch.exists(TICKET, name) and branch.exists(TERRITORY, "Level 0")

	def test_one_request_a_round_however_many_documents(self, hq, branch):
		connect(branch, hq, [TICKET])
		for _n in range(8):
			hq.create(TICKET, customer=hq.create(CUSTOMER)["name"])
		summary = pull(branch, hq)
		assert (summary["synced"], summary["calls"]["get_documents"]) == (8, 1)

	def test_what_is_approved_is_given_within_its_condition_only(self, hq, branch):
		rows = [{"ref_doctype": CUSTOMER, "condition": '{"disabled": 0}', "use_same_name": 1}]
		connect(branch, hq, [*rows, {"ref_doctype": TICKET, "use_same_name": 1}])
		outside = hq.create(CUSTOMER, disabled=1, tax_id="unseen")["name"]
		ticket = hq.create(TICKET, customer=outside)["name"]
		assert self.given(hq, branch, (CUSTOMER, outside), linked_from=[[TICKET, ticket]]) == []
		assert drain(branch, hq)["failed"] == 1
		assert "unseen" not in json.dumps(sync_logs(branch))

	def test_links_in_hidden_fields_prove_nothing(self, hq, branch):
		connect(branch, hq, [TICKET])
		keep_back(hq, branch, TICKET, left_out_fields="customer")
		customer = hq.create(CUSTOMER)["name"]
		ticket = hq.create(TICKET, customer=customer)["name"]
		for named in ([], [[TICKET, ticket]]):
			assert self.given(hq, branch, (CUSTOMER, customer), linked_from=named) == []

	def test_what_was_rejected_comes_in_no_other_way(self, hq, branch):
		connect(branch, hq, [TICKET, CUSTOMER])
		hq.call("set_consumer_status", callback_url=branch.url, status="Rejected", doctypes=[CUSTOMER])
		customer = hq.create(CUSTOMER)["name"]
		ticket = hq.create(TICKET, customer=customer)["name"]
		for rows in (
			[TICKET, CUSTOMER],
			[TICKET],
			[TICKET, {"ref_doctype": CUSTOMER, "condition": '{"disabled": 0}'}],
		):
			subscribe(branch, hq, rows)
			assert self.given(hq, branch, (CUSTOMER, customer), linked_from=[[TICKET, ticket]]) == []
		approve(hq, branch)
		assert self.given(hq, branch, (CUSTOMER, customer)) == [customer]

	def test_the_givers_word_counts_for_what_is_only_linked_to(self, hq, branch):
		connect(branch, hq, [TICKET])
		keep_back(hq, branch, CUSTOMER, left_out_fields="tax_id", own_filter='{"customer_group": "Retail"}')
		retail = hq.create(CUSTOMER, customer_group="Retail", tax_id="unseen")["name"]
		public = hq.create(CUSTOMER, customer_group="Public")["name"]
		for customer in (retail, public):
			hq.create(TICKET, customer=customer)
		assert self.given(hq, branch, (CUSTOMER, retail), (CUSTOMER, public)) == [retail]
		assert "unseen" not in json.dumps(Consumer(hq, branch).documents((CUSTOMER, retail)))

	def test_fields_are_described_of_what_can_be_linked_to_and_of_nothing_else(self, hq, branch):
		connect(branch, hq, [TICKET])
		consumer = Consumer(hq, branch)
		for doctype, status in (
			(TICKET, 200),
			(CUSTOMER, 200),
			(TERRITORY, 200),  # by way of a customer
			(NOTE, 417),  # no ticket has it in its Dynamic Link
			(ARTICLE, 417),
			("User", 417),
		):
			assert consumer.visitor.call("describe_doctype", {"doctype": doctype}).status == status, doctype
		hq.create(TICKET, reference_doctype=NOTE, reference_name=hq.create(NOTE)["name"])
		assert consumer.visitor.call("describe_doctype", {"doctype": NOTE}).status == 200
