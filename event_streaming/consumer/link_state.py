"""How the link to a producer is doing, for people: on the form, on the command line, while a pull runs."""

from typing import TYPE_CHECKING

import frappe
from frappe import _
from frappe.utils import now_datetime, strip_html, time_diff_in_seconds

from event_streaming import progress, site, workers
from event_streaming.consumer import cursor as cursors
from event_streaming.consumer import pairing, schema_check
from event_streaming.consumer.pull import schedule
from event_streaming.consumer.replay import in_hand
from event_streaming.consumer.sync_log import FAILED
from event_streaming.exceptions import StreamingError
from event_streaming.link.client import ProducerClient
from event_streaming.link.protocol import APPROVED

if TYPE_CHECKING:
	from frappe.model.document import Document

	from event_streaming.consumer.pull.work import Summary

SHOWN_COUNTS = ("behind", "synced", "failed", "waiting", "skipped", "busy", "error")
DETAILS = ["state", "error", "behind", "lag_seconds", "last_contact", "attempts", "next_attempt_at"]


def read(producer: str) -> dict:
	"""The cursor's fields (empty before registration), `next_attempt_in` seconds, how many events have
	`failed` and documents are `parked`, which DocTypes are `unreadable` at the producer,
	in how many `differences` fields here are not as there, why some are `held` there, and why `nothing_begins` of what is due."""
	state = frappe.db.get_value(cursors.DOCTYPE, producer, DETAILS, as_dict=True) or frappe._dict()
	if trouble := cursors.unwritten_trouble(producer) or in_hand.trouble(producer):
		state.update(state=cursors.FAILING, error=trouble)
	state.next_attempt_in = _seconds_until(state.next_attempt_at)
	state.failed = frappe.db.count("Event Sync Log", {"event_producer": producer, "status": FAILED})
	state.parked = frappe.db.count("Parked Document", {"event_producer": producer})
	state.unreadable = unreadable(producer)
	state.held = cursors.held(producer)
	state.differences = schema_check.summary(producer)
	state.nothing_begins = workers.why_nothing_begins(schedule.QUEUE) if state.state != cursors.PAUSED else ""
	state.is_copy = site.is_copy()
	return state


def unreadable(producer: str) -> list[str]:
	"""Approved DocTypes of which nothing comes, since the Event Subscriber may not read them at the producer."""
	filters = {"parent": producer, "unreadable": 1, "status": APPROVED, "unsubscribe": 0}
	return frappe.get_all("Event Producer Document Type", filters, pluck="ref_doctype", order_by="idx")


def follow_pause(producer: "Document") -> None:
	"""Brings the cursor in line with the tick of an Event Producer; what has waited is fetched at once."""
	if not frappe.db.exists(cursors.DOCTYPE, producer.name):
		return
	if producer.paused:
		return frappe.db.set_value(cursors.DOCTYPE, producer.name, "state", cursors.PAUSED)
	rows = [row for row in producer.producer_doctypes if not row.unsubscribe]
	approved = any(row.status == APPROVED or row.still_given for row in rows)
	state = cursors.STREAMING if approved else cursors.WAITING
	frappe.db.set_value(cursors.DOCTYPE, producer.name, {"state": state, "next_attempt_at": None})
	frappe.db.after_commit.add(lambda: schedule.enqueue_pull(producer.name))


def pull_with_progress(producer: str, user: str, job: str) -> None:
	"""Job behind the button: a pull that tells its user how far it is, and in the end what came of it."""
	from event_streaming.consumer.pull.pull import pull

	def act(tell: progress.Tell) -> dict:
		return _shown(pull(producer, progress=lambda summary: tell(**_shown(summary))))

	progress.run(job, user, act)


def _shown(summary: "Summary") -> dict:
	counts = {field: getattr(summary, field) for field in SHOWN_COUNTS}
	return {"done": summary.events, "total": summary.events + summary.behind, **counts}


def test_connection(producer_url: str, producer: str | None = None) -> list[dict]:
	"""Tries what a link needs, up to the first thing that fails: the other site, then this link's key.

	:param producer: Event Producer whose key is tried, if it is for that URL
	:returns: [{"ok", "title", "message"}], the message says what to do
	"""
	known = producer if producer and frappe.db.exists("Event Producer", producer) else None
	title = _("The other site answers and has Event Streaming")
	steps = [_step(title, lambda: pairing.preflight(producer_url, link=known))]
	if steps[0]["ok"] and producer and frappe.db.exists(cursors.DOCTYPE, producer):
		steps.append(
			_step(_("The other site accepts the key of this link"), lambda: _ask_for_updates(producer))
		)
	return steps


def _seconds_until(time) -> int:
	return max(int(time_diff_in_seconds(time, now_datetime())), 0) if time else 0


def _ask_for_updates(producer: str) -> None:
	at = cursors.read(producer)
	with ProducerClient.for_producer(producer) as client:
		client.get_updates(at.position, at.event_key, at.epoch, 1)


def _step(title: str, attempt) -> dict:
	try:
		attempt()
	except StreamingError as error:
		frappe.clear_messages()
		return {"ok": False, "title": title, "message": strip_html(str(error))}
	return {"ok": True, "title": title, "message": ""}
