"""A site with many links and a long log, and how long it takes to look at it. Runs inside the site."""

import statistics
import time

import frappe
from frappe.utils import now

from event_streaming import bulk

PIECE = 20_000  # rows of one statement
STATUSES = ("Failed", "Synced")


def fill(links: int, log_rows: int, parked: int) -> None:
	"""Links by the form's own names, the log's rows spread over them; as many of these failed as documents are parked."""
	sites = [f"https://branch{number:03}.example.com" for number in range(links)]
	for site in sites:
		for doctype in ("Event Producer", "Event Consumer", "Event Stream Cursor"):
			doc = frappe.new_doc(doctype)
			doc.update({"name": site, "producer_url": site, "callback_url": site, "event_producer": site})
			doc.update({"event_subscriber": "Administrator", "state": "Streaming"})
			doc.db_insert()
	_fill_log(sites, log_rows, parked)
	_fill_parked(sites, parked)
	frappe.db.commit()


def _fill_log(sites: list[str], rows: int, failed: int) -> None:
	time_now = now()
	columns = (
		"name", "creation", "modified", "owner", "modified_by", "event_producer", "position", "event_id",
		"update_type", "status", "ref_doctype", "docname", "remote_doctype", "remote_docname", "error",
	)  # fmt: skip
	error = "Traceback (most recent call last):\n" + "  File …, line 1, in save\n" * 40 + "MandatoryError"
	for start in range(0, rows, PIECE):
		bulk.insert(
			"Event Sync Log",
			columns,
			(
				(
					f"log{number:09}", time_now, time_now, "Administrator", "Administrator",
					sites[number % len(sites)], number, number, "Update",
					STATUSES[number >= failed], "Shop Note", f"note{number}", "Shop Note", f"note{number}",
					error if number < failed else None,
				)
				for number in range(start, min(start + PIECE, rows))
			),
		)  # fmt: skip


def _fill_parked(sites: list[str], parked: int) -> None:
	time_now = now()
	columns = ("name", "creation", "modified", "owner", "modified_by", "event_producer", "remote_doctype", "remote_docname", "status")  # fmt: skip
	rows = (
		(
			f"parked{number:09}", time_now, time_now, "Administrator", "Administrator",
			sites[number % len(sites)], "Shop Note", f"note{number}", "Waiting",
		)
		for number in range(parked)
	)  # fmt: skip
	bulk.insert("Parked Document", columns, rows)


def measure(times: int = 9) -> dict[str, float]:
	"""Median milliseconds of each look, after one that warms up."""
	from event_streaming.consumer import link_state
	from event_streaming.monitoring import faults, links, openmetrics

	site = frappe.get_all("Event Producer", pluck="name", limit_page_length=1)[0]
	looks = {
		"state of all links": links.links,
		"metrics": openmetrics.write,
		"faults": faults.faults,
		"form of a link": lambda: link_state.read(site),
		"list of the log": lambda: _list("Event Sync Log"),
		"list of failures": lambda: _list("Event Sync Log", {"status": "Failed"}),
		"list of failures of a link": lambda: _list(
			"Event Sync Log", {"status": "Failed", "event_producer": site}
		),
		"list of parked documents": lambda: _list("Parked Document"),
	}
	return {name: _median(look, times) for name, look in looks.items()}


def _list(doctype: str, filters: dict | None = None) -> None:
	frappe.get_list(
		doctype, filters=filters or {}, fields=["*"], order_by="modified desc", limit_page_length=20
	)


def _median(look, times: int) -> float:
	taken = []
	for _time in range(times + 1):
		begin = time.perf_counter()
		look()
		taken.append((time.perf_counter() - begin) * 1000)
	return round(statistics.median(taken[1:]), 1)


def clear() -> None:
	for doctype in (
		"Event Sync Log",
		"Parked Document",
		"Event Producer",
		"Event Consumer",
		"Event Stream Cursor",
	):
		frappe.db.delete(doctype)
	frappe.db.commit()
