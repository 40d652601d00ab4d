"""Large documents, and the sizes of what is sent. Runs inside the site."""

import json
from unittest.mock import patch

import frappe

from support import factories, ops, streaming_ops


def create_large(doctype: str, title: str, field: str, size: int) -> str:
	return factories.create_test_document(doctype, title=title, **{field: "x" * size}).name


def make_large(doctype: str, name: str, field: str, size: int) -> None:
	ops.update(doctype, name, **{field: "y" * size})


def enlarge_log(size: int) -> None:
	"""As if the last row of the log had been written by a version that knew no bound."""
	last = frappe.get_all("Update Log", pluck="name", order_by="name desc", limit=1)[0]
	data = {"changed": {"content": "z" * size}}
	frappe.db.set_value("Update Log", last, "data", json.dumps(data))


def ask_for_page(producer_url: str) -> dict:
	"""The next page of the producer's log, and how many bytes of JSON its events are."""
	from event_streaming.consumer import cursor as cursors
	from event_streaming.link.client import ProducerClient

	at = cursors.read(producer_url)
	with ProducerClient.for_producer(producer_url) as client:
		page = client.get_updates(at.position, at.event_key, at.epoch, 500)
	size = len(json.dumps(page["events"]))
	return {"bytes": size, "more": page["more"], "events": [event["docname"] for event in page["events"]]}


def pull_keeping(producer_url: str, size: int) -> dict:
	"""A pull on a site whose log keeps no event larger than `size` bytes."""
	from event_streaming.consumer import sync_log

	with patch.object(sync_log, "KEPT_BYTES", size):
		return streaming_ops.pull(producer_url)
