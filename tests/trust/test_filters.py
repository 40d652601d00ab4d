"""Whatever a consumer asks for by, on whichever database: an answer or a refusal in words, and never another question."""

import json

import pytest

from support.consumer_key import Consumer
from support.link import connect, subscribe
from support.odd_values import OTHERS, TEXTS
from support.site import SiteError

SAMPLER, NOTE, CUSTOMER = "Shop Field Sampler", "Shop Note", "Shop Customer"
WORDS = [text for text in TEXTS if text == text.strip()]


@pytest.fixture
def consumer(hq, branch) -> Consumer:
	connect(branch, hq, [SAMPLER, NOTE])
	return Consumer(hq, branch)


def test_every_field_in_every_way(hq, branch, consumer):
	hq.create(SAMPLER)
	wrong = hq.call("support.asking:ask_everything", doctype=SAMPLER, consumer=branch.url)
	assert not wrong, "\n".join(wrong[:50])


def test_a_text_finds_itself_and_nothing_else(hq, branch, consumer):
	made = {text: hq.create(NOTE, title=text)["name"] for text in WORDS}
	found = hq.call("support.asking:find_by_each_text", doctype=NOTE, consumer=branch.url, field="title")
	assert found == {text: [name] for text, name in made.items()}


def test_a_name_that_looks_like_sql_is_a_name(hq, branch):
	"""In whole documents, lists, digests, events; and on the receiving site."""
	connect(branch, hq, [CUSTOMER])
	consumer = Consumer(hq, branch)
	names = [text for text in WORDS if not set("<>%") & set(text)]
	made = [hq.create(CUSTOMER, name=name, customer_name=name)["name"] for name in names]
	assert sorted(doc["name"] for doc in consumer.documents(*((CUSTOMER, name) for name in made))) == sorted(
		made
	)
	assert sorted(row[0] for row in consumer.list(CUSTOMER, limit=100)["documents"]) == sorted(made)
	for name in made:
		assert consumer.find(CUSTOMER, {"name": name}) == [name]
		assert consumer.find(CUSTOMER, {"name": ["in", [name]]}) == [name]


@pytest.mark.parametrize("value", [*WORDS[:6], "it's", "back\\slash\\"])
def test_a_condition_that_looks_like_sql_is_a_condition(hq, branch, value):
	wanted = hq.create(NOTE, title=value)["name"]
	hq.create(NOTE, title="another")
	connect(
		branch, hq, [{"ref_doctype": NOTE, "condition": json.dumps({"title": value}), "use_same_name": 1}]
	)
	hq.update(NOTE, wanted, priority=3)
	consumer = Consumer(hq, branch)
	assert {event["docname"] for event in consumer.events()} <= {wanted}
	assert [row[0] for row in consumer.list(NOTE)["documents"]] == [wanted]


@pytest.mark.parametrize(
	("condition", "told"),
	[
		({"int_field": "many"}, "int_field can't be compared with “many” by ="),
		({"date_field": "soon"}, "date_field can't be compared with “soon” by ="),
		([["date_field", "like", "2026%"]], "date_field can't be compared with “2026%” by like"),
		([["int_field", "=>", 1]], "Row 1: “=&gt;” is not an operator of a filter. These are: =, !="),
		({"int_field": ["between", [1]]}, "Row 1: The operator “between” takes two values."),
	],
	ids=str,
)
def test_a_condition_that_cannot_be_is_refused_when_the_subscription_is_saved(hq, branch, condition, told):
	row = {"ref_doctype": SAMPLER, "condition": json.dumps(condition), "use_same_name": 1}
	with pytest.raises(SiteError) as refused:
		subscribe(branch, hq, [row])
	assert told in str(refused.value)


def test_others_are_of_each_kind():
	assert {type(value) for value in OTHERS} >= {str, int, float, bool, type(None)}
