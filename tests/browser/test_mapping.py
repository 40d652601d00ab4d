"""A mapping made by hand: fields of both sites to pick from, suggestions, clashes, and a preview before it is saved."""

import pytest

from support import link
from support.browser import LAPTOP, PHONE

pytestmark = [pytest.mark.bench, pytest.mark.browser]

SIZES = pytest.mark.parametrize("size", [LAPTOP, PHONE])
MAPPING, PARTY, CLIENT = "Document Type Mapping", "Shop Party", "Shop Client"
CONTACTS = "Contact to Person"


@pytest.fixture
def linked(hq, branch):
	"""Branch may ask hq; it has a mapping for the rows of a party, and hq has one party to look at."""
	link.connect(branch, hq, ["Shop Note", "Shop Invoice", PARTY])  # only of these hq tells the fields
	hq.call("set_consumer_status", callback_url=branch.url, status="Approved")
	branch.insert(
		MAPPING,
		mapping_name=CONTACTS,
		local_doctype="Shop Client Person",
		remote_doctype="Shop Party Contact",
		field_mapping=[{"local_fieldname": "person", "remote_fieldname": "contact_name"}],
	)
	hq.create(PARTY, party_name="Bolts & Co", contacts=[{"contact_name": "Ada", "phone": "1"}])


@pytest.fixture
def desk(branch, browser, linked, request):
	desk = browser.desk(branch, getattr(request, "param", LAPTOP)).open("document-type-mapping/new")
	for fieldname, value in (
		("mapping_name", "Party to Client"),
		("local_doctype", CLIENT),
		("remote_doctype", PARTY),
	):
		desk.set_value(fieldname, value)
	desk.page.wait_for_timeout(1500)  # the other site is asked when nothing has been typed for a moment
	return desk.wait()


def rows(desk) -> list[dict]:
	return desk.page.evaluate("() => cur_frm.doc.field_mapping || []")


def pairs(desk) -> list[tuple]:
	return [
		(row["local_fieldname"], row.get("remote_fieldname"))
		for row in rows(desk)
		if row.get("local_fieldname")
	]


def offered(desk, fieldname: str) -> list[str]:
	return desk.page.evaluate(
		"""fieldname => (cur_frm.fields_dict.field_mapping.grid.docfields
			.find(field => field.fieldname === fieldname).options || []).map(option => option.value)""",
		fieldname,
	)


@pytest.mark.parametrize("desk", [LAPTOP, PHONE], indirect=True)
def test_a_mapping_is_suggested_previewed_and_saved(hq, branch, desk):
	assert "client_name" in offered(desk, "local_fieldname")
	assert {"party_name", "name"} <= set(offered(desk, "remote_fieldname"))
	desk.click_button("Suggest Fields")
	assert "These need a decision of yours" in desk.dialog().inner_text()
	desk.close_dialog()
	desk.add_row("field_mapping", local_fieldname="client_name", remote_fieldname="party_name")
	desk.add_row(
		"field_mapping", local_fieldname="persons", remote_fieldname="contacts", child_table_mapping=CONTACTS
	)
	desk.click_button("Preview")
	shown = desk.dialog().inner_text()
	for words in ("It could be saved here like this.", "Bolts & Co", "contacts → persons", "Ada"):
		assert words in shown
	desk.screenshot("document-type-mapping-preview")
	desk.close_dialog()
	assert not branch.exists(MAPPING, "Party to Client"), "a preview writes nothing"
	assert not branch.names(CLIENT)
	desk.save()
	assert branch.exists(MAPPING, "Party to Client")


@pytest.mark.parametrize("desk", [LAPTOP, PHONE], indirect=True)
def test_fields_of_the_same_name_are_suggested_and_can_be_saved(branch, desk):
	desk.set_value("local_doctype", "Shop Invoice").set_value("remote_doctype", "Shop Invoice")
	desk.click_button("Suggest Fields")
	desk.page.wait_for_timeout(1500)
	assert ("customer", "customer") in pairs(desk.wait())
	assert [row["remote_fieldname"] for row in rows(desk) if row.get("is_child_table")][:1] == ["items"]
	desk.screenshot("document-type-mapping-suggested")
	desk.save()
	assert branch.exists(MAPPING, "Party to Client")


@pytest.mark.parametrize("desk", [LAPTOP, PHONE], indirect=True)
def test_types_that_clash_are_shown_while_typing(desk):
	desk.add_row("field_mapping", local_fieldname="revenue", remote_fieldname="party_name")
	desk.add_row("field_mapping", local_fieldname="client_name", remote_fieldname="no_such_field")
	desk.page.wait_for_timeout(1500)
	headline = desk.wait().headline()
	assert "revenue is of type" in headline and "does not take all values of party_name" in headline
	assert "Shop Party has no field no_such_field on the other site" in headline
	desk.screenshot("document-type-mapping-clash")


def test_what_would_not_be_accepted_here_is_said_in_the_preview(desk):
	desk.add_row("field_mapping", local_fieldname="size", remote_fieldname="party_name")
	desk.click_button("Preview")
	shown = desk.dialog().inner_text()
	assert "client_name is mandatory here and would be empty." in shown


def test_names_are_typed_when_the_other_site_is_off(backend, hq, branch, browser, linked):
	backend.stop_process(hq.web)
	try:
		desk = browser.desk(branch).open("document-type-mapping/new")
		desk.set_value("local_doctype", CLIENT).set_value("remote_doctype", PARTY)
		desk.page.wait_for_timeout(1500)
		headline = desk.wait().headline()
		assert "Type their names." in headline and "is off" in headline
		desk.set_value("mapping_name", "Typed")
		desk.add_row("field_mapping", local_fieldname="client_name", remote_fieldname="party_name")
		desk.save()
		assert branch.exists(MAPPING, "Typed")
	finally:
		hq.web = backend.start_web(hq)


def test_without_a_link_the_form_says_how_to_get_one(branch, browser):
	desk = browser.desk(branch).open("document-type-mapping/new")
	desk.set_value("local_doctype", CLIENT).set_value("remote_doctype", PARTY)
	desk.click_button("Suggest Fields")
	assert "Make an Event Producer first" in desk.dialog().inner_text()
