"""A producer that nobody can call, and what it does in processes of its own. Runs inside the site."""

import time

import frappe

FORM = "event_streaming.event_streaming.doctype."


def enter_code(url: str, code: str) -> str:
	from event_streaming.event_streaming.doctype.event_consumer.event_consumer import enter_code as enter

	return enter(url, code)


def go_over_to_mailbox(doctype: str, name: str) -> None:
	"""As if this link had been made with a code."""
	frappe.db.set_value(doctype, name, "by_mailbox", 1)
	frappe.clear_document_cache(doctype, name)


def answer_for_ever(consumer: str) -> None:
	"""Answers what the consumer asks, until this process is killed."""
	from event_streaming.answering import Conversation
	from event_streaming.lingering import Wakeup
	from event_streaming.link.messenger import Messenger
	from event_streaming.producer.notify import ANSWERING

	bell = Wakeup(ANSWERING + consumer)
	with Messenger.for_consumer(consumer) as messenger:
		conversation = Conversation(consumer, messenger)
		while True:
			conversation._last_request = time.monotonic()  # a link of a test is busy
			conversation.answer_all_asked(bell)
			frappe.db.rollback()  # nothing is held meanwhile
			time.sleep(0.02)


def answer_and_die(consumer: str, point: str) -> None:
	"""Answers until it comes to that point, and dies there as if the power had gone.

	:param point: "fetched": with a request in hand; "answered": before the answer is posted
	"""
	from event_streaming import answering
	from support.kills import die

	usual = answering.answer_request

	def dying(*args) -> dict:
		if point == "answered":
			usual(*args)
		die()

	answering.answer_request = dying
	answer_for_ever(consumer)


def serve_and_die(producer: str, point: str) -> None:
	"""Serves the mailbox as a web worker does, and dies with the first request.

	:param point: "popped": out of the mailbox; "marked": as one that was fetched
	"""
	from event_streaming.link.mailbox import Mailbox
	from support.kills import die

	usual = Mailbox._mark_fetched

	def dying(box: Mailbox, request: dict) -> None:
		if point == "marked":
			usual(box, request)
		die()

	Mailbox._mark_fetched = dying
	while True:
		Mailbox(producer).fetch(1.0)


def ask_and_die(producer_url: str) -> None:
	"""Puts a request into the mailbox and dies while it waits for the answer."""
	from event_streaming.link.mailbox import Mailbox
	from support.kills import die

	Mailbox._wait = lambda *_args: die()
	pull(producer_url)


def pull(producer_url: str) -> dict:
	from support import streaming_ops

	return streaming_ops.pull(producer_url)


def arrive(producer: str) -> None:
	from event_streaming.link.mailbox import Mailbox

	Mailbox(producer).arrive()


def put(producer: str, function: str, arguments: dict | None = None) -> str:
	"""A request of which nobody takes the answer."""
	from event_streaming.link.mailbox import Mailbox

	return Mailbox(producer)._put(function, arguments or {})


def fetch(producer: str) -> dict | None:
	from event_streaming.link.mailbox import Mailbox

	return Mailbox(producer).fetch()


def clear_cache() -> None:
	frappe.clear_cache()


def answers_waiting() -> int:
	"""Answers that lie in this site's mailboxes."""
	return len(list(frappe.cache.scan_iter(match="*event_streaming:mailbox:*:answer:*")))


def keys_of_mailboxes() -> int:
	return len(list(frappe.cache.scan_iter(match="*event_streaming:mailbox:*")))


def forget(producer: str = "") -> None:
	"""What is in the mailbox of one producer, or in all."""
	for key in list(frappe.cache.scan_iter(match=f"*event_streaming:mailbox*{producer}*")):
		frappe.cache.delete(key)


def wait_shortly() -> None:
	"""Until the other site's process has begun; requests that are not fetched in time are given up soon."""
	from event_streaming.link import mailbox

	mailbox.FETCHED_WITHIN, mailbox.ANSWERED_WITHIN = 10.0, 12.0


def deliver(producer: str, answer: dict) -> bool:
	from event_streaming.link.mailbox import Mailbox

	return Mailbox(producer).deliver(answer["id"], answer["status"], answer["body"])


def unpacks_a_bomb() -> bool:
	import base64
	import zlib

	from event_streaming.link import protocol
	from event_streaming.link.mailbox import unpack

	bomb = base64.b64encode(zlib.compress(b"0" * (protocol.MAX_ANSWER * 4))).decode()
	return unpack(bomb) is not None


def answer_one(consumer: str, request: dict) -> dict:
	"""The answer, with what it says as `text`."""
	from event_streaming.answering import answer_request
	from event_streaming.link.mailbox import unpack

	answer = answer_request(consumer, request)
	return {**answer, "text": unpack(answer["body"]).decode()}


def is_present(producer: str) -> bool:
	from event_streaming.link.mailbox import Mailbox

	return Mailbox(producer).is_present()


def answer_once(consumer: str) -> None:
	from event_streaming.answering import Conversation
	from event_streaming.lingering import Wakeup
	from event_streaming.link.messenger import Messenger
	from event_streaming.producer.notify import ANSWERING

	with Messenger.for_consumer(consumer) as messenger:
		Conversation(consumer, messenger).answer_all_asked(Wakeup(ANSWERING + consumer))
