"""Trial runs, and all that a site holds, to be compared. Operations of a site."""

import hashlib

import frappe
from frappe.utils.background_jobs import get_redis_conn

SHORT_LIVED = (b"progress", b"consumed_doctypes_guess")  # the latter for five seconds
PASSING = ("tabError Log", "tabScheduled Job Log", "tabActivity Log")


def run(producer: str, doctypes: list | None = None, count: int = 20) -> list[dict]:
	from event_streaming.consumer import trial
	from event_streaming.desk.trials import with_remedies

	return with_remedies(trial.run(producer, doctypes, count))


def retry(producer: str, doctype: str, name: str) -> str:
	from event_streaming.consumer import trial

	return trial.retry(producer, (doctype, name))


def join_roots(producer: str, doctype: str) -> str:
	from event_streaming.event_streaming.doctype.event_producer.event_producer import join_roots

	return join_roots(producer, doctype)


def run_job(producer: str) -> dict:
	from event_streaming import progress
	from event_streaming.desk.trials import run_with_progress

	run_with_progress(producer, None, 20, "Administrator", "trial:test")
	return progress.read("trial:test")


def everything() -> dict[str, object]:
	"""A digest of each table, and what waits in Redis' queues."""
	frappe.db.rollback()
	found: dict[str, object] = {}
	for table in sorted(frappe.db.get_tables(cached=False)):
		if table not in PASSING:
			rows = sorted(repr(row) for row in frappe.db.sql(f"select * from `{table}`"))
			found[table] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
	redis = get_redis_conn()
	found["queues"] = sorted((key.decode(), redis.llen(key)) for key in redis.keys("rq:queue:*"))
	own = frappe.cache.make_key("event_streaming")
	found["cache"] = sorted(
		key for key in map(bytes, frappe.cache.keys(own + b"*")) if not any(one in key for one in SHORT_LIVED)
	)
	return found
