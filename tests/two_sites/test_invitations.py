"""Pairing with a site that nobody can call: a code stands for the callback."""

import pytest

from support.compare import assert_same
from support.link import drain, pull, statuses, subscribe
from support.site import SiteError

NOTE, ITEM = "Shop Note", "Shop Item"
FORM = "event_streaming.event_streaming.doctype.event_invitation.event_invitation"
SUBSCRIBER = "streamer@example.com"


def invite(producer, *doctypes: str, **values) -> str:
	rows = [{"ref_doctype": doctype} for doctype in doctypes]
	doc = producer.insert("Event Invitation", event_subscriber=SUBSCRIBER, doctypes=rows, **values)
	return producer.call(f"{FORM}:make_code", invitation=doc["name"])["code"]


def approve_only(producer) -> str:
	[name] = producer.names("Event Consumer")
	producer.call("set_consumer_status", callback_url=name, status="Approved", doctypes=None)
	return name


@pytest.fixture
def paired(hq, branch):
	subscribe(branch, hq, [NOTE], invitation_code=invite(hq, NOTE, ITEM))
	return approve_only(hq)


def test_a_code_pairs_without_a_callback_and_documents_flow(hq, branch):
	with_code = subscribe(branch, hq, [NOTE], invitation_code=invite(hq, NOTE))
	assert with_code["callback_url"].endswith(".invalid")
	assert not with_code["invitation_code"]
	assert statuses(branch, hq) == {NOTE: "Pending"}
	name = approve_only(hq)
	assert name == with_code["callback_url"]
	assert branch.url not in str(hq.get("Event Consumer", name))
	pull(branch, hq)
	note = hq.create(NOTE)["name"]
	assert drain(branch, hq)["synced"] == 1
	assert_same(hq, branch, NOTE, note)


def test_a_code_for_other_doctypes_is_refused_and_leaves_nothing(hq, branch):
	code = invite(hq, NOTE)
	with pytest.raises(SiteError, match="not for Shop Item"):
		subscribe(branch, hq, [NOTE, ITEM], invitation_code=code)
	assert not branch.exists("Event Producer", hq.url)
	subscribe(branch, hq, [NOTE], invitation_code=code)


def test_a_used_code_is_refused_at_the_form(hq, branch, third):
	code = invite(hq, NOTE)
	subscribe(branch, hq, [NOTE], invitation_code=code)
	with pytest.raises(SiteError, match="was used"):
		subscribe(third, hq, [NOTE], invitation_code=code)


def test_more_is_asked_for_over_the_link_and_waits_for_approval(hq, branch, paired):
	subscribe(branch, hq, [NOTE, ITEM])
	assert statuses(branch, hq) == {NOTE: "Approved", ITEM: "Pending"}


def test_a_lost_key_is_renewed_by_a_code_and_nothing_is_missed(hq, branch, paired):
	drain(branch, hq)
	hq.call(
		"event_streaming.event_streaming.doctype.event_consumer.event_consumer:revoke_key", consumer=paired
	)
	note = hq.create(NOTE)["name"]
	assert pull(branch, hq)["error"]
	with pytest.raises(SiteError, match="Invite Again"):
		branch.call(
			"event_streaming.event_streaming.doctype.event_producer.event_producer:rotate_key",
			producer=hq.url,
		)
	subscribe(branch, hq, [NOTE], invitation_code=invite(hq, NOTE, renews=paired))
	assert statuses(branch, hq) == {NOTE: "Approved"}
	drain(branch, hq)
	assert_same(hq, branch, NOTE, note)


def test_a_link_that_stopped_starts_again_without_a_code(hq, branch, paired):
	note = hq.create(NOTE)["name"]
	drain(branch, hq)
	branch.update("Event Stream Cursor", hq.url, epoch="of another log")
	assert "started over" in pull(branch, hq)["error"]
	hq.update(NOTE, note, title="missed")
	branch.call("start_again", producer_url=hq.url)
	assert drain(branch, hq)["synced"] == 0
	hq.update(NOTE, note, priority=4)
	drain(branch, hq)
	assert_same(hq, branch, NOTE, note)
