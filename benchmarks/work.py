"""What a benchmark does on a site. Runs inside the site (see `support/shell.py`); returns seconds by its own clock.

Everything is done as the Event Subscriber, whose permissions replay has to keep too.
"""

import random
import resource
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import frappe
from frappe.query_builder.functions import Max

from benchmarks.documents import PARTY, customers, invoices, name_of, parties
from event_streaming import bulk
from event_streaming.producer import positions
from event_streaming.producer.consumed_doctypes import clear_consumed_cache

SUBSCRIBER = "streamer@example.com"
COMMIT_EVERY = 100
LOGS = ("Event Sync Log", "Remote Document", "Parked Document")


def write_customers(count: int, offset: int = 0) -> dict:
	"""Flat documents: no rows, no links."""
	return _timed(customers(count, offset), _insert)


def write_invoices(count: int, customers: int, items: int) -> dict:
	"""Invoices of five rows, and before them all that they link to."""
	return _timed(invoices(count, customers, items), _insert)


def write_parties(count: int) -> dict:
	"""Documents of four rows, for `change_parties`."""
	return _timed(parties(count), _insert)


def change_parties(count: int, seed: int) -> dict:
	"""Changes fields, and adds, changes and removes rows, in documents of `write_parties`."""
	return _timed(
		({"name": name_of("Party", number), "seed": seed} for number in range(count)), _change_party
	)


def change_parties_in_rounds(count: int, rounds: int, seed: int) -> dict:
	"""The same, each document once in each round."""
	return _timed(
		(
			{"name": name_of("Party", number), "seed": f"{seed} {round_number}"}
			for round_number in range(rounds)
			for number in range(count)
		),
		_change_party,
	)


def empty(doctypes: list[str]) -> None:
	"""As if these documents, and all that was received, had never been here."""
	for doctype in doctypes:
		for table in frappe.get_meta(doctype).get_table_fields():
			frappe.db.delete(table.options)
		frappe.db.delete(doctype)
	series = frappe.qb.DocType("Series")
	frappe.qb.from_(series).delete().where(series.name.like("SINV-%")).run()
	for doctype in LOGS:
		frappe.db.delete(doctype)
	frappe.cache.delete_keys("document_cache::")


def place_of(producer: str) -> dict:
	return frappe.db.get_value(
		"Event Stream Cursor", producer, ["position", "event_key", "seen", "seen_key"], as_dict=True
	)


def go_back(producer: str, place: dict) -> None:
	"""To a place that `place_of` told: what came behind it will come again."""
	frappe.db.set_value("Event Stream Cursor", producer, place)


def set_lanes(producer: str, lanes: int) -> None:
	doc = frappe.get_doc("Event Producer", producer)
	doc.lanes = lanes
	doc.save()


def stamp() -> None:
	positions.stamp()


def pull(producer: str) -> dict:
	"""A pull in the foreground: how long it took, how many documents came, by how many requests."""
	from event_streaming.consumer.pull.pull import pull as pull_now
	from support.streaming_ops import counted_calls

	before = frappe.db.count("Event Sync Log")
	begin = time.perf_counter()
	with counted_calls() as calls:
		summary = pull_now(producer)
	seconds = time.perf_counter() - begin
	if summary.error or summary.failed or summary.behind:
		raise RuntimeError(f"a pull that went wrong measures nothing: {vars(summary)}")
	documents = frappe.db.count("Event Sync Log") - before
	return {"seconds": seconds, "documents": documents, "requests": sum(calls.values())}


def sweep() -> dict:
	"""A minute's schedule of idle producers, in this process: jobs, questions, and the processor's seconds for them."""
	from event_streaming import lingering
	from event_streaming.consumer.pull import schedule
	from support.streaming_ops import counted_calls

	jobs: list[dict] = []
	enqueue = lingering.enqueue_unless_queued
	lingering.enqueue_unless_queued = lambda _method, _job_id, **options: jobs.append(options)
	before = resource.getrusage(resource.RUSAGE_SELF)
	try:
		with counted_calls() as calls:
			schedule.pull_all()
			for job in jobs:
				schedule.sweep_job(job["producers"])
	finally:
		lingering.enqueue_unless_queued = enqueue
	after = resource.getrusage(resource.RUSAGE_SELF)
	seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
	return {"jobs": len(jobs), "questions": sum(calls.values()), "seconds": seconds}


def set_consumers(consumers: int, doctype: str) -> None:
	"""So many sites consume `doctype`, the first of them really."""
	frappe.db.delete("Event Consumer", {"callback_url": ("like", "%.invalid%")})
	frappe.db.delete("Event Consumer Document Type", {"parent": ("like", "%.invalid%")})
	for number in range(1, consumers):
		doc = frappe.new_doc(
			"Event Consumer", callback_url=f"https://site{number}.invalid", event_subscriber=SUBSCRIBER
		)
		doc.append("consumer_doctypes", {"ref_doctype": doctype, "status": "Approved"})
		doc.paused = 1  # no hints to nowhere
		doc.name = doc.callback_url
		doc.db_insert()
		for row in doc.consumer_doctypes:
			row.parent, row.parenttype, row.parentfield = doc.name, doc.doctype, "consumer_doctypes"
			row.name = frappe.generate_hash(length=10)
			row.db_insert()
	clear_consumed_cache()


def fill_log(rows: int, doctype: str, only: bool = False) -> None:
	"""A log of that length, stamped. Its events tell of documents that are gone, a twentieth of them of `doctype`.

	:param only: all of them of `doctype`
	"""
	head = positions.head()
	others = [doctype] if only else [doctype, *(f"Other {number}" for number in range(19))]
	first = (
		frappe.qb.from_("Update Log").select(Max(frappe.qb.DocType("Update Log").name)).run()[0][0] or 0
	) + 1
	columns = (
		"name",
		"creation",
		"modified",
		"update_type",
		"ref_doctype",
		"docname",
		"data",
		"event_key",
		"position",
		"path",
	)
	time_now = frappe.utils.now()
	for start in range(0, rows, 5000):
		numbers = range(start, min(start + 5000, rows))
		bulk.insert(
			"Update Log",
			columns,
			(
				(
					first + number, time_now, time_now, "Delete", others[number % len(others)], name_of("Gone", number), "{}",
					f"key {number}", head.position + number + 1, "[]",
				)
				for number in numbers
			),
		)  # fmt: skip
		frappe.db.commit()  # short transactions
	place = {"position": head.position + rows, "event_key": f"key {rows - 1}"}
	frappe.db.set_value("Update Log Head", positions.HEAD, place)


def ask_for_page(producer: str, share: float, rows: int) -> float:
	"""Seconds that a page of five hundred takes, at that share of a log of `fill_log`."""
	from event_streaming.consumer import cursor as cursors
	from event_streaming.link.client import ProducerClient

	at = cursors.read(producer)
	passed = int(max(rows - 10_000, 0) * share)
	after, key = (at.position + passed, f"key {passed - 1}") if passed else (at.position, at.event_key)
	with ProducerClient.for_producer(producer) as client:
		client.get_updates(after, key, at.epoch, 1)  # the connection stands
		begin = time.perf_counter()
		client.get_updates(after, key, at.epoch, 500)
		return time.perf_counter() - begin


def write_one(number: int) -> float:
	"""The moment at which one customer was committed."""
	frappe.set_user(SUBSCRIBER)
	[document] = customers(1, number)
	frappe.get_doc(document).insert()
	frappe.db.commit()  # what the clock is read after
	return time.time()


def wait_for(doctype: str, name: str, seconds: float = 60.0) -> float:
	"""The moment at which the document was seen here."""
	table = frappe.qb.DocType(doctype)
	query = frappe.qb.from_(table).select(table.name).where(table.name == name)
	end = time.time() + seconds
	while time.time() < end:
		frappe.db.rollback()  # a fresh snapshot
		if query.run():
			return time.time()
		time.sleep(0.005)
	raise TimeoutError(f"{doctype} {name} did not come within {seconds} s")


def jobs_at_work() -> int:
	"""Of this bench, waiting or running."""
	from frappe.utils.background_jobs import get_queues

	return sum(queue.count + queue.started_job_registry.count for queue in get_queues())


def pull_and_weigh(producer: str) -> dict:
	"""Megabytes of this process before a pull, at the end of each quarter of it, and at their highest."""
	from event_streaming.consumer.pull.pull import pull as pull_now

	weights = [_megabytes()]
	summary = pull_now(producer, progress=lambda _summary: weights.append(_megabytes()))
	if summary.error or summary.behind:
		raise RuntimeError(f"a pull that went wrong measures nothing: {vars(summary)}")
	quarter = len(weights) // 4
	quarters = {f"after {number}/4": weights[number * quarter] for number in (1, 2, 3)}
	return {
		"before": weights[0],
		**quarters,
		"at the end": weights[-1],
		"highest": max(weights),
		"seconds": summary.seconds,
	}


def _megabytes() -> float:
	pages = int(Path("/proc/self/statm").read_text().split()[1])
	return pages * resource.getpagesize() / 1024**2


def _timed(documents: Iterable[dict], write: Callable[[dict], None]) -> dict:
	documents = list(documents)
	frappe.set_user(SUBSCRIBER)
	begin = time.perf_counter()
	for number, document in enumerate(documents, start=1):
		write(document)
		if number % COMMIT_EVERY == 0:
			frappe.db.commit()  # the measure's own pace
			frappe.flags.currently_saving = []  # as the next request would; it grows, and the work with it
	frappe.db.commit()
	return {"seconds": time.perf_counter() - begin}


def _insert(document: dict) -> None:
	frappe.get_doc(document).insert()


def _change_party(change: dict) -> None:
	chance = random.Random(f"{change['seed']} {change['name']}")
	party = frappe.get_doc(PARTY, change["name"])
	party.city = f"City {chance.randint(1, 10**6)}"
	party.turnover = chance.randint(1, 10**6)
	kind = chance.choice(("nothing", "add", "change", "remove"))
	if kind == "add" or not party.contacts:
		party.append("contacts", {"contact_name": f"Contact {chance.randint(1, 10**6)}"})
	elif kind == "change":
		chance.choice(party.contacts).phone = f"+{chance.randint(1, 10**9)}"
	elif kind == "remove":
		party.remove(chance.choice(party.contacts))
	party.save()
