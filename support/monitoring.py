"""What the monitoring tests do inside a site."""

import time
from contextlib import ExitStack
from types import SimpleNamespace
from unittest.mock import patch

import frappe
import redis


def check_alerts() -> None:
	"""As the schedule does, with its turn given back."""
	from event_streaming.monitoring import alerts

	frappe.cache.delete(frappe.cache.make_key("event_streaming:alerts"))
	alerts.check()


def queries_for_links(links: int) -> int:
	"""Statements that the state of so many links takes; rolled back."""
	from event_streaming.monitoring import links as monitoring

	for number in range(links):
		for doctype in ("Event Producer", "Event Consumer"):
			doc = frappe.new_doc(doctype)
			doc.name = f"https://site{number}.example.com"
			doc.db_insert()
	counted: list[int] = []
	execute = frappe.db.sql

	def counting(*args, **kwargs):
		counted.append(1)
		return execute(*args, **kwargs)

	frappe.db.sql = counting
	try:
		found = monitoring.links()
	finally:
		del frappe.db.sql
		frappe.db.rollback()
	assert len(found) >= 2 * links
	return len(counted)


def begin_schedule(seconds_ago: int) -> None:
	"""As if the scheduler had begun the job of each minute then, and not since."""
	from event_streaming import workers

	frappe.cache.delete(frappe.cache.make_key("event_streaming:alerts"))
	frappe.cache.set(frappe.cache.make_key(workers.BEGUN), f"{time.time() - seconds_ago} 60")


def is_on() -> bool:
	from frappe.utils.scheduler import is_scheduler_inactive

	return not is_scheduler_inactive(verbose=False)


def fault_kinds_of_site() -> list[str]:
	from event_streaming.monitoring.faults import faults

	return [fault.kind for fault in faults() if not fault.site]


def fault_kinds() -> list[str]:
	"""Of links; what is wrong with the bench of the tests does not count."""
	from event_streaming.monitoring.faults import faults

	return [fault.kind for fault in faults() if fault.site]


def findings(
	clock_behind: int = 0, version: str = "", redis_is_off: bool = False, dead_job: str = ""
) -> list[list]:
	"""Of the doctor, as [level, subject, message]: where this site's clock is so many seconds behind, and so on."""
	from event_streaming import lingering
	from event_streaming.link import answers
	from event_streaming.monitoring import doctor

	with ExitStack() as stack:
		if clock_behind:
			clock = SimpleNamespace(time=lambda: time.time() - clock_behind)
			stack.enter_context(patch.object(answers, "time", clock))
		if version:
			stack.enter_context(patch.object(doctor, "__version__", version))
		if redis_is_off:
			stack.enter_context(patch.object(doctor, "get_redis_conn", lambda: redis.Redis(port=1)))
		if dead_job:
			stack.enter_context(patch.object(lingering, "is_dead", lambda job_id: dead_job in job_id))
		return [[one.level, one.subject, one.message] for one in doctor.examine()]


def forget_notices() -> None:
	frappe.db.delete("Notification Log")


def place_of(fault: str, producer_url: str) -> str:
	from event_streaming.monitoring import places

	return places.url_of(fault, "Event Producer", producer_url)
