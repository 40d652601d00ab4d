"""How far a job is that a person has started and watches: by socket at once, by asking where there is no socket."""

from collections.abc import Iterator
from contextlib import contextmanager

import frappe
from frappe.utils import strip_html

KEY = "event_streaming:progress"
EVENT = "event_streaming_progress"
LIFETIME = 120  # seconds


def tell(job: str, user: str, finished: bool = False, **values) -> None:
	"""
	:param job: what the form calls the job
	:param user: who started it; nobody else gets to know
	:param values: plain values that the form shows
	"""
	progress = {"job": job, "finished": finished, **values}
	frappe.cache.set_value(_key(job, user), progress, expires_in_sec=LIFETIME)
	frappe.publish_realtime(EVENT, progress, user=user)


@contextmanager
def failure_told(job: str, user: str) -> Iterator[None]:
	"""If the job breaks off, its user is told why instead of waiting for ever."""
	try:
		yield
	except Exception as error:
		frappe.db.rollback()
		tell(job, user, finished=True, error=strip_html(str(error)) or type(error).__name__)
		raise


@frappe.whitelist()
def read(job: str) -> dict | None:
	"""What was last told of a job of the calling user."""
	return frappe.cache.get_value(_key(job, frappe.session.user), expires=True)


def _key(job: str, user: str) -> str:
	return f"{KEY}:{user}:{job}"
