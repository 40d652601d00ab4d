"""What is wrong with this site's links at present, each fault with what to do about it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import frappe
from frappe import _
from frappe.utils import cint, now_datetime

from event_streaming import settings, workers
from event_streaming.consumer import cursor as cursors
from event_streaming.consumer import receiving_hours, schema_check
from event_streaming.consumer.subscription import PASSED_OVER, TO_BE_FETCHED
from event_streaming.monitoring.links import RECEIVES, SENDS, LinkStatus, links
from event_streaming.producer import link_state


@dataclass(frozen=True)
class Fault:
	"""`kind` and `site` together say which fault it is; `patience` is how long it has to last before it counts."""

	kind: str
	message: str
	remedy: str
	doctype: str = ""
	site: str = ""
	patience: timedelta = timedelta(0)

	@property
	def key(self) -> tuple[str, str, str]:
		return self.kind, self.doctype, self.site


def faults() -> list[Fault]:
	"""Nothing of a link that is paused."""
	found = list(_of_this_site())
	for link in links():
		if not link.is_paused:
			found += _of_receiving(link) if link.doctype == RECEIVES else _of_sending(link)
	return [*found, *_passed_over(), *_of_runs()]


def _of_this_site() -> Iterator[Fault]:
	if not _has_links():
		return
	if hindrance := workers.no_scheduler():
		yield Fault("No Scheduler", hindrance.message, hindrance.remedy)
	if hindrance := workers.no_worker():
		yield Fault("No Worker", hindrance.message, hindrance.remedy, patience=timedelta(minutes=1))


def _has_links() -> bool:
	return bool(frappe.db.exists(RECEIVES, {"paused": 0}) or frappe.db.exists(SENDS, {"paused": 0}))


def _of_receiving(link: LinkStatus) -> Iterator[Fault]:
	about = {"doctype": link.doctype, "site": link.site}
	if link.state == cursors.FAILING:
		yield Fault(
			"Failing",
			_("Nothing can be received from {0}: {1}").format(link.site, link.error),
			_(
				"Open the Event Producer and use Test Connection. The link goes on automatically once it works."
			),
			patience=timedelta(minutes=settings.whole_number("failing_minutes", 10)),
			**about,
		)
	if link.state == cursors.STOPPED:
		yield Fault(
			"Stopped",
			_("The link with {0} has stopped: {1}").format(link.site, link.error),
			_(
				"Open the Event Producer and use Start Again, then Compare: a part of its log was passed over."
			),
			**about,
		)
	if _is_behind(link) and receiving_hours.is_open(link.site):
		yield _behind(link, _("Look for failed changes and for workers that are busy."))
	if link.parked > settings.whole_number("max_parked", 0):
		yield Fault(
			"Parked",
			_("{0} documents from {1} wait, since a change of theirs failed.").format(link.parked, link.site),
			_("Open Event Sync Log with status Failed: each row says what to do."),
			**about,
		)
	if differing := schema_check.summary(link.site):
		yield Fault(
			"Fields Differ",
			_("Fields here are not as on {0}, so values are dropped or documents refused: {1}.").format(
				link.site, ", ".join(f"{_(doctype)} ({number})" for doctype, number in differing.items())
			),
			_("Open the Event Producer and use Differences: each line says what to do."),
			patience=timedelta(minutes=1),
			**about,
		)
	if link.conflicts:
		yield Fault(
			"Conflict",
			_("{0} changes from {1} wait for a person: both sites changed the same values.").format(
				link.conflicts, link.site
			),
			_("Open Event Sync Log with status Failed, and choose Resync From Source or Skip for each."),
			**about,
		)


def _of_sending(link: LinkStatus) -> Iterator[Fault]:
	if link.state != link_state.SENDING:
		return
	if _is_behind(link):
		yield _behind(link, _("Look at the Event Producer on {0}.").format(link.site))
	silent = timedelta(minutes=settings.whole_number("silent_minutes", 60))
	if _age(link.last_contact or link.created) > silent:
		yield Fault(
			"Silent",
			_("{0} has not asked for changes since {1}.").format(
				link.site, link.last_contact or link.created
			),
			_(
				"Look whether that site runs, with its scheduler and workers. If it is gone for good, unpair it."
			),
			link.doctype,
			link.site,
		)


def _is_behind(link: LinkStatus) -> bool:
	most = settings.number("max_lag_seconds", 900)
	return bool(link.behind) and link.lag_seconds > most


def _behind(link: LinkStatus, remedy: str) -> Fault:
	message = _("The link with {0} is {1} seconds and up to {2} changes behind.").format(
		link.site, int(link.lag_seconds), link.behind
	)
	return Fault("Behind", message, remedy, link.doctype, link.site)


def _passed_over() -> Iterator[Fault]:
	"""DocTypes of which the log is read on without their changes, until they can be given and a backfill fetches them."""
	rows = frappe.get_all(
		"Event Producer Document Type",
		{"parenttype": RECEIVES, "unsubscribe": 0, "missed": ("in", (PASSED_OVER, TO_BE_FETCHED))},
		["parent", "ref_doctype"],
		order_by="parent asc, idx asc",
	)
	running = set(frappe.get_all(RECEIVES, filters={"paused": 0}, pluck="name")) if rows else set()
	doctypes: dict[str, list[str]] = {}
	for row in rows:
		if row.parent in running:
			doctypes.setdefault(row.parent, []).append(_(row.ref_doctype))
	for producer, names in doctypes.items():
		reasons = "; ".join(dict.fromkeys(cursors.held(producer).values()))
		yield Fault(
			"Passed Over",
			_("Changes on {0} are passed over, since that site can't give them: {1}. {2}").format(
				producer, ", ".join(names), reasons
			),
			_(
				"Open the Event Producer: it says which DocTypes are not readable or held there, and why. What was missed is fetched automatically once that is put right."
			),
			RECEIVES,
			producer,
		)


def _of_runs() -> Iterator[Fault]:
	"""Backfills that failed, and comparisons that failed or found differences."""
	running = set(frappe.get_all(RECEIVES, filters={"paused": 0}, pluck="name"))
	for row in frappe.get_all(
		"Event Backfill", {"status": "Failed"}, ["event_producer", "ref_doctype", "message"], order_by="name"
	):
		if row.event_producer in running:
			yield Fault(
				"Backfill Failed: " + row.ref_doctype,
				_("The backfill of {0} from {1} does not go on: {2}").format(
					_(row.ref_doctype), row.event_producer, row.message or ""
				),
				_(
					"Fix what the message names, then use Backfill on the Event Producer: it goes on where it was."
				),
				RECEIVES,
				row.event_producer,
			)
	for row in _differing_comparisons():
		if row.event_producer in running:
			yield Fault(
				"Comparison Differs: " + row.ref_doctype,
				_("{0} from {1}: {2} missing, {3} different, {4} surplus.").format(
					_(row.ref_doctype), row.event_producer, row.missing, row.different, row.surplus
				),
				_("Open the Event Producer, look at the differences, and repair them from there."),
				RECEIVES,
				row.event_producer,
			)


def _differing_comparisons() -> list[frappe._dict]:
	fields = ["event_producer", "ref_doctype", "missing", "different", "surplus"]
	rows = frappe.get_all("Event Reconciliation", {"status": "Done", "repair": 0}, fields, order_by="name")
	return [row for row in rows if cint(row.missing) or cint(row.different) or cint(row.surplus)]


def _age(moment: datetime | None) -> timedelta:
	return now_datetime() - moment if moment else timedelta(0)
