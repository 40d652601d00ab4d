"""Tells consumers that something changed, so that they need not wait for their schedule.

A hint is a courtesy: losing one costs a minute, so nothing here raises into the user's transaction, asks twice
or waits long. Changes of one transaction, and of all transactions within a moment, make one job, which stays for a while
to tell of those that follow.
"""

import time

import frappe
from redis.exceptions import RedisError

from event_streaming import lingering
from event_streaming.exceptions import ConnectionFailed, StreamingError
from event_streaming.lingering import Wakeup
from event_streaming.link.client import ConsumerClient
from event_streaming.producer.registration import approved_doctypes

ON_ITS_WAY = "event_streaming:hints_on_their_way"
CHANGED = "event_streaming:changed_doctypes"
SILENCE = "event_streaming:unreachable:"
BELL = "event_streaming:hints"
COALESCE = 10  # seconds; how long a job that got lost can keep the next one away
STANDING_IN = 2  # seconds; the same for one that stays
PAUSE = 0.1  # seconds between two rounds of hints of one job
RUNNING_TIME = 120  # seconds after which a job leaves the hints to the next one
CHANGED_LIFETIME = 60 * 60
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
	frappe.db.event_streaming_changed = {doctype}
	frappe.db.after_commit.add(_announce)
	frappe.db.after_rollback.add(_forget)


def forget_unless_queued() -> None:
	"""For who takes callbacks off the transaction's queue: the next change has to queue ours again."""
	if _announce not in frappe.db.after_commit._functions:
		frappe.db.event_streaming_changed = None


def send_hints() -> None:
	"""Job: wakes up the consumers that take what changed, and again when more does while it stays."""
	deadline = time.monotonic() + RUNNING_TIME
	next_round = 0.0
	while _send_hints() and _wait_for_changes(deadline):
		# so that what changes within a moment makes one hint
		time.sleep(max(next_round - time.monotonic(), 0.0))
		next_round = time.monotonic() + PAUSE


def _send_hints() -> bool:
	"""Whether any consumer was reached."""
	frappe.cache.delete(frappe.cache.make_key(ON_ITS_WAY))  # first: a change from now on needs a new job
	changed = _take_changed()
	consumers = frappe.get_all("Event Consumer", filters={"paused": 0}, pluck="name") if changed else []
	takers = [consumer for consumer in consumers if _takes(consumer, changed) and not _is_silenced(consumer)]
	reached = [send_hint(consumer) for consumer in takers]
	return any(reached)


def _wait_for_changes(deadline: float) -> bool:
	"""Stands for a job on its way, unless there is one. Who announces a change sees that, or the change is seen here."""
	on_its_way = frappe.cache.make_key(ON_ITS_WAY)
	try:
		if not frappe.cache.set(on_its_way, 1, nx=True, ex=STANDING_IN):
			return False
		rung = lingering.wait(Wakeup(BELL), deadline, lambda: frappe.cache.expire(on_its_way, STANDING_IN))
		if not rung:
			frappe.cache.delete(on_its_way)
		return rung or bool(frappe.cache.exists(CHANGED))
	except RedisError:
		return False


def hint(consumer: str) -> None:
	"""After this transaction, wakes up one consumer, for example to see a new approval."""
	frappe.db.after_commit.add(lambda: _enqueue("send_hint", consumer=consumer))


def send_hint(consumer: str) -> bool:
	"""Job: wakes up one consumer. One that cannot be reached gets no hint for a while, so that its time-outs
	do not hold up the others.

	:returns: whether it was reached
	"""
	try:
		with ConsumerClient.for_consumer(consumer) as client:
			client.wake_up()
		frappe.cache.delete_value(SILENCE + consumer)
		return True
	except ConnectionFailed as error:
		_silence(consumer)
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
		pipeline.set(frappe.cache.make_key(ON_ITS_WAY), 1, nx=True, ex=COALESCE)
		if not pipeline.execute()[-1]:
			return
	except RedisError as error:
		return _log(f"no hint: {type(error).__name__}")
	_enqueue("send_hints")


def _forget() -> set[str]:
	changed = getattr(frappe.db, "event_streaming_changed", None)
	frappe.db.event_streaming_changed = None
	return changed or {"*"}


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
	return bool(approved) and ("*" in changed or not changed.isdisjoint(approved))


def _is_silenced(consumer: str) -> bool:
	silence = frappe.cache.get_value(SILENCE + consumer, expires=True)
	return bool(silence) and silence["until"] > time.time()


def _silence(consumer: str) -> None:
	before = frappe.cache.get_value(SILENCE + consumer, expires=True)
	seconds = min(before["seconds"] * 2, LONGEST_SILENCE) if before else FIRST_SILENCE
	silence = {"seconds": seconds, "until": time.time() + seconds}
	frappe.cache.set_value(SILENCE + consumer, silence, expires_in_sec=2 * LONGEST_SILENCE)


def _log(message: str) -> None:
	frappe.logger("event_streaming").info(message)
