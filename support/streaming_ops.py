"""What the tests can do with the links of a site: what its forms, its schedule and its workers do. Runs inside the site (see
`shell`): arguments and results are plain JSON."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import frappe
from frappe.utils import add_to_date, now_datetime

from support.kills import pull_and_die, stamp_and_die  # noqa: F401
from support.ops import as_plain
from support.site_ops import SUBSCRIBER


def link_state(producer_url: str) -> dict:
	"""As the form of the Event Producer shows it."""
	from event_streaming.consumer import link_state

	return json.loads(frappe.as_json(link_state.read(producer_url)))


def save_event_producer(producer_url: str, rows: list[dict], **values) -> dict:
	"""Makes or changes the Event Producer through its ordinary lifecycle, as the form does."""
	if frappe.db.exists("Event Producer", producer_url, cache=False):
		doc = frappe.get_doc("Event Producer", producer_url)
	else:
		doc = frappe.new_doc("Event Producer", producer_url=producer_url, event_subscriber=SUBSCRIBER)
	doc.update(values)
	known = {row.ref_doctype: row for row in doc.producer_doctypes}
	for row in rows:
		if row["ref_doctype"] in known:
			known[row["ref_doctype"]].update(row)
		else:
			doc.append("producer_doctypes", row)
	doc.save()
	return as_plain(doc)


def rotate_key(producer_url: str) -> None:
	from event_streaming.event_streaming.doctype.event_producer.event_producer import rotate_key

	rotate_key(producer_url)


def start_again(producer_url: str) -> None:
	from event_streaming.event_streaming.doctype.event_producer.event_producer import start_again

	start_again(producer_url)


def remove_producer_doctypes(producer_url: str, doctypes: list[str]) -> dict:
	doc = frappe.get_doc("Event Producer", producer_url)
	doc.producer_doctypes = [row for row in doc.producer_doctypes if row.ref_doctype not in doctypes]
	doc.save()
	return as_plain(doc)


def set_consumer_status(callback_url: str, status: str, doctypes: list[str] | None = None) -> dict:
	"""What the producer's administrator does: Approved, Rejected or Pending for some or all DocTypes."""
	doc = frappe.get_doc("Event Consumer", callback_url)
	for row in doc.consumer_doctypes:
		if doctypes is None or row.ref_doctype in doctypes:
			row.status = status
	doc.save()
	return as_plain(doc)


def pull(producer_url: str, max_batches: int | None = None) -> dict:
	"""The pull's summary, and `calls`: how often it asked the producer for what."""
	from event_streaming.consumer.pull.pull import pull as pull_now

	with counted_calls() as calls:
		summary = pull_now(producer_url, max_batches=max_batches)
	return {**{key: value for key, value in vars(summary).items() if not key.startswith("_")}, "calls": calls}


@contextmanager
def counted_calls() -> Iterator[dict[str, int]]:
	"""How often each function of other sites is called within."""
	from event_streaming.link.client import SiteClient

	calls: dict[str, int] = {}
	call = SiteClient.call

	def counting(self, function, /, **arguments):
		calls[function] = calls.get(function, 0) + 1
		return call(self, function, **arguments)

	SiteClient.call = counting
	try:
		yield calls
	finally:
		SiteClient.call = call


def backfill(
	producer_url: str,
	doctypes: list[str] | None = None,
	pages: int | None = None,
	page_size: int | None = None,
	part: str | None = None,
	newest_first: bool = False,
) -> dict:
	"""Starts it, and works it off in the foreground.

	:param pages: after so many it is stopped, as by a person
	:returns: `error`, `calls` as of `pull`, and the row of each DocType as the form shows it
	"""
	from event_streaming.consumer.backfill import state
	from event_streaming.consumer.backfill.backfill import PAGE
	from event_streaming.consumer.backfill.backfill import backfill as backfill_now

	state.start(producer_url, doctypes, part, newest_first)
	frappe.db.commit()
	told = []

	def stop_in_time(rows) -> None:
		told.append(rows)
		if len(told) == pages:
			state.stop(producer_url)
			frappe.db.commit()

	with counted_calls() as calls:
		summary = backfill_now(producer_url, progress=stop_in_time, page_size=page_size or PAGE)
	return {
		"error": summary.error,
		"calls": calls,
		**{row.ref_doctype: row for row in state.read(producer_url)},
	}


def enqueue_pulls() -> None:
	"""A pull of each producer that is due, as the schedule does it."""
	from event_streaming.consumer.pull.schedule import pull_all

	pull_all()


def run_schedule() -> list[str]:
	"""Enqueues every job of this app that the scheduler runs each minute, as if the minute were over."""
	jobs = frappe.get_all(
		"Scheduled Job Type",
		filters={"method": ("like", "event_streaming.%"), "cron_format": "* * * * *"},
		pluck="name",
	)
	for job in jobs:
		frappe.get_doc("Scheduled Job Type", job).enqueue(force=True)
	return jobs


def run_jobs() -> int:
	"""Works off all that is enqueued, on all sites, in this process; no job stays for more."""
	from frappe.utils.background_jobs import get_queue_list, get_redis_conn
	from rq import SimpleWorker

	from event_streaming import lingering

	with frappe.init_site():
		connection = get_redis_conn()
		queues = get_queue_list(build_queue_name=True)
	worker = SimpleWorker(queues, connection=connection)
	usual, lingering.SECONDS = lingering.SECONDS, 0
	try:
		worker.work(burst=True, logging_level="WARNING")
	finally:
		lingering.SECONDS = usual
	return worker.successful_job_count + worker.failed_job_count


run_jobs.without_site = True


def job_began(job_id: str) -> str:
	"""When the last job of that id did."""
	from frappe.utils.background_jobs import get_job

	return str(get_job(job_id).started_at)


def resync(names: list[str]) -> dict:
	from event_streaming.consumer.recovery.resync import resync as resync_now

	return resync_now(names)


def resync_from_source(name: str, **more) -> dict:
	from event_streaming.consumer.recovery.resync import resync_from_source as resync_now

	return resync_now(name, **more)


def skip(name: str) -> None:
	from event_streaming.consumer.recovery.resync import skip as skip_now

	skip_now(name)


def make_retries_due() -> None:
	"""As if the time that parked documents have to wait were over."""
	parked = frappe.qb.DocType("Parked Document")
	frappe.qb.update(parked).set(parked.next_retry_at, add_to_date(now_datetime(), seconds=-1)).run()


def seconds_to_next_retry() -> float:
	[at] = frappe.get_all("Parked Document", pluck="next_retry_at")
	return (at - now_datetime()).total_seconds()


def begin_new_epoch() -> None:
	"""As if the site's log were another one: a restored backup, an import."""
	frappe.db.set_value("Update Log Head", "head", "epoch", frappe.generate_hash(length=32))


def change_event_key_of_last_event() -> None:
	"""As if an older backup had been restored and other events had got the positions since."""
	[last] = frappe.get_all("Update Log", order_by="position desc", limit=1, pluck="name")
	key = frappe.generate_hash(length=16)
	frappe.db.set_value("Update Log", last, "event_key", key)
	frappe.db.set_value("Update Log Head", "head", "event_key", key)
