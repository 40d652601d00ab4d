"""What the values of one site are on the other: accounts, warehouses, cost centers."""

import pytest

from support.link import connect, drain, parked, sync_logs
from support.site import SiteError

INVOICE, CUSTOMER, TERRITORY, ITEM = "Shop Invoice", "Shop Customer", "Shop Territory", "Shop Item"
VALUE_MAP, UNMAPPED = "Value Map", "Unmapped Value"


@pytest.fixture
def territories(hq, branch):
	"""Each site has its own; none of hq's is on the branch."""
	names = {"there": [], "here": []}
	for number in range(3):
		names["there"].append(hq.create(TERRITORY, territory_name=f"North {number}")["name"])
		names["here"].append(branch.create(TERRITORY, territory_name=f"Nord {number}")["name"])
	return names


def make_map(site, name, doctype, values, **more):
	rows = [{"remote_value": there, "local_value": here} for there, here in values.items()]
	return site.insert(VALUE_MAP, map_name=name, ref_doctype=doctype, values=rows, **more)


@pytest.fixture
def mapped(hq, branch, territories):
	make_map(
		branch,
		"Territories",
		TERRITORY,
		dict(zip(territories["there"][:2], territories["here"][:2], strict=True)),
	)
	connect(branch, hq, [CUSTOMER, INVOICE])
	return territories


class TestAllLinksToADocType:
	def test_whole_documents_and_changes(self, hq, branch, mapped):
		customer = hq.create(CUSTOMER, territory=mapped["there"][0])["name"]
		drain(branch, hq)
		assert branch.get(CUSTOMER, customer)["territory"] == mapped["here"][0]
		hq.update(CUSTOMER, customer, territory=mapped["there"][1])
		drain(branch, hq)
		assert branch.get(CUSTOMER, customer)["territory"] == mapped["here"][1]
		hq.update(CUSTOMER, customer, territory=None)
		drain(branch, hq)
		assert not branch.get(CUSTOMER, customer)["territory"]
		assert sync_logs(branch, status="Failed") == []

	def test_rows_and_dynamic_links(self, hq, branch, mapped):
		there, here = mapped["there"], mapped["here"]
		item = hq.create(ITEM)["name"]
		rows = [{"item": item, "qty": 1, "rate": 1, "delivered_to": there[number]} for number in (0, 1)]
		invoice = hq.create(INVOICE, territory=there[1], party_type=TERRITORY, party=there[0], items=rows)[
			"name"
		]
		drain(branch, hq)
		doc = branch.get(INVOICE, invoice)
		assert (doc["territory"], doc["party"], doc["party_type"]) == (here[1], here[0], TERRITORY)
		assert [row["delivered_to"] for row in doc["items"]] == here[:2]
		hq.update(INVOICE, invoice, party=there[1])
		drain(branch, hq)
		assert branch.get(INVOICE, invoice)["party"] == here[1]

	def test_the_source_s_documents_are_not_made_here(self, hq, branch, mapped):
		hq.create(CUSTOMER, territory=mapped["there"][0])
		drain(branch, hq)
		assert not branch.exists(TERRITORY, mapped["there"][0])

	def test_by_backfill(self, hq, branch, territories):
		customer = hq.create(CUSTOMER, territory=territories["there"][0])["name"]
		make_map(branch, "Territories", TERRITORY, {territories["there"][0]: territories["here"][0]})
		connect(branch, hq, [CUSTOMER])
		branch.call("backfill", producer_url=hq.url, doctypes=[CUSTOMER])
		assert branch.get(CUSTOMER, customer)["territory"] == territories["here"][0]

	def test_with_own_names(self, hq, branch, territories):
		make_map(branch, "Territories", TERRITORY, {territories["there"][0]: territories["here"][0]})
		connect(branch, hq, [INVOICE], use_same_name=False)
		hq.create(INVOICE, territory=territories["there"][0])
		drain(branch, hq)
		[log] = sync_logs(branch, ref_doctype=INVOICE)
		assert branch.get(INVOICE, log["docname"])["territory"] == territories["here"][0]


class TestAValueWithoutARow:
	def test_fails_until_it_has_one(self, hq, branch, mapped):
		customer = hq.create(CUSTOMER, territory=mapped["there"][2])["name"]
		drain(branch, hq)
		assert not branch.exists(CUSTOMER, customer)
		assert not branch.exists(TERRITORY, mapped["there"][2])
		[row] = parked(branch)
		assert "Territories" in row["message"] and mapped["there"][2] in row["message"]
		[met] = branch.rows(UNMAPPED, ["value_map", "remote_value", "remote_docname"])
		assert met == {
			"value_map": "Territories",
			"remote_value": mapped["there"][2],
			"remote_docname": customer,
		}
		doc = branch.get(VALUE_MAP, "Territories")
		rows = [*doc["values"], {"remote_value": mapped["there"][2], "local_value": mapped["here"][2]}]
		branch.update(VALUE_MAP, "Territories", values=rows)
		drain(branch, hq)
		assert branch.get(CUSTOMER, customer)["territory"] == mapped["here"][2]
		assert parked(branch) == []
		assert branch.names(UNMAPPED) == []

	def test_is_taken_as_it_is(self, hq, branch, mapped):
		branch.update(VALUE_MAP, "Territories", without_row="Is Taken as It Is")
		customer = hq.create(CUSTOMER, territory=mapped["there"][2])["name"]
		drain(branch, hq)
		assert branch.get(CUSTOMER, customer)["territory"] == mapped["there"][2]
		assert branch.exists(TERRITORY, mapped["there"][2])
		assert len(branch.names(UNMAPPED)) == 1

	def test_becomes_the_default(self, hq, branch, mapped):
		branch.update(
			VALUE_MAP, "Territories", without_row="Becomes the Default", default_value=mapped["here"][2]
		)
		customer = hq.create(CUSTOMER, territory=mapped["there"][2])["name"]
		drain(branch, hq)
		assert branch.get(CUSTOMER, customer)["territory"] == mapped["here"][2]
		assert len(branch.names(UNMAPPED)) == 1

	def test_one_that_was_replaced_since_fails_nothing(self, hq, branch, mapped):
		"""What a value was before a change is no value that comes."""
		branch.update(VALUE_MAP, "Territories", without_row="Is Taken as It Is")
		customer = hq.create(CUSTOMER, territory=mapped["there"][2])["name"]
		drain(branch, hq)
		branch.update(VALUE_MAP, "Territories", without_row="Fails")
		hq.update(CUSTOMER, customer, territory=mapped["there"][0])
		drain(branch, hq)
		assert branch.get(CUSTOMER, customer)["territory"] == mapped["here"][0]


class TestOneField:
	def test_a_select_of_the_document(self, hq, branch):
		values = {"Retail": "Public", "Wholesale": "Retail"}
		make_map(branch, "Groups", CUSTOMER, values, applies_to="One Field", fieldname="customer_group")
		connect(branch, hq, [CUSTOMER])
		customer = hq.create(CUSTOMER, customer_group="Wholesale")["name"]
		drain(branch, hq)
		assert branch.get(CUSTOMER, customer)["customer_group"] == "Retail"
		hq.update(CUSTOMER, customer, customer_group="Retail")
		drain(branch, hq)
		assert branch.get(CUSTOMER, customer)["customer_group"] == "Public"

	def test_a_field_of_rows(self, hq, branch):
		make_map(
			branch,
			"Warehouses",
			INVOICE,
			{"Main": "Haupt"},
			applies_to="One Field",
			fieldname="items.warehouse",
			without_row="Is Taken as It Is",
		)
		connect(branch, hq, [INVOICE])
		item = hq.create(ITEM)["name"]
		rows = [{"item": item, "qty": 1, "rate": 1, "warehouse": name} for name in ("Main", "Other")]
		invoice = hq.create(INVOICE, items=rows)["name"]
		drain(branch, hq)
		assert [row["warehouse"] for row in branch.get(INVOICE, invoice)["items"]] == ["Haupt", "Other"]

	def test_stands_before_the_map_of_all_links(self, hq, branch, mapped):
		there, here = mapped["there"], mapped["here"]
		make_map(
			branch, "Of invoices", INVOICE, {there[0]: here[2]}, applies_to="One Field", fieldname="territory"
		)
		invoice = hq.create(INVOICE, territory=there[0])["name"]
		customer = hq.create(CUSTOMER, territory=there[0])["name"]
		drain(branch, hq)
		assert branch.get(INVOICE, invoice)["territory"] == here[2]
		assert branch.get(CUSTOMER, customer)["territory"] == here[0]


class TestComparison:
	def test_mapped_values_are_equal(self, hq, branch, mapped):
		customer = hq.create(CUSTOMER, territory=mapped["there"][0])["name"]
		drain(branch, hq)
		found = branch.call("support.comparing:reconcile", producer_url=hq.url, doctypes=[CUSTOMER])[CUSTOMER]
		assert (found["equal"], found["different"]) == (1, 0)
		branch.call("db_set", doctype=CUSTOMER, name=customer, territory=mapped["here"][1])
		found = branch.call("support.comparing:reconcile", producer_url=hq.url, doctypes=[CUSTOMER])[CUSTOMER]
		assert (found["equal"], found["different"]) == (0, 1)


class TestAMapThatChanges:
	def test_says_how_many_documents_it_would_touch_and_takes_them_again(self, hq, branch, mapped):
		there, here = mapped["there"], mapped["here"]
		names = [hq.create(CUSTOMER, territory=there[number % 2])["name"] for number in range(4)]
		drain(branch, hq)
		doc = branch.get(VALUE_MAP, "Territories")
		doc["values"][0]["local_value"] = here[2]
		branch.update(VALUE_MAP, "Territories", values=doc["values"])
		assert branch.call("support.mapped_values:state", name="Territories")["touched"] == 2
		branch.call("support.mapped_values:apply", name="Territories")
		assert [branch.get(CUSTOMER, name)["territory"] for name in names] == [here[2], here[1]] * 2
		assert branch.call("support.mapped_values:state", name="Territories")["touched"] == 0

	def test_conflicts_are_found_in_this_site_s_values(self, hq, branch, mapped):
		"""A change of another field doesn't see the mapped value as one that was changed here."""
		customer = hq.create(CUSTOMER, territory=mapped["there"][0], tax_id="1")["name"]
		drain(branch, hq)
		branch.update(CUSTOMER, customer, tax_id="2")
		hq.update(CUSTOMER, customer, territory=mapped["there"][1])
		drain(branch, hq)
		doc = branch.get(CUSTOMER, customer)
		assert (doc["territory"], doc["tax_id"]) == (mapped["here"][1], "2")
		assert not any(row["conflict"] for row in branch.rows("Event Sync Log", ["conflict"]))


class TestBackwards:
	def test_of_a_map_that_can_be_read_so(self, branch, mapped):
		rows = branch.call("support.mapped_values:backwards", name="Territories")
		assert rows == [list(pair) for pair in zip(mapped["here"][:2], mapped["there"][:2], strict=True)]

	def test_one_that_cannot_says_why(self, branch, mapped):
		here = mapped["here"]
		make_map(
			branch,
			"Two",
			CUSTOMER,
			{"Retail": "Public", "Wholesale": "Public"},
			applies_to="One Field",
			fieldname="customer_group",
		)
		with pytest.raises(SiteError, match="Retail, Wholesale become Public"):
			branch.call("support.mapped_values:backwards", name="Two")
		assert here


class TestBadInput:
	@pytest.mark.parametrize(
		("values", "message"),
		[
			(
				{"ref_doctype": TERRITORY, "values": [{"remote_value": "A", "local_value": "Nowhere"}]},
				"there is no Shop Territory Nowhere",
			),
			(
				{"ref_doctype": CUSTOMER, "applies_to": "One Field", "fieldname": "nothing"},
				"has no field nothing",
			),
			({"ref_doctype": INVOICE, "applies_to": "One Field", "fieldname": "items"}, "has no field items"),
			(
				{"ref_doctype": INVOICE, "applies_to": "One Field", "fieldname": "items.nothing"},
				"has no field items.nothing",
			),
			({"ref_doctype": TERRITORY, "without_row": "Becomes the Default"}, "Fill in the Default"),
			(
				{
					"ref_doctype": CUSTOMER,
					"applies_to": "One Field",
					"fieldname": "customer_group",
					"values": [{"remote_value": "A", "local_value": "No such group"}],
				},
				"No such group is not a value of the field customer_group",
			),
			(
				{
					"ref_doctype": CUSTOMER,
					"applies_to": "One Field",
					"fieldname": "discount",
					"values": [{"remote_value": "A", "local_value": "much"}],
				},
				"much is not a value of the field discount",
			),
			(
				{
					"ref_doctype": CUSTOMER,
					"applies_to": "One Field",
					"fieldname": "customer_group",
					"values": [
						{"remote_value": "A", "local_value": "Retail"},
						{"remote_value": "A", "local_value": "Public"},
					],
				},
				"A is already in row 1",
			),
		],
	)
	def test_is_refused_with_a_reason(self, branch, values, message):
		with pytest.raises(SiteError, match=message):
			branch.insert(VALUE_MAP, map_name="Bad", **values)

	def test_two_maps_of_the_same_values(self, branch):
		branch.insert(VALUE_MAP, map_name="One", ref_doctype=TERRITORY)
		with pytest.raises(SiteError, match="The Value Map One is for the same values"):
			branch.insert(VALUE_MAP, map_name="Two", ref_doctype=TERRITORY)
