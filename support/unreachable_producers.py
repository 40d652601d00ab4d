"""A producer that nobody can call, paired by a code and answering over connections of its own."""

import contextlib

INVITATION = "event_streaming.event_streaming.doctype.event_invitation.event_invitation"
SUBSCRIBER = "streamer@example.com"


def invite(hq, *doctypes: str, **values) -> str:
	rows = [{"ref_doctype": doctype} for doctype in doctypes]
	values = {"purpose": "Send to This Site", "event_subscriber": SUBSCRIBER, **values}
	doc = hq.insert("Event Invitation", doctypes=rows, **values)
	return hq.call(f"{INVITATION}:make_code", invitation=doc["name"])["code"]


def offer(shop, hq, code: str) -> str:
	"""The name of the Event Producer on hq."""
	shop.call("support.mailboxes:enter_code", url=hq.url, code=code)
	[name] = hq.names("Event Producer")
	return name


def approve(shop, hq) -> None:
	shop.call("set_consumer_status", callback_url=hq.url, status="Approved", doctypes=None)


def pair(hq, shop, *doctypes: str) -> str:
	"""Invited, offered, approved and not paused; the name of the Event Producer on hq."""
	name = offer(shop, hq, invite(hq, *doctypes))
	approve(shop, hq)
	hq.update("Event Producer", name, paused=0)
	return name


@contextlib.contextmanager
def answering(shop, hq):
	shell = shop.open_shell()
	shell.send("support.mailboxes:answer_for_ever", consumer=hq.url)
	try:
		yield shell
	finally:
		shell.kill()


def drain(hq, name: str) -> dict:
	summary = hq.call("support.mailboxes:pull", producer_url=name)
	assert not summary["error"] and not summary["busy"], summary
	return summary


def pull_name(hq, name: str) -> dict:
	return hq.call("support.mailboxes:pull", producer_url=name)
