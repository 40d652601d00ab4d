"""Two sites are compared, document by document where it must be, and what differs is taken from the source."""

import pytest

from support.compare import assert_all_same, assert_same
from support.existing_documents import assert_equal, compare, create_notes, figures, found, repair
from support.link import connect, drain, parked

NOTE, TICKET, CUSTOMER, ITEM = "Shop Note", "Shop Ticket", "Shop Customer", "Shop Item"
INVOICE, TERRITORY, SAMPLER = "Shop Invoice", "Shop Territory", "Shop Field Sampler"
SILENTLY = "support.comparing:set_row_silently"


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
		names = sorted(create_notes(hq, 8))
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
		names = sorted(create_notes(hq, 3))
		connect(branch, hq, [NOTE])
		assert figures(compare(branch, hq)[NOTE]) == (3, 0, 0, 3, 0, 0, 0)
		assert {kind for kind, _differences in found(branch).values()} == {"Missing"}
		assert repair(branch, hq, NOTE, names=names[:2]) == {"fixed": 2, "deleted": 0, "failed": []}
		assert sorted(branch.names(NOTE)) == names[:2]
		assert list(found(branch)) == names[2:]
