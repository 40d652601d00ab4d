"""Pulls in which documents raise what no controller should, take long, or find the site's database in trouble. Runs inside
the site."""

import os
import signal
import sys
import time
from contextlib import contextmanager, suppress
from typing import Any
from unittest.mock import patch

import frappe
import redis
from rq.timeouts import JobTimeoutException

from support import streaming_ops


class Unspeakable(Exception):
	def __str__(self) -> str:
		raise RuntimeError("no words")


def _deadlock() -> None:
	raise frappe.QueryDeadlockError("Deadlock found when trying to get lock")


def _list() -> None:
	raise frappe.ValidationError(["Row 1: no stock", "Row 2: no stock"])


def _dict() -> None:
	raise frappe.ValidationError({"row": 1})


def _unspeakable() -> None:
	raise Unspeakable


def _lost_connection() -> None:
	frappe.db._conn.close()
	frappe.db.sql("select 1")


def _recursion() -> None:
	_recursion()


def _half_a_character() -> None:
	frappe.throw("half \ud83d of a character, and \x00 nothing")


def _time_is_over() -> None:
	raise JobTimeoutException("Task exceeded maximum timeout value")


def _disk_full() -> None:
	raise OSError(28, "No space left on device")


class Ending(BaseException):
	def __init__(self):
		super().__init__([], {})


def _exit() -> None:
	sys.exit("the controller is done with everything")


def _ending() -> None:
	raise Ending


def _very_long() -> None:
	frappe.throw("very long \U0001f600 <b>" * 300_000)


def _circle_of_causes() -> None:
	one, other = ValueError("one"), KeyError("other")
	one.__cause__, other.__cause__ = other, one
	raise one


def _unpicklable() -> None:
	raise Unpicklable("first", lambda: None) from Unspeakable()


class Unpicklable(Exception):
	def __reduce__(self):
		raise TypeError("not to be pickled")


def _killed() -> None:
	os.kill(os.getpid(), signal.SIGKILL)


def _another_redis() -> None:
	redis.Redis(port=1).ping()


KINDS = {
	"killed": _killed,
	"another Redis": _another_redis,
	"exit": _exit,
	"ending": _ending,
	"very long": _very_long,
	"circle of causes": _circle_of_causes,
	"unpicklable": _unpicklable,
	"deadlock": _deadlock,
	"list": _list,
	"dict": _dict,
	"unspeakable": _unspeakable,
	"lost connection": _lost_connection,
	"recursion": _recursion,
	"half a character": _half_a_character,
	"time is over": _time_is_over,
	"disk full": _disk_full,
}


def pull_raising(producer_url: str, kind: str) -> dict:
	"""A pull in which each Shop Note whose title begins with BAD raises an error of that kind."""
	with _validating(lambda doc: doc.title.startswith("BAD") and KINDS[kind]()):
		return streaming_ops.pull(producer_url)


@contextmanager
def _each_end_counts():
	"""As if there was time enough since the last one."""
	from event_streaming.consumer.replay import in_hand

	with patch.object(in_hand, "APART", 0):
		yield


def pull_killed(producer_url: str) -> None:
	"""The same, and the process is gone."""
	with _each_end_counts():
		pull_raising(producer_url, "killed")


def backfill_killed(producer_url: str) -> None:
	"""The same by a backfill."""
	with _each_end_counts(), _validating(lambda doc: doc.title.startswith("BAD") and _killed()):
		streaming_ops.backfill(producer_url)


def settling_killed(producer_url: str) -> None:
	"""A backfill that is killed in its second pass, whenever it settles a Shop Bill whose title begins with BAD."""
	from event_streaming.consumer.replay.replayer import Replayer

	settle = Replayer.settle

	def settling(self, key, source):
		if frappe.db.get_value("Shop Bill", key[1], "title").startswith("BAD"):
			_killed()
		return settle(self, key, source)

	with _each_end_counts(), patch.object(Replayer, "settle", settling):
		streaming_ops.backfill(producer_url)


def pull_slowly(producer_url: str, seconds: float) -> dict:
	"""A pull in which each document takes so long.

	:returns: its summary, and how many documents became visible at once
	"""
	commit, commits, seen = frappe.db.commit, [], 0

	def counting() -> None:
		nonlocal seen
		commit()
		now = frappe.db.count("Shop Note")
		if now != seen:
			commits.append(now - seen)
		seen = now

	with _validating(lambda _doc: time.sleep(seconds)), patch.object(frappe.db, "commit", counting):
		return {**streaming_ops.pull(producer_url), "commits": commits}


def pull_with(producer_url: str, trouble: str) -> str:
	"""A pull in which something outside of any event raises.

	:returns: what was raised
	"""
	from event_streaming.consumer import subscription
	from event_streaming.link import client, stored_secrets

	places = {
		"decryption": (
			stored_secrets,
			"get_decrypted_password",
			frappe.ValidationError("Encryption key is invalid!"),
		),
		"programming": (subscription.Subscription, "configuration", KeyError("a bug")),
		"time": (
			client.ProducerClient,
			"get_updates",
			JobTimeoutException("Task exceeded maximum timeout value"),
		),
	}
	owner, name, error = places[trouble]
	with patch.object(owner, name, side_effect=error):
		try:
			streaming_ops.pull(producer_url)
		except Exception as raised:
			return type(raised).__name__
	return ""


def work_without_key(producer_url: str, doctype: str) -> list[str]:
	"""A backfill and a comparison on a site that was moved without its encryption key.

	:returns: what their rows say
	"""
	from event_streaming.consumer import jobs
	from event_streaming.consumer.backfill import state as backfills
	from event_streaming.consumer.reconciliation import state as comparisons
	from event_streaming.link import stored_secrets

	backfills.start(producer_url, [doctype])
	comparisons.start(producer_url, [doctype])
	frappe.db.commit()
	error = frappe.ValidationError("Encryption key is invalid!")
	for job in (jobs.backfill_job, jobs.reconciliation_job):
		with (
			patch.object(stored_secrets, "get_decrypted_password", side_effect=error),
			suppress(frappe.ValidationError),
		):
			job(producer_url)
	rows = {"event_producer": producer_url}
	return [
		frappe.db.get_value(one, rows, "message") or "" for one in ("Event Backfill", "Event Reconciliation")
	]


def pull_where_the_database_gives_up(producer_url: str, function: str, times: int) -> dict:
	"""A pull in which a function of the cursor's finds a deadlock, so many times."""
	from event_streaming.consumer import cursor

	do, left = getattr(cursor, function), [_deadlock] * times

	def give_up(*arguments: Any) -> Any:
		if left:
			left.pop()()
		return do(*arguments)

	with patch.object(cursor, function, give_up):
		return streaming_ops.pull(producer_url)


def link_state(producer_url: str) -> dict:
	from event_streaming.consumer import link_state as states

	return states.read(producer_url)


@contextmanager
def _validating(act):
	from streaming_shop.streaming_shop.doctype.shop_note.shop_note import ShopNote

	with patch.object(ShopNote, "validate", act):
		yield


def pull_first_batch_before_retries(producer_url: str) -> list[str]:
	"""Names of the documents that were here when the first parked one was tried again."""
	from event_streaming.consumer.recovery import retry

	here: list[list[str]] = []

	def note(*arguments) -> bool:
		here.append(frappe.get_all("Shop Note", pluck="name"))
		return retry_document(*arguments)

	retry_document = retry.retry_document
	with patch.object(retry, "retry_document", note):
		streaming_ops.pull(producer_url)
	return here[0]


def set_paused(producer_url: str, paused: int) -> None:
	from event_streaming.event_streaming.doctype.event_producer import event_producer

	event_producer.set_paused(producer_url, bool(paused))


def set_condition(link: str, other_site: str, doctype: str, condition: str) -> None:
	"""
	:param link: Event Producer or Event Consumer, of which there is one for `other_site`
	"""
	row = {"parent": other_site, "parenttype": link, "ref_doctype": doctype}
	frappe.db.set_value(f"{link} Document Type", row, "condition", condition)


def consumer_state(callback_url: str) -> dict:
	from event_streaming.producer import link_state as states

	return states.read(frappe.get_doc("Event Consumer", callback_url))
