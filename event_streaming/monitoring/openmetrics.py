"""Figures of this site's links in the OpenMetrics text format (openmetrics.io, version 1.0)."""

from event_streaming import __version__, workers
from event_streaming.consumer import throughput
from event_streaming.consumer.replay.lost_values import KINDS
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
OUTCOMES = ("synced", "failed", "waiting", "skipped")
COUNTERS = {
	"pages": ("event_streaming_pages", "Pages of the other site's log that were asked for."),
	"bytes": (
		"event_streaming_received_bytes",
		"Bytes of the other site's answers, as they came over the wire.",
	),
	"seconds": ("event_streaming_pull_seconds", "Seconds spent on receiving changes."),
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
	lines += _counters([link.site for link in found if link.doctype == "Event Producer"])
	queued = [({"queue": queue}, count) for queue, count in workers.waiting_jobs().items()]
	lines += _gauge("event_streaming_waiting_jobs", "Jobs of the bench that wait for a worker.", queued)
	return "\n".join([*lines, "# EOF", ""])


def _counters(sites: list[str]) -> list[str]:
	"""What each link has brought. Time per page and per event is their quotient."""
	counted = {site: values for site, values in throughput.read(sites).items() if values}
	events = [
		({"site": site, "outcome": outcome}, values.get(outcome, 0))
		for site, values in counted.items()
		for outcome in OUTCOMES
	]
	lines = _family("event_streaming_events", "counter", "Changes received, by what became of them.", events)
	conflicting = [
		({"site": site, "kind": kind}, values.get(f"conflicts_{kind}", 0))
		for site, values in counted.items()
		for kind in KINDS
	]
	text = "Values that both sites changed at once, by what they are of."
	lines += _family("event_streaming_conflicting_values", "counter", text, conflicting)
	for name, (metric, text) in COUNTERS.items():
		samples = [({"site": site}, values.get(name, 0)) for site, values in counted.items()]
		lines += _family(metric, "counter", text, samples)
	return lines


def _gauge(name: str, text: str, samples: list[tuple[dict, float]]) -> list[str]:
	return _family(name, "gauge", text, samples)


def _family(name: str, kind: str, text: str, samples: list[tuple[dict, float]]) -> list[str]:
	lines = [f"# TYPE {name} {kind}", f"# HELP {name} {text}"]
	sample_name = f"{name}_total" if kind == "counter" else name
	for labels, value in samples:
		shown = ",".join(f'{label}="{_escaped(what)}"' for label, what in labels.items())
		lines.append(f"{sample_name}{{{shown}}} {_number(value)}")
	return lines


def _number(value: float) -> str:
	return f"{float(value):g}" if abs(value) < 1e6 else repr(float(value))


def _labels(link: LinkStatus) -> dict[str, str]:
	return {"direction": DIRECTIONS[link.doctype], "site": link.site, "state": link.state}


def _is_up(link: LinkStatus) -> int:
	return int(link.state == "Streaming")


def _escaped(text: str) -> str:
	return str(text).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
