"""What operators do and what befalls them: clocks, waits, backups, retention. Runs inside the site."""

import json

import frappe
from frappe.utils import add_to_date, get_datetime, now_datetime

from support import factories, ops, streaming_ops

CURSOR = "Event Stream Cursor"


def pull_impatiently(producer_url: str, seconds: float) -> dict:
	"""A pull that waits for an answer no longer than so many seconds."""
	from event_streaming.link.client import ProducerClient

	patience = ProducerClient.read_timeout
	ProducerClient.read_timeout = seconds
	try:
		return streaming_ops.pull(producer_url)
	finally:
		ProducerClient.read_timeout = patience


def seconds_to_next_attempt(producer_url: str) -> float:
	"""Until the schedule asks this producer again; less than 0 when it may now."""
	at = frappe.db.get_value(CURSOR, producer_url, "next_attempt_at")
	return (get_datetime(at) - now_datetime()).total_seconds() if at else -1.0


def let_time_pass(producer_url: str) -> None:
	"""As if the time until the next attempt were over."""
	frappe.db.set_value(CURSOR, producer_url, "next_attempt_at", add_to_date(now_datetime(), seconds=-1))


def queued_pulls() -> list[str]:
	"""Producers whose pulls wait for a worker, in their order."""
	from frappe.utils.background_jobs import get_queue

	kwargs = [job.kwargs["kwargs"] for job in get_queue("long").jobs]
	return [arguments["producer"] for arguments in kwargs if "producer" in arguments]


def doubt_all_documents(producer_url: str) -> None:
	"""As if nothing were known of which events the documents here contain."""
	from event_streaming.consumer.identity.register import doubt

	doubt(producer_url)


def set_clock(time_zone: str) -> None:
	"""Sites write the time of their own zone, so this moves the site's clock by hours."""
	frappe.db.set_single_value("System Settings", "time_zone", time_zone)
	frappe.clear_cache()


def create_many(doctype: str, count: int, rows: list[dict] | None = None) -> list[str]:
	"""
	:param rows: values of the first of them
	:returns: their names
	"""
	values = [*(rows or []), *({} for _ in range(count - len(rows or [])))]
	return [factories.create_test_document(doctype, **each).name for each in values]


def update_many(doctype: str, names: list[str], **values) -> None:
	for name in names:
		ops.update(doctype, name, **values)


def resync_telling(names: list[str]) -> dict:
	"""Resync of many rows in one action; what it told of its progress is in `told`."""
	from event_streaming.consumer.recovery.resync import resync

	told: list[list[int]] = []
	result = resync(names, progress=lambda done, total: told.append([done, total]))
	return {**result, "told": told}


def make_events_unusable(producer_url: str, docname: str) -> int:
	"""As if the raw events kept here of one document had been spoilt; how many these are."""
	log = frappe.qb.DocType("Event Sync Log")
	ours = (log.event_producer == producer_url) & (log.remote_docname == docname)
	frappe.qb.update(log).set(log.data, '{"cut off in the mid').where(ours).run()
	return frappe.db.count("Event Sync Log", {"event_producer": producer_url, "remote_docname": docname})


def purge() -> int:
	from event_streaming.producer.retention import purge as purge_now

	return purge_now()


def age_log(days: int, upto: int | None = None) -> None:
	"""Makes Update Log rows older, those up to a position or all."""
	log = frappe.qb.DocType("Update Log")
	query = frappe.qb.update(log).set(log.creation, add_to_date(now_datetime(), days=-days))
	(query.where(log.position <= upto) if upto is not None else query).run()


def silence_consumer(callback_url: str, days: int) -> None:
	"""As if a consumer had not been heard of for so long."""
	values = {"last_contact": add_to_date(now_datetime(), days=-days)}
	values["creation"] = add_to_date(now_datetime(), days=-days - 1)
	frappe.db.set_value("Event Consumer", callback_url, values, update_modified=False)


def forget_cached() -> None:
	"""What a site's cache knows of its database, after another database was put in its place."""
	frappe.clear_cache()
	for prefix in ("document_cache::", "event_streaming"):
		frappe.cache.delete_keys(prefix)


def make_row_young(position: int) -> None:
	log = frappe.qb.DocType("Update Log")
	frappe.qb.update(log).set(log.creation, now_datetime()).where(log.position == position).run()


def lengthen_log(doctype: str, count: int) -> None:
	"""So many changes of one document."""
	doc = factories.create_test_document(doctype)
	for number in range(1, count):
		doc.db_set("priority", number + 1)


def stamp() -> None:
	from event_streaming.producer import positions

	positions.stamp()


def pull_and_listen(producer_url: str, then_create: str | None = None) -> list[dict]:
	"""What the socket server hears while a pull runs, and a document is made here after it."""
	from frappe.utils.background_jobs import get_redis_connection_without_auth

	from event_streaming.consumer.pull.pull import pull

	with get_redis_connection_without_auth().pubsub(ignore_subscribe_messages=True) as heard:
		heard.subscribe("events")
		heard.get_message(timeout=1)
		pull(producer_url)
		if then_create:
			factories.create_test_document(then_create)
			frappe.db.commit()  # messages wait for it
		messages = iter(lambda: heard.get_message(timeout=0.5), None)
		return [json.loads(message["data"]) for message in messages]


def resync_cancelled_after(names: list[str], documents: int) -> dict:
	"""The job of a bulk Resync whose user presses Cancel after so many documents; the last that it told."""
	from event_streaming import progress
	from event_streaming.event_streaming.doctype.event_sync_log import event_sync_log

	return _cancelled_after(
		documents,
		lambda user, job: event_sync_log.resync_with_progress(names, user, job),
		progress,
	)


def _cancelled_after(documents: int, run, progress) -> dict:
	user, job, told = "Administrator", frappe.generate_hash(length=10), {}
	usual = progress.tell

	def telling(*args, **values) -> bool:
		told.update(values)
		ends = usual(*args, **values)
		if values.get("done") == documents:
			progress.cancel(job)
			return progress.is_cancelled(job, user)
		return ends

	progress.tell = telling
	try:
		run(user, job)
	finally:
		progress.tell = usual
	return told


def ask_producer(producer_url: str, function: str, **arguments) -> object:
	"""As this site's own jobs ask, but with whatever arguments."""
	from event_streaming.link.client import ProducerClient

	with ProducerClient.for_producer(producer_url) as client:
		return client.call(function, **arguments)
