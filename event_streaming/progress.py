"""How far a long job is, for everybody who looks: on the form and in the terminal, from the same figures.

A job that a person has started and watches tells them by socket at once, by asking where there is no socket, and can be
cancelled. Work whose place is in the database (see `consumer.runs`) only keeps its pace here.
"""

import time
from collections.abc import Callable

import frappe
from frappe import _
from frappe.utils import strip_html

KEY = "event_streaming:progress"
PACE = "event_streaming:pace:"
EVENT = "event_streaming_progress"
LIFETIME = 120  # seconds
PACE_LIFETIME = 24 * 60 * 60
SOONEST = 2.0  # seconds after which a pace is known
MAX_MESSAGES = 5  # of documents that failed


def tell(job: str, user: str, finished: bool = False, **values) -> bool:
	"""
	:param job: what the form calls the job
	:param user: who started it; nobody else gets to know
	:param values: plain values that the form shows; with `done` and `total` it gets `pace`, too
	:returns: whether the user has cancelled it: it has to end
	"""
	progress = {"job": job, "finished": finished, **values}
	if {"done", "total"} <= values.keys():
		# nosemgrep -- a constant and one name, or a hash: no two make one
		known = frappe.cache.get_value(_key(job, user), expires=True) or {}
		progress["began"] = known.get("began") or [time.time(), values["done"]]
		progress |= pace(*progress["began"], values["done"], values["total"])
	# nosemgrep -- a constant and one name, or a hash: no two make one
	frappe.cache.set_value(_key(job, user), progress, expires_in_sec=LIFETIME)
	frappe.publish_realtime(EVENT, progress, user=user)
	return is_cancelled(job, user)


def begin(work: str, done: int) -> None:
	"""From now on the pace of this work counts, from `done` on."""
	# nosemgrep -- a constant and one name, or a hash: no two make one
	frappe.cache.set_value(PACE + work, [time.time(), done], expires_in_sec=PACE_LIFETIME)


def pace_of(work: str, done: int, total: int) -> dict:
	"""See `pace`."""
	# nosemgrep -- a constant and one name, or a hash: no two make one
	began = frappe.cache.get_value(PACE + work, expires=True)
	return pace(*began, done, total) if began else {"per_second": None, "seconds_left": None}


def pace(at: float, done_then: int, done: int, total: int) -> dict:
	"""
	:param at: `time.time()` when `done_then` were done
	:returns: `per_second` and `seconds_left`, each None while it isn't known
	"""
	seconds = time.time() - at
	rate = (done - done_then) / seconds if seconds >= SOONEST else 0
	if rate <= 0:
		return {"per_second": None, "seconds_left": None}
	return {"per_second": round(rate, 2), "seconds_left": round(max(total - done, 0) / rate)}


Tell = Callable[..., bool]


def run(job: str, user: str, act: Callable[[Tell], dict], runs_as: str = "Administrator") -> None:
	"""The body of a job. If it breaks off, its user learns why instead of waiting for ever.

	:param act: called with a function that tells plain values; returns the values that are told in the end
	"""
	# nosemgrep -- a job's or request's user, or put back in `finally`
	frappe.set_user(runs_as)
	try:
		result = act(lambda **values: tell(job, user, **values))
	except Exception as error:
		frappe.db.rollback()
		tell(job, user, finished=True, error=strip_html(str(error)) or type(error).__name__)
		raise
	tell(job, user, finished=True, **result)


def run_on_documents(job: str, user: str, act: Callable[..., dict], runs_as: str = "Administrator") -> None:
	"""The same for work on a list of documents.

	:param act: called with `progress=`, to be called with (documents done, documents); returns counts, and under `failed`
	        `[{"message"}]`, of which the first are shown
	"""

	def on_each(tell: Tell) -> dict:
		result = act(progress=lambda done, total: tell(done=done, total=total))
		failed = result["failed"]
		messages = [document["message"] for document in failed[:MAX_MESSAGES]]
		return {**result, "failed": len(failed), "messages": messages}

	run(job, user, on_each, runs_as)


# nosemgrep -- checked in the first function that it calls
@frappe.whitelist()
def read(job: str) -> dict | None:
	"""What was last reported of a job of the calling user."""
	# nosemgrep -- a constant and one name, or a hash: no two make one
	return frappe.cache.get_value(_key(job, frappe.session.user), expires=True)


# nosemgrep -- checked in the first function that it calls
@frappe.whitelist(methods=["POST"])
def cancel(job: str) -> None:
	"""A job of the calling user ends as soon as what it is at is done; what it has done stays."""
	if not isinstance(job, str) or not job.isprintable():
		frappe.throw(_("{0} must be a text.").format("job"))
	if not read(job):
		frappe.throw(_("There is no such job."), frappe.DoesNotExistError)
	# nosemgrep -- a constant and one name, or a hash: no two make one
	frappe.cache.set_value(_cancel_key(job, frappe.session.user), 1, expires_in_sec=PACE_LIFETIME)


def is_cancelled(job: str, user: str) -> bool:
	# nosemgrep -- a constant and one name, or a hash: no two make one
	return bool(frappe.cache.get_value(_cancel_key(job, user), expires=True))


def _key(job: str, user: str) -> str:
	return f"{KEY}:{user}:{job}"


def _cancel_key(job: str, user: str) -> str:
	return f"{KEY}:cancel:{user}:{job}"
