"""The backfill as tests need it: in small pages, stopped, held up or killed in the middle. Runs inside the site."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import frappe

from support import streaming_ops

PATIENCE = 30  # seconds


def backfill_in_pages(producer_url: str, size: int, pages: int | None = None) -> dict:
	"""`streaming_ops.backfill` with so many documents on a page."""
	return streaming_ops.backfill(producer_url, pages=pages, page_size=size)


def backfill_from_version_0_1(producer_url: str, size: int, pages: int | None = None) -> dict:
	"""Of a producer that doesn't know the order in which documents were made."""
	with _producer_that_does_not_know("created_after"):
		return backfill_in_pages(producer_url, size, pages)


def part_from_version_0_1(producer_url: str, part: str) -> dict:
	"""Of a producer that knows no filters, and tells all."""
	with _producer_that_does_not_know("filters"):
		return streaming_ops.backfill(producer_url, part=part)


def newest_of_an_older_version(producer_url: str, doctype: str) -> str:
	"""Of a producer that always begins with the oldest, in small pages."""
	with _producer_that_does_not_know("newest_first"):
		return streaming_ops.backfill(producer_url, [doctype], page_size=2, newest_first=True)["error"]


@contextmanager
def _producer_that_does_not_know(argument: str) -> Iterator[None]:
	"""Its `list_documents` is older than that, and leaves it unread."""
	from event_streaming.link.client import ProducerClient

	ask = ProducerClient.list_documents

	def as_before(self, *args, **kwargs):
		kwargs.pop(argument, None)
		return ask(self, *args, **kwargs)

	ProducerClient.list_documents = as_before
	try:
		yield
	finally:
		ProducerClient.list_documents = ask


def work_off(producer_url: str) -> str:
	from event_streaming.consumer.backfill.backfill import backfill

	return backfill(producer_url).error


def set_creation(doctype: str, names: list[str], creation: str | None) -> None:
	table = frappe.qb.DocType(doctype)
	frappe.qb.update(table).set(table.creation, creation).where(table.name.isin(names)).run()
	frappe.db.commit()  # for the other site


def backfill_however_long_a_page_takes(producer_url: str) -> dict:
	"""A batch also ends after a second, and asks again for what is left: how many there are depends on the machine."""
	from event_streaming.consumer.replay import batch

	usual, batch.BATCH_SECONDS = batch.BATCH_SECONDS, 600.0
	try:
		return streaming_ops.backfill(producer_url)
	finally:
		batch.BATCH_SECONDS = usual


def backfill_held_up(producer_url: str, after: str, waiting: str, go_on: str) -> dict:
	with held_up(after, waiting, go_on):
		return backfill_however_long_a_page_takes(producer_url)


@contextmanager
def held_up(after: str, waiting: str, go_on: str) -> Iterator[None]:
	"""With its first answer of the function `after` in its hand, it makes the file `waiting` and waits for `go_on`."""
	from event_streaming.link.client import ProducerClient

	ask = getattr(ProducerClient, after)

	def waiting_once(self, *args, **kwargs):
		answer = ask(self, *args, **kwargs)
		if not Path(waiting).exists():
			Path(waiting).touch()
			_wait_for(go_on)
		return answer

	setattr(ProducerClient, after, waiting_once)
	try:
		yield
	finally:
		setattr(ProducerClient, after, ask)


def backfill_asked_for_pulls(producer_url: str, size: int) -> dict:
	"""Somebody asks for a pull before each page."""
	from event_streaming.consumer.backfill import backfill
	from event_streaming.consumer.pull import schedule

	page = backfill._page

	def page_and_question(*args):
		page(*args)
		schedule.ask(producer_url)

	backfill._page = page_and_question
	try:
		return backfill_in_pages(producer_url, size)
	finally:
		backfill._page = page


def backfill_with_answers_up_to(producer_url: str, size: int) -> dict:
	"""This site reads no answers of more bytes."""
	from event_streaming.link import protocol

	usual, protocol.MAX_ANSWER = protocol.MAX_ANSWER, size
	try:
		return streaming_ops.backfill(producer_url)
	finally:
		protocol.MAX_ANSWER = usual


def start(producer_url: str, doctypes: list[str] | None = None, **part) -> list[dict]:
	"""What the form's button does, and with a part its dialog."""
	from event_streaming.event_streaming.doctype.event_producer.event_producer import start_backfill

	return start_backfill(producer_url, doctypes, **part)


def stop(producer_url: str) -> list[dict]:
	from event_streaming.event_streaming.doctype.event_producer.event_producer import stop_backfill

	return stop_backfill(producer_url)


def state(producer_url: str) -> dict:
	from event_streaming.event_streaming.doctype.event_producer.event_producer import get_backfill

	return {row.ref_doctype: row for row in get_backfill(producer_url)}


def create_doctype(name: str, autoname: str, fields: list[str | dict], **values) -> None:
	"""A DocType made in Desk; names of fields are those of Data fields. `drop_doctype` removes it."""
	frappe.get_doc(
		doctype="DocType",
		name=name,
		module="Streaming Shop",
		custom=1,
		autoname=autoname,
		fields=[_field(field) for field in fields],
		permissions=[]
		if values.get("istable")
		else [{"role": "System Manager", "read": 1, "write": 1, "create": 1, "delete": 1}],
		**values,
	).insert()


def _field(field: str | dict) -> dict:
	given = {"fieldname": field, "fieldtype": "Data"} if isinstance(field, str) else field
	return {"label": given["fieldname"].replace("_", " ").title(), **given}


def drop_doctype(name: str) -> None:
	if frappe.db.exists("DocType", name):
		frappe.db.delete(name)  # Frappe keeps the table, and with it what the next test would find
	frappe.delete_doc("DocType", name, force=True, ignore_missing=True)


def _wait_for(path: str) -> None:
	end = time.monotonic() + PATIENCE
	while not Path(path).exists():
		if time.monotonic() > end:
			raise TimeoutError(f"{path} never came")
		time.sleep(0.02)


def restart_as_approved(producer_url: str, doctype: str) -> None:
	"""As if the approval had ended after the backfill was started and before its next page."""
	rows = {"parent": producer_url, "ref_doctype": doctype}
	frappe.db.set_value("Event Producer Document Type", rows, "status", "Approved")
	frappe.clear_document_cache("Event Producer", producer_url)


def create_under_name(doctype: str, name: str, **values) -> None:
	from support.factories import new_test_document

	new_test_document(doctype, **values).insert(set_name=name)


def take_up(producer_url: str) -> None:
	"""What the schedule begins each minute, and then the backfill's job."""
	from event_streaming.consumer.backfill import backfill, missed, state

	missed.begin_to_fetch()
	if producer_url in state.RUNS.producers_with_work():
		backfill.backfill(producer_url)
