"""Figures of this site's links in the OpenMetrics text format (openmetrics.io, version 1.0)."""

import frappe
from frappe.query_builder.functions import Count

from event_streaming import __version__
from event_streaming.monitoring import workers
from event_streaming.monitoring.links import LinkStatus, links

CONTENT_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8"
GAUGES = {
	"lag_seconds": ("event_streaming_lag_seconds", "Age of the oldest change that the receiving site lacks."),
	"behind": ("event_streaming_events_behind", "Changes that the receiving site lacks, at most."),
	"failed": ("event_streaming_failed_events", "Changes that failed and wait for a person or the next try."),
	"parked": ("event_streaming_parked_documents", "Documents whose changes wait behind one that failed."),
	"conflicts": ("event_streaming_conflicts", "Changes that wait for a person, since both sites made one."),
	"attempts": (
		"event_streaming_failed_attempts",
		"Tries to reach the other site since the last that worked.",
	),
}
DIRECTIONS = {"Event Producer": "receive", "Event Consumer": "send"}


def write() -> str:
	found = links()
	lines = [
		"# TYPE event_streaming info",
		"# HELP event_streaming Version of the app.",
		f'event_streaming_info{{version="{_escaped(__version__)}"}} 1',
	]
	for field, (name, text) in GAUGES.items():
		lines += _gauge(name, text, [(_labels(link), getattr(link, field)) for link in found])
	lines += _gauge(
		"event_streaming_up", "1 while the link streams.", [(_labels(x), _is_up(x)) for x in found]
	)
	contacts = [(_labels(x), x.last_contact.timestamp()) for x in found if x.last_contact]
	lines += _gauge(
		"event_streaming_last_contact_timestamp_seconds", "When the other site was last heard of.", contacts
	)
	statuses = [({"status": status}, count) for status, count in _events_by_status()]
	lines += _gauge("event_streaming_logged_events", "Rows of the Event Sync Log that are kept.", statuses)
	queued = [({"queue": queue}, count) for queue, count in workers.waiting_jobs().items()]
	lines += _gauge("event_streaming_waiting_jobs", "Jobs of the bench that wait for a worker.", queued)
	return "\n".join([*lines, "# EOF", ""])


def _gauge(name: str, text: str, samples: list[tuple[dict, float]]) -> list[str]:
	lines = [f"# TYPE {name} gauge", f"# HELP {name} {text}"]
	for labels, value in samples:
		shown = ",".join(f'{label}="{_escaped(what)}"' for label, what in labels.items())
		lines.append(
			f"{name}{{{shown}}} {float(value):g}"
			if abs(value) < 1e6
			else f"{name}{{{shown}}} {float(value)!r}"
		)
	return lines


def _labels(link: LinkStatus) -> dict[str, str]:
	return {"direction": DIRECTIONS[link.doctype], "site": link.site, "state": link.state}


def _is_up(link: LinkStatus) -> int:
	return int(link.state == "Streaming")


def _events_by_status() -> list[tuple[str, int]]:
	log = frappe.qb.DocType("Event Sync Log")
	return sorted(frappe.qb.from_(log).select(log.status, Count("*")).groupby(log.status).run())


def _escaped(text: str) -> str:
	return str(text).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
