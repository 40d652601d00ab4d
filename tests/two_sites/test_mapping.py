"""Documents arrive under other DocTypes and fields, as a Document Type Mapping says."""

import json

import pytest

from support.compare import assert_same
from support.link import connect, drain, parked, sync_logs, update_logs
from support.site import SiteError

PARTY, CLIENT = "Shop Party", "Shop Client"
PARTY_TO_CLIENT, CONTACT_TO_PERSON, TERRITORY_TO_REGION = (
	"Party to Client",
	"Contact to Person",
	"Territory to Region",
)

CLIENT_FIELDS = [
	{"local_fieldname": "client_name", "remote_fieldname": "party_name"},
	{"local_fieldname": "size", "remote_fieldname": "segment"},
	{"local_fieldname": "phone_no", "remote_fieldname": "mobile", "default_value": "unknown"},
	{"local_fieldname": "revenue", "remote_fieldname": "turnover"},
	{"local_fieldname": "enabled", "remote_fieldname": "active"},
	{"local_fieldname": "since", "remote_fieldname": "founded"},
	{"local_fieldname": "source", "default_value": "Head office"},
]
PERSONS = {
	"local_fieldname": "persons",
	"remote_fieldname": "contacts",
	"is_child_table": 1,
	"child_table_mapping": CONTACT_TO_PERSON,
}
PERSON_FIELDS = [
	{"local_fieldname": "person", "remote_fieldname": "contact_name"},
	{"local_fieldname": "phone_no", "remote_fieldname": "phone"},
	{"local_fieldname": "language", "default_value": "en"},
]
REGION_FIELDS = [
	{"local_fieldname": "region_name", "remote_fieldname": "territory_name"},
	{"local_fieldname": "head", "remote_fieldname": "manager_name"},
	{"local_fieldname": "continent", "default_value": "Europe"},
]
REGION_BY_LINK = {
	"local_fieldname": "region",
	"remote_fieldname": "territory",
	"mapping_type": "Document",
	"mapping": TERRITORY_TO_REGION,
}


def make_mapping(site, name, local_doctype, remote_doctype, fields):
	site.insert(
		"Document Type Mapping",
		mapping_name=name,
		local_doctype=local_doctype,
		remote_doctype=remote_doctype,
		field_mapping=fields,
	)


def region_by_filters(filters) -> dict:
	return {
		"local_fieldname": "region",
		"mapping_type": "Document",
		"mapping": TERRITORY_TO_REGION,
		"remote_value_filters": json.dumps(filters),
	}


@pytest.fixture
def link(hq, branch):
	"""Makes the mapping with the given rows besides those of plain fields, and the link that uses it."""

	def make(*rows, fields=CLIENT_FIELDS, use_same_name=True, with_territories=False):
		make_mapping(branch, CONTACT_TO_PERSON, "Shop Client Person", "Shop Party Contact", PERSON_FIELDS)
		make_mapping(branch, TERRITORY_TO_REGION, "Shop Region", "Shop Territory", REGION_FIELDS)
		make_mapping(branch, PARTY_TO_CLIENT, CLIENT, PARTY, [*fields, *rows])
		connect(branch, hq, [CLIENT], mapping=PARTY_TO_CLIENT, use_same_name=use_same_name)
		if (
			with_territories
		):  # filters find documents that nothing links to only where their DocType is approved
			connect(branch, hq, ["Shop Region"], mapping=TERRITORY_TO_REGION)

	return make


def assert_drained(hq, branch, events=None):
	summary = drain(branch, hq)
	assert (summary["failed"], summary["waiting"]) == (0, 0)
	assert events is None or summary["synced"] == events


def plain(row: dict, *fields) -> tuple:
	return tuple(row[field] for field in fields)


def test_a_new_document_is_made_of_the_mapped_fields_and_the_defaults(hq, branch, link):
	link()
	party = hq.create(PARTY, party_name="Bolts & Co", founded="1999-12-31", mobile=None)
	assert_drained(hq, branch, 1)
	client = branch.get(CLIENT, party["name"])
	assert plain(client, "client_name", "size", "revenue", "enabled") == ("Bolts & Co", "Medium", 12.5, 1)
	assert plain(client, "since", "phone_no", "source") == ("1999-12-31", "unknown", "Head office")
	[log] = sync_logs(branch)
	assert plain(log, "ref_doctype", "remote_doctype", "mapping") == (CLIENT, PARTY, PARTY_TO_CLIENT)


def test_the_producer_is_asked_for_its_own_doctype(hq, branch, link):
	link()
	[row] = hq.get("Event Consumer", branch.url)["consumer_doctypes"]
	assert row["ref_doctype"] == PARTY


def test_a_changed_field_that_is_mapped(hq, branch, link):
	link()
	name = hq.create(PARTY)["name"]
	hq.update(PARTY, name, turnover=99, active=0)
	assert_drained(hq, branch, 2)
	assert plain(branch.get(CLIENT, name), "revenue", "enabled", "size") == (99, 0, "Medium")


def test_a_changed_field_that_is_not_mapped_changes_nothing(hq, branch, link):
	link()
	name = hq.create(PARTY)["name"]
	drain(branch, hq)
	branch.update(CLIENT, name, source="Changed here")
	hq.update(PARTY, name, city="Hamburg")
	assert_drained(hq, branch, 1)
	assert branch.value(CLIENT, name, "source") == "Changed here"


def test_an_emptied_field_falls_back_to_its_default(hq, branch, link):
	link()
	name = hq.create(PARTY, founded="1999-12-31")["name"]
	drain(branch, hq)
	hq.update(PARTY, name, mobile="", founded=None)
	assert_drained(hq, branch, 1)
	assert plain(branch.get(CLIENT, name), "phone_no", "since") == ("unknown", None)


def test_rows_of_a_child_table(hq, branch, link):
	link(PERSONS)
	contacts = [{"contact_name": "Ada", "phone": "1"}, {"contact_name": "Bob", "phone": "2"}]
	name = hq.create(PARTY, contacts=contacts)["name"]
	assert_drained(hq, branch, 1)
	here, there = branch.get(CLIENT, name)["persons"], hq.get(PARTY, name)["contacts"]
	assert [plain(row, "person", "phone_no", "language") for row in here] == [
		("Ada", "1", "en"),
		("Bob", "2", "en"),
	]
	assert [row["name"] for row in here] == [row["name"] for row in there]


def test_rows_added_changed_removed_and_reordered(hq, branch, link):
	link(PERSONS)
	contacts = [{"contact_name": name} for name in ("Ada", "Bob", "Cleo")]
	name = hq.create(PARTY, contacts=contacts)["name"]
	drain(branch, hq)
	ada, bob, _cleo = ({**row, "idx": None} for row in hq.get(PARTY, name)["contacts"])
	hq.update(PARTY, name, contacts=[{**bob, "phone": "2"}, {"contact_name": "Dan"}, ada])
	assert_drained(hq, branch, 1)
	here = branch.get(CLIENT, name)["persons"]
	assert [plain(row, "person", "phone_no", "language") for row in here] == [
		("Bob", "2", "en"),
		("Dan", None, "en"),
		("Ada", None, "en"),
	]


def test_a_linked_document_that_the_remote_field_names(hq, branch, link):
	link(REGION_BY_LINK)
	territory = hq.create("Shop Territory", manager_name="Mo")["name"]
	name = hq.create(PARTY, territory=territory)["name"]
	assert_drained(hq, branch, 1)
	assert branch.value(CLIENT, name, "region") == territory
	region = branch.get("Shop Region", territory)
	assert plain(region, "region_name", "head", "continent") == (territory, "Mo", "Europe")


def test_a_linked_document_that_filters_find_by_a_field_of_the_document(hq, branch, link):
	link(region_by_filters({"territory_name": "doc.city"}), with_territories=True)
	hq.create("Shop Territory", territory_name="Kiel")
	hq.create("Shop Territory", territory_name="Bremen", manager_name="Mo")
	name = hq.create(PARTY, city="Bremen")["name"]
	assert_drained(hq, branch)
	assert branch.value(CLIENT, name, "region") == "Bremen"


def test_a_linked_document_that_filters_find_with_operators_and_fixed_values(hq, branch, link):
	link(region_by_filters({"manager_name": ["like", "Mo%"], "is_group": 0}), with_territories=True)
	hq.create("Shop Territory", territory_name="Group", manager_name="Moritz", is_group=1)
	hq.create("Shop Territory", territory_name="Leaf", manager_name="Mona")
	name = hq.create(PARTY)["name"]
	assert_drained(hq, branch)
	assert branch.value(CLIENT, name, "region") == "Leaf"


def test_filters_find_nothing_that_is_neither_approved_nor_linked_to(hq, branch, link):
	link(region_by_filters({"territory_name": "doc.city"}))
	for town in ("Kiel", "Bremen"):
		hq.create("Shop Territory", territory_name=town)
	hq.create(PARTY, city="Kiel", territory="Kiel")
	lost = hq.create(PARTY, city="Bremen")["name"]
	assert drain(branch, hq)["failed"] == 1
	assert branch.names("Shop Region") == ["Kiel"] and not branch.exists(CLIENT, lost)
	[log] = sync_logs(branch, status="Failed")
	assert "subscribe to Shop Territory if" in log["message"]


def test_a_linked_document_follows_a_changed_reference(hq, branch, link):
	link(region_by_filters({"territory_name": "doc.city"}), with_territories=True)
	for town in ("Kiel", "Bremen"):
		hq.create("Shop Territory", territory_name=town)
	name = hq.create(PARTY, city="Bremen")["name"]
	drain(branch, hq)
	hq.update(PARTY, name, city="Kiel")
	assert_drained(hq, branch, 1)
	assert branch.value(CLIENT, name, "region") == "Kiel"


def test_a_linked_document_in_a_child_row(hq, branch, link):
	link(PERSONS)
	branch.call(
		"append_row",
		doctype="Document Type Mapping",
		name=CONTACT_TO_PERSON,
		table="field_mapping",
		**REGION_BY_LINK,
	)
	territory = hq.create("Shop Territory")["name"]
	name = hq.create(PARTY, contacts=[{"contact_name": "Ada", "territory": territory}])["name"]
	assert_drained(hq, branch, 1)
	assert branch.get(CLIENT, name)["persons"][0]["region"] == territory
	assert branch.exists("Shop Region", territory)


def test_a_linked_document_that_no_filter_finds_fails_its_event_and_says_which(hq, branch, link):
	link(region_by_filters({"territory_name": "doc.city"}), with_territories=True)
	name = hq.create(PARTY, city="Nowhere")["name"]
	assert drain(branch, hq)["failed"] == 1
	[log] = sync_logs(branch, status="Failed")
	assert "Shop Territory" in log["message"] and "Nowhere" in log["message"]
	hq.create("Shop Territory", territory_name="Nowhere")
	branch.call("resync", names=[log["name"]])
	assert branch.value(CLIENT, name, "region") == "Nowhere"


def test_rename_and_delete_find_the_mapped_document(hq, branch, link):
	link()
	name = hq.create(PARTY)["name"]
	drain(branch, hq)
	hq.rename(PARTY, name, "Renamed Party")
	assert_drained(hq, branch)
	assert branch.names(CLIENT) == ["Renamed Party"]
	hq.delete(PARTY, "Renamed Party")
	assert_drained(hq, branch)
	assert branch.names(CLIENT) == []


def test_mapped_documents_under_names_of_this_site(hq, branch, link):
	link(use_same_name=False)
	name = hq.create(PARTY, party_name="Bolts")["name"]
	branch.create(CLIENT, client_name="Someone else")
	drain(branch, hq)
	hq.update(PARTY, name, turnover=7)
	assert_drained(hq, branch, 1)
	[client] = branch.rows(
		CLIENT, ["client_name", "revenue"], {"remote_document_name": name, "remote_site_name": hq.url}
	)
	assert plain(client, "client_name", "revenue") == ("Bolts", 7)


def test_a_link_elsewhere_points_to_the_mapped_document(hq, branch, link):
	link()
	connect(branch, hq, ["Shop Ticket"])
	party = hq.create(PARTY)["name"]
	ticket = hq.create("Shop Ticket", reference_doctype=PARTY, reference_name=party)["name"]
	assert_drained(hq, branch, 2)
	assert plain(branch.get("Shop Ticket", ticket), "reference_doctype", "reference_name") == (CLIENT, party)


def test_a_mapping_to_the_same_doctype_with_fewer_fields(hq, branch):
	rows = [
		{"local_fieldname": field, "remote_fieldname": field} for field in ("customer_name", "contact_person")
	]
	make_mapping(branch, "Part of Customer", "Shop Customer", "Shop Customer", rows)
	connect(branch, hq, ["Shop Customer"], mapping="Part of Customer")
	name = hq.create("Shop Customer", tax_id="DE 1")["name"]
	assert_drained(hq, branch, 1)
	assert plain(branch.get("Shop Customer", name), "contact_person", "tax_id") == ("Ada", None)


def test_rows_of_the_same_child_doctype_need_no_mapping_of_their_own(hq, branch):
	rows = [{"local_fieldname": field, "remote_fieldname": field} for field in ("subject", "status")]
	table = {"local_fieldname": "related_tickets", "remote_fieldname": "related_tickets", "is_child_table": 1}
	make_mapping(branch, "Part of Ticket", "Shop Ticket", "Shop Ticket", [*rows, table])
	connect(branch, hq, ["Shop Ticket"], mapping="Part of Ticket")
	name = hq.create("Shop Ticket", related_tickets=[{"relation": "Blocks"}, {"relation": "Follows"}])["name"]
	hq.call("reorder_rows", doctype="Shop Ticket", name=name, table="related_tickets", order=[2, 1])
	assert_drained(hq, branch, 2)
	assert_same(hq, branch, "Shop Ticket", name, except_fields=("opened_on",))


def test_a_fixed_mapping_counts_at_resync(hq, branch, link):
	rest = [field for field in CLIENT_FIELDS if field["local_fieldname"] != "client_name"]
	link(fields=[{"local_fieldname": "client_name", "remote_fieldname": "title_of_party"}, *rest])
	name = hq.create(PARTY)["name"]
	hq.update(PARTY, name, active=0)
	assert drain(branch, hq) == {"synced": 0, "failed": 1, "waiting": 1, "skipped": 0}
	[log] = sync_logs(branch, status="Failed")
	assert "client_name" in log["message"]
	mapping = {"doctype": "Document Type Mapping", "name": PARTY_TO_CLIENT, "table": "field_mapping"}
	branch.call("update_row", **mapping, row=1, remote_fieldname="party_name")
	branch.call("resync", names=[log["name"]])
	assert parked(branch) == []
	assert plain(branch.get(CLIENT, name), "client_name", "revenue", "enabled") == (name, 12.5, 0)


def test_the_raw_event_is_kept_as_it_came(hq, branch, link):
	link()
	hq.create(PARTY, city="Bremen")
	drain(branch, hq)
	[here], [there] = sync_logs(branch), update_logs(hq)
	assert json.loads(here["data"])["data"] == json.loads(there["data"])


@pytest.mark.parametrize(
	"row, message",
	[
		({"local_fieldname": "no_such_field", "remote_fieldname": "city"}, "no_such_field"),
		({"local_fieldname": "persons", "remote_fieldname": "contacts", "is_child_table": 1}, "persons"),
		({"local_fieldname": "revenue", "remote_fieldname": "founded"}, "revenue"),
		({"local_fieldname": "revenue", "default_value": "much"}, "much"),
		(
			{"local_fieldname": "region", "mapping_type": "Document", "remote_value_filters": "{"},
			"Remote Value Filters",
		),
	],
)
def test_a_mapping_that_cannot_work_is_refused_when_it_is_saved(branch, row, message):
	with pytest.raises(SiteError, match=message) as refused:
		make_mapping(
			branch,
			"Broken",
			CLIENT,
			PARTY,
			[{"local_fieldname": "client_name", "remote_fieldname": "party_name"}, row],
		)
	assert refused.value.type == "MappingError"


def test_a_link_whose_mapping_makes_another_doctype_is_refused(hq, branch, link):
	link()
	with pytest.raises(SiteError, match=PARTY_TO_CLIENT):
		connect(branch, hq, ["Shop Note"], mapping=PARTY_TO_CLIENT)
