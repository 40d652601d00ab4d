"""Links between sites, made and used as their administrators do."""

import time
from collections.abc import Iterable, Mapping

from support import transport
from support.site import Site

Rows = Iterable[str | Mapping]


def subscribe(
	consumer: Site,
	producer: Site,
	doctypes: Rows,
	*,
	use_same_name: bool = True,
	mapping: str | None = None,
	**values,
) -> dict:
	"""Saves an Event Producer on the consumer, which registers with the producer over HTTP.

	:param doctypes: names of DocTypes, or rows of the Event Configuration
	:param values: other fields of the Event Producer
	:returns: the Event Producer
	"""
	common = {"use_same_name": int(use_same_name), "has_mapping": int(bool(mapping)), "mapping": mapping}
	rows = [{**common, "ref_doctype": row} if isinstance(row, str) else {**common, **row} for row in doctypes]
	return consumer.call("save_event_producer", producer_url=producer.url, rows=rows, **values)


def approve(producer: Site, consumer: Site, doctypes: list[str] | None = None) -> dict:
	return producer.call(
		"set_consumer_status", callback_url=consumer.url, status="Approved", doctypes=doctypes
	)


def reject(producer: Site, consumer: Site, doctypes: list[str] | None = None) -> dict:
	return producer.call(
		"set_consumer_status", callback_url=consumer.url, status="Rejected", doctypes=doctypes
	)


def connect(consumer: Site, producer: Site, doctypes: Rows, **options) -> None:
	"""Subscribes and approves, and lets the consumer see it."""
	subscribe(consumer, producer, doctypes, **options)
	approve(producer, consumer)
	pull(consumer, producer)
	if transport.is_mailbox():
		transport.go_over_to_mailbox(consumer, producer)


def pull(consumer: Site, producer: Site, max_batches: int | None = None) -> dict:
	"""One pull in the foreground; its summary."""
	return consumer.call("pull", producer_url=producer.url, max_batches=max_batches)


def drain(consumer: Site, *producers: Site) -> dict:
	"""Pulls from each producer until nothing is left, and sums up.

	:raises AssertionError: a pull stopped early
	"""
	total = dict.fromkeys(("synced", "failed", "waiting", "skipped"), 0)
	for producer in producers:
		summary = pull(consumer, producer)
		assert not summary["error"], (
			f"{consumer.name} could not pull from {producer.name}: {summary['error']}"
		)
		assert not summary["busy"], f"another process is pulling from {producer.name}"
		assert summary["behind"] == 0, f"{consumer.name} has not pulled all: {summary}"
		for kind in total:
			total[kind] += summary[kind]
	return total


def drain_patiently(consumer: Site, producer: Site) -> None:
	"""After a kill: the database may take a moment to notice that the last process is dead."""
	for _try in range(50):
		summary = pull(consumer, producer)
		if not summary["busy"] and not summary["error"] and not summary["behind"]:
			return
		time.sleep(0.2)
	raise AssertionError(f"the clean pull came to no end: {summary}")


def run_schedule(consumer: Site) -> None:
	"""Of pulls alone: enqueues those that are due, and runs what that leads to."""
	consumer.call("enqueue_pulls")
	consumer.call("run_jobs")


def set_condition(consumer: Site, producer: Site, doctype: str, condition: str) -> None:
	"""As if the approved condition had been this for long, and its field had been renamed since."""
	options = {"doctype": doctype, "condition": condition}
	producer.call("set_condition", link="Event Consumer", other_site=consumer.url, **options)
	consumer.call("set_condition", link="Event Producer", other_site=producer.url, **options)


def keep_back(producer: Site, consumer: Site, doctype: str, **values) -> None:
	"""See `trust.keep_back`."""
	producer.call("support.trust:keep_back", consumer=consumer.url, doctype=doctype, **values)


def keep_annotations_back(producer: Site, consumer: Site) -> None:
	"""Of the first DocType that the consumer asks for, whatever it asks for with it."""
	row = producer.get("Event Consumer", consumer.url)["consumer_doctypes"][0]
	producer.call("set_value_silently", doctype=row["doctype"], name=row["name"], keep_annotations_back=1)


def sync_logs(consumer: Site, **filters) -> list[dict]:
	"""Event Sync Log rows, oldest event first."""
	fields = ["name", "update_type", "status", "ref_doctype", "docname", "remote_doctype", "remote_docname"]
	fields += ["event_producer", "use_same_name", "mapping", "error", "message", "position", "source", "data"]
	found = consumer.rows("Event Sync Log", fields, filters)
	return sorted(found, key=lambda row: (row["event_producer"], row["position"]))


def update_logs(producer: Site, **filters) -> list[dict]:
	fields = [
		"name",
		"update_type",
		"ref_doctype",
		"docname",
		"data",
		"position",
		"origin",
		"path",
		"event_key",
		"cause",
	]
	return sorted(producer.rows("Update Log", fields, filters), key=lambda row: int(row["name"]))


def parked(consumer: Site) -> list[dict]:
	fields = [
		"remote_doctype",
		"remote_docname",
		"status",
		"attempts",
		"message",
		"waits_for_doctype",
		"waits_for_name",
	]
	return consumer.rows("Parked Document", fields)


def statuses(site: Site, other: Site, parent: str = "Event Producer") -> dict[str, str]:
	"""{DocType: status} of the rows of a link, as the form of `parent` shows them."""
	table = "producer_doctypes" if parent == "Event Producer" else "consumer_doctypes"
	return {row["ref_doctype"]: row["status"] for row in site.get(parent, other.url)[table]}
