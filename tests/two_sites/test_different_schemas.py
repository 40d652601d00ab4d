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
	rows = [{"data_field": "one", "grade": "A"}, {"data_field": "two"}]
	name = hq.create(SAMPLER, rows=rows)["name"]
	drain(branch, hq)
	assert "rows.grade" in told(branch, name)[0]


def test_a_table_that_is_not_here(hq, branch):
	add_field(hq, NOTE, "more_rows", "Table", options="Shop Sampler Row")
	connect(branch, hq, [NOTE])
	name = hq.create(NOTE)["name"]
	hq.call("append_row", doctype=NOTE, name=name, table="more_rows", data_field="one")
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
