"""The two sites' DocTypes differ: what was sent and can't be kept is told in the row of its event."""

import pytest

from support.compare import assert_same
from support.link import connect, drain, subscribe, sync_logs

NOTE, SAMPLER, INVOICE = "Shop Note", "Shop Field Sampler", "Shop Invoice"


def told(branch, name: str) -> list[str]:
	return [row["message"] or "" for row in sync_logs(branch) if row["remote_docname"] == name]


def add_field(site, doctype: str, fieldname: str, fieldtype: str = "Data", **more) -> None:
	site.call("add_custom_field", doctype=doctype, fieldname=fieldname, fieldtype=fieldtype, **more)


class TestAFieldThatIsNotHere:
	@pytest.fixture(autouse=True)
	def only_there(self, hq, branch):
		add_field(hq, NOTE, "grade")
		connect(branch, hq, [NOTE])

	def test_its_value_is_named_with_a_create(self, hq, branch):
		name = hq.create(NOTE, grade="A")["name"]
		drain(branch, hq)
		assert "grade" in told(branch, name)[0]
		assert branch.value(NOTE, name, "title")

	def test_and_with_a_change(self, hq, branch):
		name = hq.create(NOTE)["name"]
		hq.update(NOTE, name, grade="B")
		hq.call("db_set", doctype=NOTE, name=name, grade="C")
		drain(branch, hq)
		assert ["grade" in message for message in told(branch, name)] == [False, True, True]

	def test_what_is_empty_is_not(self, hq, branch):
		name = hq.create(NOTE, grade="")["name"]
		hq.update(NOTE, name, priority=3)
		drain(branch, hq)
		assert not any(told(branch, name))

	def test_what_is_left_out_is_not(self, hq, branch):
		add_field(branch, NOTE, "grade")
		row = {"ref_doctype": NOTE, "use_same_name": 1, "leave_out": "grade"}
		subscribe(branch, hq, [row])
		name = hq.create(NOTE, grade="A")["name"]
		drain(branch, hq)
		assert not any(told(branch, name))
		assert not branch.value(NOTE, name, "grade")


def test_a_field_of_rows_that_is_not_here(hq, branch):
	add_field(hq, "Shop Sampler Row", "grade")
	connect(branch, hq, [SAMPLER])
	rows = [{"label": "one", "grade": "A"}, {"label": "two"}]
	name = hq.create(SAMPLER, rows=rows)["name"]
	drain(branch, hq)
	assert "rows.grade" in told(branch, name)[0]


def test_a_table_that_is_not_here(hq, branch):
	add_field(hq, NOTE, "more_rows", "Table", options="Shop Sampler Row")
	connect(branch, hq, [NOTE])
	name = hq.create(NOTE)["name"]
	hq.call("append_row", doctype=NOTE, name=name, table="more_rows", label="one")
	drain(branch, hq)
	assert [("more_rows" in message) for message in told(branch, name)] == [False, True]


def test_a_field_of_another_type(hq, branch):
	add_field(hq, NOTE, "amount")
	add_field(branch, NOTE, "amount", "Int")
	connect(branch, hq, [NOTE])
	fits, broken = hq.create(NOTE, amount="12")["name"], hq.create(NOTE, amount="a dozen")["name"]
	drain(branch, hq)
	assert branch.value(NOTE, fits, "amount") == 12 and not any(told(branch, fits))
	assert "amount" in told(branch, broken)[0]


def test_a_field_that_the_subscriber_may_not_write_here(hq, branch):
	connect(branch, hq, [NOTE])
	branch.call("set_property", doctype=NOTE, fieldname="content", prop="permlevel", value="3", kind="Int")
	name = hq.create(NOTE, content="not for everybody")["name"]
	drain(branch, hq)
	assert not branch.value(NOTE, name, "content")
	assert "content" in told(branch, name)[0]


def test_a_hundred_fields_are_not_named_one_by_one(hq, branch):
	for number in range(14):
		add_field(hq, NOTE, f"extra_{number:02}")
	connect(branch, hq, [NOTE])
	name = hq.create(NOTE, **{f"extra_{number:02}": "x" for number in range(14)})["name"]
	drain(branch, hq)
	assert "extra_09" in told(branch, name)[0] and "extra_10" not in told(branch, name)[0]
	assert "4" in told(branch, name)[0]


@pytest.mark.parametrize("field", ["float_field", "currency_field"])
def test_the_ninth_decimal_counts(hq, branch, field):
	connect(branch, hq, [SAMPLER])
	name = hq.create(SAMPLER, **{field: 1e-9})["name"]
	drain(branch, hq)
	hq.call("db_set", doctype=SAMPLER, name=name, **{field: 2e-9})
	drain(branch, hq)
	assert branch.value(SAMPLER, name, field) == pytest.approx(2e-9)
	hq.update(SAMPLER, name, **{field: 3e-9})
	drain(branch, hq)
	assert branch.value(SAMPLER, name, field) == pytest.approx(3e-9)
	assert_same(hq, branch, SAMPLER, name)


def listed(branch, hq) -> dict[str, str]:
	"""{field: kind}"""
	call = "support.schemas:differences"
	return {row["field"]: row["kind"] for row in branch.call(call, producer_url=hq.url)}


def change_property(site, doctype: str, fieldname: str, prop: str, value: str) -> None:
	site.call("set_property", doctype=doctype, fieldname=fieldname, prop=prop, value=value, kind="Data")


class TestDifferences:
	def test_of_equal_sites_there_are_none(self, hq, branch):
		connect(branch, hq, [NOTE, SAMPLER, INVOICE])
		assert listed(branch, hq) == {}
		assert branch.call("link_state", producer_url=hq.url)["differences"] == {}

	def test_each_kind_is_named_when_the_link_is_made(self, hq, branch, backend):
		takes_unique = (backend.name, backend.db_type) != (
			"bench",
			"sqlite",
		)  # Frappe adds no such column there
		add_field(hq, NOTE, "only_there")
		add_field(branch, NOTE, "must_be_here", reqd=1)
		add_field(hq, NOTE, "kind_number")
		add_field(branch, NOTE, "kind_number", "Int")
		add_field(hq, NOTE, "long_one", length=500)
		add_field(branch, NOTE, "long_one")
		add_field(hq, NOTE, "choice", "Select", options="\nA\nB")
		add_field(branch, NOTE, "choice", "Select", options="\nA")
		add_field(hq, NOTE, "target", "Link", options="Shop Customer")
		add_field(branch, NOTE, "target", "Link", options="Shop Item")
		add_field(hq, NOTE, "single")
		add_field(branch, NOTE, "single", unique=int(takes_unique))
		add_field(branch, NOTE, "only_here")
		connect(branch, hq, [NOTE])
		assert listed(branch, hq) == {
			"only_there": "Not Here",
			"must_be_here": "Mandatory Here",
			"kind_number": "Another Type",
			"long_one": "Shorter Here",
			"choice": "Options Missing Here",
			"target": "Links to Another DocType",
			**({"single": "Unique Here"} if takes_unique else {}),
		}
		assert branch.call("link_state", producer_url=hq.url)["differences"] == {NOTE: 6 + takes_unique}

	def test_fields_of_rows_are_named_with_their_table(self, hq, branch):
		add_field(hq, "Shop Sampler Row", "grade")
		connect(branch, hq, [SAMPLER])
		assert listed(branch, hq) == {"rows.grade": "Not Here"}

	def test_a_change_there_and_one_here_are_noticed(self, hq, branch):
		connect(branch, hq, [NOTE])
		add_field(hq, NOTE, "grade")
		drain(branch, hq)
		assert listed(branch, hq) == {"grade": "Not Here"}
		add_field(branch, NOTE, "grade")
		drain(branch, hq)
		assert listed(branch, hq) == {"grade": "Taken Since"}

	def test_what_is_left_out_is_no_difference(self, hq, branch):
		add_field(hq, NOTE, "grade")
		connect(branch, hq, [{"ref_doctype": NOTE, "use_same_name": 1}])
		assert listed(branch, hq) == {"grade": "Not Here"}
		branch.call("support.schemas:leave_out", producer_url=hq.url, doctype=NOTE, fields="grade")
		drain(branch, hq)
		assert listed(branch, hq) == {}

	def test_a_file_of_missing_fields_makes_them(self, hq, branch):
		add_field(hq, NOTE, "grade", "Select", options="\nA\nB", label="Grade")
		add_field(hq, "Shop Sampler Row", "more")
		connect(branch, hq, [NOTE, SAMPLER])
		for doctype in (NOTE, SAMPLER):
			content = branch.call("support.schemas:missing_fields", producer_url=hq.url, doctype=doctype)
			branch.call("support.schemas:import_fields", content=content)
		drain(branch, hq)
		assert set(listed(branch, hq).values()) <= {"Taken Since"}
		name = hq.create(NOTE, grade="B")["name"]
		drain(branch, hq)
		assert branch.value(NOTE, name, "grade") == "B"

	def test_an_alert_names_them(self, hq, branch):
		add_field(hq, NOTE, "grade")
		connect(branch, hq, [NOTE])
		[fault] = [one for one in branch.call("support.schemas:faults") if one["kind"] == "Fields Differ"]
		assert NOTE in fault["message"]


def test_a_comparison_names_what_it_cannot_compare(hq, branch):
	add_field(hq, NOTE, "only_there")
	add_field(branch, NOTE, "only_here")
	connect(branch, hq, [NOTE])
	hq.create(NOTE)
	drain(branch, hq)
	branch.call("support.comparing:reconcile", producer_url=hq.url, doctypes=[NOTE])
	[row] = branch.rows("Event Reconciliation", ["different", "not_compared"])
	assert row == {"different": 0, "not_compared": "only_here, only_there"}


class TestAFieldThatIsAddedLater:
	def test_a_backfill_brings_what_was_dropped(self, hq, branch):
		add_field(hq, NOTE, "grade")
		connect(branch, hq, [NOTE])
		name, local = hq.create(NOTE, grade="A")["name"], hq.create(NOTE, grade="B")["name"]
		drain(branch, hq)
		add_field(branch, NOTE, "grade")
		drain(branch, hq)
		branch.call("backfill", producer_url=hq.url, doctypes=[NOTE])
		assert branch.value(NOTE, name, "grade") == "A"
		assert branch.value(NOTE, local, "grade") == "B"
		assert listed(branch, hq) == {}

	def test_a_second_backfill_takes_nothing_again(self, hq, branch):
		self.test_a_backfill_brings_what_was_dropped(hq, branch)
		branch.call("backfill", producer_url=hq.url, doctypes=[NOTE])
		[row] = branch.rows("Event Backfill", ["taken", "skipped"])
		assert (row["taken"], row["skipped"]) == (0, 2)


class TestAFieldThatIsRenamedWhileEventsWait:
	def test_here(self, hq, branch):
		for site in (hq, branch):
			add_field(site, NOTE, "grade")
		connect(branch, hq, [NOTE])
		name = hq.create(NOTE, grade="A")["name"]
		branch.call("support.schemas:remove_field", doctype=NOTE, fieldname="grade")
		add_field(branch, NOTE, "mark")
		drain(branch, hq)
		assert "grade" in told(branch, name)[0]
		assert listed(branch, hq)["grade"] == "Not Here"

	def test_there(self, hq, branch):
		for site in (hq, branch):
			add_field(site, NOTE, "grade")
		connect(branch, hq, [NOTE])
		name = hq.create(NOTE, grade="A")["name"]
		hq.call("support.schemas:remove_field", doctype=NOTE, fieldname="grade")
		add_field(hq, NOTE, "mark")
		hq.update(NOTE, name, mark="B")
		drain(branch, hq)
		assert branch.value(NOTE, name, "grade") == "A"
		assert "mark" in told(branch, name)[1]
		assert listed(branch, hq)["mark"] == "Not Here"


class TestReadyMappings:
	"""Of a pack that is made for the test: a field and a table's field were renamed from one version to the other."""

	PACK = {
		"name": "Shop 1 and 2",
		"renamed": {SAMPLER: [["grade_1", "grade_2"]], "Shop Sampler Row": [["mark_1", "mark_2"]]},
	}

	@pytest.mark.parametrize("newer", [True, False])
	def test_renamed_fields_arrive_in_both_directions(self, hq, branch, newer):
		there, here = ("1", "2") if newer else ("2", "1")
		for site, version in ((hq, there), (branch, here)):
			add_field(site, SAMPLER, f"grade_{version}")
			add_field(site, "Shop Sampler Row", f"mark_{version}")
		add_field(hq, SAMPLER, "gone")
		connect(branch, hq, [SAMPLER])
		made = branch.call("support.schemas:load_ready", producer_url=hq.url, doctype=SAMPLER, pack=self.PACK)
		assert made["left"] == ["gone"]
		drain(branch, hq)
		rows = [{"label": "row", f"mark_{there}": "B"}]
		name = hq.create(SAMPLER, title="whole", rows=rows, **{f"grade_{there}": "A"})["name"]
		drain(branch, hq)
		doc = branch.get(SAMPLER, name)
		assert (doc["title"], doc[f"grade_{here}"], doc["rows"][0]["label"]) == ("whole", "A", "row")
		assert doc["rows"][0][f"mark_{here}"] == "B"
		assert set(listed(branch, hq)) == {f"grade_{here}, rows.mark_{here}"}  # of documents from before

	def test_a_link_to_another_doctype_is_named_as_not_taken(self, hq, branch):
		add_field(hq, SAMPLER, "grade_1")
		add_field(branch, SAMPLER, "grade_2")
		add_field(hq, SAMPLER, "linked_there", "Link", options="Shop Customer")
		add_field(branch, SAMPLER, "linked_there", "Link", options="Shop Item")
		connect(branch, hq, [SAMPLER])
		made = branch.call("support.schemas:load_ready", producer_url=hq.url, doctype=SAMPLER, pack=self.PACK)
		assert made["left"] == ["linked_there"]
