"""Tells consumers that something changed, so that they need not wait for their schedule.

A hint is a courtesy: losing one costs a minute, so nothing here raises into the user's transaction, asks twice
or waits long. Changes of one transaction, and of all transactions within a moment, make one job, which stays for a while
to tell of those that follow.
"""

import time

import frappe
from redis.exceptions import RedisError

from event_streaming import lingering
from event_streaming.exceptions import AnswerTimedOut, ConnectionFailed, StreamingError
from event_streaming.lingering import Wakeup
from event_streaming.link import urls
from event_streaming.link.client import ConsumerClient
from event_streaming.producer.registration import approved_doctypes
from event_streaming.yielding import HINTS, Others

CHANGED = "event_streaming:changed_doctypes"
ANSWERING = "event_streaming:answering:"  # rung for the job that answers what a consumer asks by mailbox
ANSWER_JOB, ANSWER_QUEUE = "event_streaming.answering.answer_job", "long"
ANSWERING_TIME = 240  # seconds after which that job hands over to a new one
SILENCE = "event_streaming:unreachable:"
BELL = "event_streaming:hints"
PAUSE = 0.1  # seconds between two rounds of hints of one job
RUNNING_TIME = 120  # seconds after which a job leaves the hints to the next one
CHANGED_LIFETIME = 60 * 60
SHORT_SILENCE = 2  # seconds; for one that was only slow, and so has most likely got its hint
FIRST_SILENCE = 30  # seconds in which an unreachable consumer gets no hint; doubles each time
LONGEST_SILENCE = 60 * 60


def notify_after_commit(doctype: str = "*") -> None:
	"""Called for each change: remembers the DocType until this transaction is committed.

	:param doctype: that changed; "*" for any
	"""
	changed = getattr(frappe.db, "event_streaming_changed", None)
	if changed:
		changed.add(doctype)
		return
	# nosemgrep -- the connection of this process, or a note that lives as long
	frappe.db.event_streaming_changed = {doctype}
	frappe.db.after_commit.add(_announce)
	frappe.db.after_rollback.add(_forget)


def send_hints() -> None:
	"""Job: wakes up the consumers that take what changed, and again when more does while it stays."""
	wakeup = Wakeup(BELL)
	if not wakeup.attend():
		return  # who attends hears of all changes
	deadline = time.monotonic() + RUNNING_TIME
	try:
		_attend(wakeup, deadline)
	finally:
		if wakeup.abandon() and time.monotonic() > deadline:
			_enqueue_to_tell()


def _attend(wakeup: Wakeup, deadline: float) -> None:
	owed: set[str] = set()
	others = Others()
	next_round = 0.0
	while time.monotonic() < deadline:
		reached = _send_hints(owed)
		end = _end_of_stay(owed, deadline)
		stays = (reached or owed) and lingering.wait(wakeup, end, wakeup.attend, others=others)
		if not stays and all(map(_is_silenced, owed)) and wakeup.leave():
			return
		# so that what changes within a moment makes one hint
		time.sleep(max(next_round - time.monotonic(), 0.0))
		next_round = time.monotonic() + PAUSE


def _send_hints(owed: set[str]) -> bool:
	"""Whether any consumer was reached.

	:param owed: consumers that were too slow for their last hint and get it once more; brought up to date
	"""
	changed = _take_changed()
	consumers = (
		frappe.get_all("Event Consumer", filters={"paused": 0}, pluck="name") if changed or owed else []
	)
	owed &= set(consumers)
	takers = [consumer for consumer in consumers if consumer in owed or _takes(consumer, changed)]
	reached = False
	for consumer in takers:
		owed.discard(consumer)
		if not _is_silenced(consumer):
			reached = send_hint(consumer) or reached
		if _will_soon_be_asked(consumer):
			owed.add(consumer)
	return reached


def begin_to_answer(consumer: str) -> None:
	"""Has a consumer that can't call this site answered at once: by the job that attends, else by a new one. That job leaves
	while others wait for its worker, and the schedule alone would bring it back in a minute."""
	if Wakeup(ANSWERING + consumer).ring():
		job_id = f"event_streaming:answer:{consumer}"
		lingering.enqueue_unless_queued(
			ANSWER_JOB, job_id, queue=ANSWER_QUEUE, timeout=ANSWERING_TIME * 5, consumer=consumer
		)


def hint(consumer: str) -> None:
	"""After this transaction, wakes up one consumer, for example to see a new approval."""
	if _can_be_called(consumer):
		frappe.db.after_commit.add(lambda: _enqueue("send_hint", consumer=consumer))


def send_hint(consumer: str) -> bool:
	"""Job: wakes up one consumer. One that cannot be reached gets no hint for a while, so that its time-outs
	do not hold up the others.

	:returns: whether it was reached
	"""
	try:
		with ConsumerClient.for_consumer(consumer) as client:
			client.wake_up()
		if frappe.db.get_value("Event Consumer", consumer, "by_mailbox"):
			begin_to_answer(consumer)  # it asks now what is new
		# nosemgrep -- a constant and one name, or a hash: no two make one
		frappe.cache.delete_value(SILENCE + consumer)
		return True
	except ConnectionFailed as error:
		_silence(consumer, SHORT_SILENCE if isinstance(error, AnswerTimedOut) else FIRST_SILENCE)
		_log(f"{consumer} not reached: {error}")
	except StreamingError as error:
		_log(f"{consumer} took no hint: {error}")
	except Exception as error:
		_log(f"hint to {consumer} failed: {type(error).__name__}")
	return False


def _announce() -> None:
	changed = _forget()
	try:
		pipeline = frappe.cache.pipeline(transaction=True)
		pipeline.sadd(frappe.cache.make_key(CHANGED), *changed)
		pipeline.expire(frappe.cache.make_key(CHANGED), CHANGED_LIFETIME)
		Wakeup(BELL).ring(pipeline)
		if not pipeline.execute()[-1]:
			return
	except RedisError as error:
		return _log(f"no hint: {type(error).__name__}")
	_enqueue_to_tell()


def _forget() -> set[str]:
	changed = getattr(frappe.db, "event_streaming_changed", None)
	# nosemgrep -- the connection of this process, or a note that lives as long
	frappe.db.event_streaming_changed = None
	return changed or {"*"}


def _enqueue_to_tell() -> None:
	_enqueue("send_hints", job_id=HINTS + frappe.generate_hash(length=10))


def _enqueue(function: str, **arguments) -> None:
	try:
		frappe.enqueue(f"{__name__}.{function}", queue="short", **arguments)
	except Exception as error:
		_log(f"no hint: {type(error).__name__}")


def _take_changed() -> set[str]:
	key = frappe.cache.make_key(CHANGED)
	pipeline = frappe.cache.pipeline(transaction=True)
	pipeline.smembers(key)
	pipeline.delete(key)
	Wakeup(BELL).silence(pipeline)
	return {doctype.decode() for doctype in pipeline.execute()[0]}


def _takes(consumer: str, changed: set[str]) -> bool:
	approved = approved_doctypes(consumer)
	return (
		bool(approved) and _can_be_called(consumer) and ("*" in changed or not changed.isdisjoint(approved))
	)


def _can_be_called(consumer: str) -> bool:
	return urls.is_callable(frappe.db.get_value("Event Consumer", consumer, "current_url") or consumer)


def _is_silenced(consumer: str) -> bool:
	return _silence_left(consumer) > 0


def _silence(consumer: str, first: int) -> None:
	# nosemgrep -- a constant and one name, or a hash: no two make one
	before = frappe.cache.get_value(SILENCE + consumer, expires=True)
	seconds = min(max(before["seconds"] * 2, first), LONGEST_SILENCE) if before else first
	silence = {"seconds": seconds, "until": time.time() + seconds}
	# nosemgrep -- a constant and one name, or a hash: no two make one
	frappe.cache.set_value(SILENCE + consumer, silence, expires_in_sec=2 * LONGEST_SILENCE)


def _silence_left(consumer: str) -> float:
	# nosemgrep -- a constant and one name, or a hash: no two make one
	silence = frappe.cache.get_value(SILENCE + consumer, expires=True)
	return silence["until"] - time.time() if silence else 0.0


def _will_soon_be_asked(consumer: str) -> bool:
	"""Before a job that stays for it would have to go."""
	return 0 < _silence_left(consumer) <= lingering.SECONDS


def _end_of_stay(owed: set[str], deadline: float) -> float:
	soonest = min((_silence_left(consumer) for consumer in owed), default=RUNNING_TIME)
	return min(deadline, time.monotonic() + max(soonest, 0.0))


def _log(message: str) -> None:
	frappe.logger("event_streaming").info(message)
