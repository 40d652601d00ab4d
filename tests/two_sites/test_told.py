"""What pages that are open on the consumer are told of changes that arrive."""

import pytest

from support.link import connect, drain

NOTE = "Shop Note"


@pytest.fixture(autouse=True)
def link(hq, branch):
	connect(branch, hq, [NOTE])


def test_each_document_that_came_is_told_of_once_to_lists_and_forms(hq, branch):
	names = [hq.create(NOTE)["name"] for _ in range(12)]
	told = branch.call("pull_and_listen", producer_url=hq.url)
	lists = [message["message"]["name"] for message in told if message["event"] == "list_update"]
	forms = [message["room"] for message in told if message["event"] == "doc_update"]
	assert sorted(lists) == sorted(names)
	assert sorted(forms) == sorted(f"doc:{NOTE}/{name}" for name in names)
	assert {message["namespace"] for message in told} == {branch.name}


def test_nothing_is_told_of_what_was_undone(hq, branch):
	branch.configure(shop_reject_poison=1)
	names = [hq.create(NOTE)["name"] for _ in range(3)]
	hq.create(NOTE, title="POISON")
	names.append(hq.create(NOTE)["name"])
	told = branch.call("pull_and_listen", producer_url=hq.url)
	assert sorted(m["message"]["name"] for m in told if m["event"] == "list_update") == sorted(names)


def test_a_message_of_the_same_process_later_is_sent_as_ever(hq, branch):
	branch.configure(shop_reject_poison=1)
	hq.create(NOTE)
	hq.create(NOTE, title="POISON")
	drain(branch, hq)
	told = branch.call("pull_and_listen", producer_url=hq.url, then_create=NOTE)
	assert [message["event"] for message in told].count("list_update") == 1
