"""What a consumer gets of what is kept from it: nothing, by no function, in no shape, neither now nor from before.

Asked with the consumer's own key. Each restriction is tried with everything that a consumer can ask.
"""

import json

import pytest

from support.compare import assert_same
from support.consumer_key import Consumer
from support.link import approve, connect, drain, keep_back, pull, subscribe, sync_logs

TICKET, CUSTOMER, INVOICE = "Shop Ticket", "Shop Customer", "Shop Invoice"
REGION, ARTICLE = "Shop Region", "Shop Article"
OPEN = '{"status": "Open"}'


def everything(hq, branch, doctype: str, names: list[str], fields: dict | None = None) -> str:
	"""All that the consumer is told by any function, as one text."""
	consumer = Consumer(hq, branch)
	listed = fields or {"": []}
	return json.dumps(
		[
			consumer.events(),
			consumer.documents(*[(doctype, name) for name in names]),
			consumer.find(doctype),
			[consumer.find(doctype, {"name": name}) for name in names],
			consumer.list(doctype, fields=listed),
			consumer.call("summarise_documents", doctype=doctype, fields=listed, limit=50),
			consumer.visitor.call("describe_doctype", {"doctype": doctype}).text,
		]
	)


class TestFields:
	"""A field that is kept back: by level, by mask, as a password, or because the giver left it out."""

	PROPERTIES = {
		"permission level": ("permlevel", "3", "Int"),
		"mask": ("mask", "1", "Check"),
		"password": ("fieldtype", "Password", "Data"),
	}

	def restrict(self, hq, branch, how: str, places: list[tuple[str, str, str]]) -> None:
		"""
		:param places: (DocType, table or "", fieldname)
		"""
		if how == "left out":
			paths = [f"{table}.{field}" if table else field for _doctype, table, field in places]
			return keep_back(hq, branch, INVOICE, left_out_fields="\n".join(paths))
		prop, value, kind = self.PROPERTIES[how]
		for doctype, _table, field in places:
			hq.call("set_property", doctype=doctype, fieldname=field, prop=prop, value=value, kind=kind)
		return None

	@pytest.mark.parametrize("how", ["permission level", "mask", "password", "left out"])
	@pytest.mark.parametrize("when", ["before", "after"])
	def test_is_in_no_answer(self, hq, branch, reader, how, when):
		places = [("Shop Invoice Item", "items", "warehouse"), (INVOICE, "", "notes")]
		connect(branch, hq, [INVOICE], event_subscriber=reader)
		if when == "before":
			self.restrict(hq, branch, how, places)
		made = hq.create(INVOICE, notes="unseen 1")
		name = made["name"]
		hq.update(INVOICE, name, notes="unseen 2")
		hq.call("update_row", doctype=INVOICE, name=name, table="items", row=1, warehouse="unseen 3", qty=7)
		item = made["items"][0]["item"]
		row = {"item": item, "qty": 1, "warehouse": "unseen 4"}
		hq.call("append_row", doctype=INVOICE, name=name, table="items", **row)
		hq.call("db_set", doctype=INVOICE, name=name, notes="unseen 5")
		if when == "after":
			self.restrict(hq, branch, how, places)
		asked = {"": ["notes", "total"], "items": ["warehouse", "qty"]}
		told = everything(hq, branch, INVOICE, [name], asked)
		assert "qty" in told and name in told
		assert "unseen" not in told and '"notes"' not in told and '"warehouse"' not in told
		consumer = Consumer(hq, branch)
		for filters in ({"notes": "unseen 5"}, [["notes", "like", "unseen%"]]):
			reply = consumer.visitor.call("find_documents", {"doctype": INVOICE, "filters": filters})
			assert (reply.status, reply.message) == (417, None)
		before = consumer.list(INVOICE, fields=asked)
		assert before["fields"] == {"": ["total"], "items": ["qty"]}
		hq.call("set_value_silently", doctype=INVOICE, name=name, notes="other")
		assert consumer.list(INVOICE, fields=asked)["documents"] == before["documents"]

	def test_a_table_that_is_left_out_is_there_with_none_of_its_rows(self, hq, branch):
		connect(branch, hq, [INVOICE])
		keep_back(hq, branch, INVOICE, left_out_fields="taxes")
		name = hq.create(INVOICE, taxes=[{"description": "unseen"}])["name"]
		hq.call("append_row", doctype=INVOICE, name=name, table="taxes", description="unseen 2")
		told = everything(hq, branch, INVOICE, [name], {"": ["total"], "taxes": ["description"]})
		assert name in told and "unseen" not in told and '"taxes"' not in told

	@pytest.mark.parametrize("paths", ["nothing", "items.nothing", "customer.name", "no.such.thing"])
	def test_only_fields_that_there_are_can_be_left_out(self, hq, branch, paths):
		from support.site import SiteError

		connect(branch, hq, [INVOICE])
		with pytest.raises(SiteError, match=f"Shop Invoice has no field {paths} to leave out"):
			keep_back(hq, branch, INVOICE, left_out_fields=paths)


DOCUMENTS = {
	# how: (DocType, values of what may be seen, values of what may not)
	"condition": (TICKET, {"status": "Open"}, {"status": "Closed"}),
	"own filter": (TICKET, {"status": "Open"}, {"status": "Closed"}),
	"both": (
		TICKET,
		{"status": "Open", "opened_on": "2026-01-01"},
		{"status": "Open", "opened_on": "2020-01-01"},
	),
	"user permission": (TICKET, {"customer": "Seen Customer"}, {"customer": "Other Customer"}),
	"has_permission hook": (REGION, {"head": "Ada"}, {"head": "Hidden Eve"}),
	"query conditions": (ARTICLE, {"article_code": "Article 1"}, {"article_code": "Hidden 1"}),
}
TEXTS = {TICKET: "subject", REGION: "continent", ARTICLE: "remarks"}


@pytest.fixture
def restricted(hq, branch, reader, request):
	how = request.param
	doctype, seen, hidden = DOCUMENTS[how]
	for name in ("Seen Customer", "Other Customer"):
		hq.create(CUSTOMER, customer_name=name)
	row = {"ref_doctype": doctype, "use_same_name": 1}
	row["condition"] = OPEN if how in ("condition", "both") else None
	if how == "user permission":
		hq.insert(
			"User Permission", user=reader, allow=CUSTOMER, for_value="Seen Customer", apply_to_all_doctypes=1
		)
	connect(branch, hq, [row], event_subscriber=reader)
	if how == "own filter":
		keep_back(hq, branch, doctype, own_filter=OPEN)
	if how == "both":
		keep_back(hq, branch, doctype, own_filter='[["opened_on", ">", "2025-01-01"]]')
	return doctype, seen, hidden


def text_field(hq, doctype: str) -> str:
	return TEXTS[doctype]


@pytest.mark.parametrize("restricted", DOCUMENTS, indirect=True)
class TestDocuments:
	def test_one_that_may_not_be_seen_is_in_no_answer(self, hq, branch, restricted):
		doctype, seen, hidden = restricted
		text = TEXTS[doctype]
		visible = hq.create(doctype, **{text: "seen"}, **seen)["name"]
		secret = hq.create(doctype, **{text: "unseen 1"}, **hidden)["name"]
		hq.update(doctype, secret, **{text: "unseen 2"})
		hq.call("db_set", doctype=doctype, name=secret, **{text: "unseen 3"})
		told = everything(hq, branch, doctype, [visible, secret], {"": [text]})
		assert visible in told and "unseen" not in told
		listed = Consumer(hq, branch).list(doctype)
		assert [name for name, _id, _digest in listed["documents"]] == [visible]
		assert secret not in json.dumps(
			[listed, Consumer(hq, branch).find(doctype), Consumer(hq, branch).events()]
		)

	def test_what_it_held_before_it_could_be_seen_is_in_no_answer(self, hq, branch, restricted):
		doctype, seen, hidden = restricted
		if doctype == ARTICLE:
			pytest.skip("its name decides: see the test of names")
		text = TEXTS[doctype]
		name = hq.create(doctype, **{text: "unseen 1"}, **hidden)["name"]
		hq.update(doctype, name, **{text: "unseen 2"})
		hq.update(doctype, name, **{text: "seen 3"}, **seen)
		hq.update(doctype, name, **{text: "seen 4"})
		told = everything(hq, branch, doctype, [name], {"": [text]})
		assert "seen 4" in told and "unseen" not in told
		assert drain(branch, hq)["failed"] == 0
		assert_same(hq, branch, doctype, name)
		assert "unseen" not in json.dumps(sync_logs(branch))

	def test_what_it_held_while_it_was_away_is_in_no_answer(self, hq, branch, restricted):
		doctype, seen, hidden = restricted
		if doctype == ARTICLE:
			pytest.skip("its name decides: see the test of names")
		text = TEXTS[doctype]
		name = hq.create(doctype, **{text: "seen 1"}, **seen)["name"]
		assert drain(branch, hq)["failed"] == 0
		hq.update(doctype, name, **{text: "unseen 2"}, **hidden)
		hq.call("db_set", doctype=doctype, name=name, **{text: "unseen 3"})
		hq.update(doctype, name, **{text: "seen 4"}, **seen)
		assert "unseen" not in everything(hq, branch, doctype, [name])
		assert drain(branch, hq)["failed"] == 0
		assert_same(hq, branch, doctype, name)

	def test_one_of_the_same_name_that_was_deleted_is_in_no_answer(self, hq, branch, restricted):
		doctype, seen, hidden = restricted
		if doctype == ARTICLE:
			pytest.skip("its name decides: see the test of names")
		text = TEXTS[doctype]
		name = hq.create(doctype, **{text: "unseen 1"}, **hidden)["name"]
		hq.update(doctype, name, **{text: "unseen 2"})
		hq.delete(doctype, name)
		hq.call("support.trust:create_named", doctype=doctype, name=name, **{text: "seen"}, **seen)
		told = everything(hq, branch, doctype, [name], {"": [text]})
		assert '"seen"' in told and "unseen" not in told
		assert drain(branch, hq)["failed"] == 0
		assert_same(hq, branch, doctype, name)


class TestValuesFromBefore:
	def test_a_change_within_the_condition_is_told_as_ever(self, hq, branch):
		condition = '[["status", "in", ["Open", "Replied"]]]'
		connect(branch, hq, [{"ref_doctype": TICKET, "condition": condition, "use_same_name": 1}])
		name = hq.create(TICKET, subject="one")["name"]
		hq.update(TICKET, name, status="Replied")
		hq.update(TICKET, name, subject="two")
		events = Consumer(hq, branch).events()
		assert [event["update_type"] for event in events] == ["Create", "Update", "Update"]
		assert events[1]["data"]["changed"] == {"status": "Replied"}
		assert events[1]["data"]["was"]["changed"] == {"status": "Open"}
		assert pull(branch, hq)["calls"].get("get_documents", 0) == 0

	def test_one_request_brings_all_that_entered(self, hq, branch):
		connect(branch, hq, [{"ref_doctype": TICKET, "condition": OPEN, "use_same_name": 1}])
		names = [hq.create(TICKET, status="Closed")["name"] for _n in range(5)]
		assert pull(branch, hq)["synced"] == 0
		for name in names:
			hq.update(TICKET, name, status="Open")
		summary = pull(branch, hq)
		assert (summary["synced"], summary["failed"]) == (5, 0)
		assert summary["calls"]["get_documents"] == 1
		for name in names:
			assert_same(hq, branch, TICKET, name)

	def test_one_that_was_merged_into_a_visible_one(self, hq, branch):
		connect(branch, hq, [{"ref_doctype": CUSTOMER, "condition": '{"disabled": 0}', "use_same_name": 1}])
		secret = hq.create(CUSTOMER, disabled=1, tax_id="unseen")["name"]
		kept = hq.create(CUSTOMER)["name"]
		hq.rename(CUSTOMER, secret, kept, merge=True)
		assert "unseen" not in json.dumps(Consumer(hq, branch).events())
		assert drain(branch, hq)["failed"] == 0
		assert_same(hq, branch, CUSTOMER, kept)

	def test_one_whose_name_decides(self, hq, branch):
		connect(
			branch,
			hq,
			[{"ref_doctype": CUSTOMER, "condition": '[["name", "like", "Public%"]]', "use_same_name": 1}],
		)
		name = hq.create(CUSTOMER, customer_name="Private 1", tax_id="unseen")["name"]
		hq.update(CUSTOMER, name, tax_id="seen")
		hq.rename(CUSTOMER, name, "Public 1")
		hq.update(CUSTOMER, "Public 1", remarks="seen")
		assert "unseen" not in json.dumps(Consumer(hq, branch).events())
		assert drain(branch, hq)["failed"] == 0
		assert_same(hq, branch, CUSTOMER, "Public 1")


class TestTheGiverDecides:
	def test_the_consumer_sees_it_and_cannot_widen_it(self, hq, branch):
		connect(branch, hq, [TICKET])
		keep_back(hq, branch, TICKET, left_out_fields="subject, related_tickets", own_filter=OPEN)
		pull(branch, hq)
		[row] = branch.get("Event Producer", hq.url)["producer_doctypes"]
		assert (row["left_out_there"], row["filtered_there"]) == ("related_tickets, subject", 1)
		subscribe(
			branch, hq, [{"ref_doctype": TICKET, "condition": '{"status": "Closed"}', "use_same_name": 1}]
		)
		approve(hq, branch)
		hidden = hq.create(TICKET, status="Closed")["name"]
		assert hidden not in everything(hq, branch, TICKET, [hidden]).replace(
			f'"missing": [["{TICKET}", "{hidden}"]]', ""
		)
		keep_back(hq, branch, TICKET, left_out_fields="", own_filter="")
		pull(branch, hq)
		[row] = branch.get("Event Producer", hq.url)["producer_doctypes"]
		assert (row["left_out_there"] or "", row["filtered_there"]) == ("", 0)

	def test_what_is_left_out_stays_as_it_is_on_the_consumer(self, hq, branch):
		connect(branch, hq, [TICKET])
		keep_back(hq, branch, TICKET, left_out_fields="opened_on")
		name = hq.create(TICKET, opened_on="2026-01-01")["name"]
		assert drain(branch, hq)["failed"] == 0
		branch.call("set_value_silently", doctype=TICKET, name=name, opened_on="2026-02-02")
		hq.update(TICKET, name, subject="new", opened_on="2026-03-03")
		assert drain(branch, hq)["failed"] == 0
		assert_same(hq, branch, TICKET, name, except_fields=("opened_on",))
		assert branch.value(TICKET, name, "opened_on") == "2026-02-02"

	def test_a_filter_is_checked_when_it_is_saved(self, hq, branch):
		from support.site import SiteError

		connect(branch, hq, [TICKET])
		for bad in ('{"nothing": 1}', "[[", '[["status", "regexp", "x"]]'):
			with pytest.raises(SiteError):
				keep_back(hq, branch, TICKET, own_filter=bad)
