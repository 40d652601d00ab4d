"""How far the backfill of each DocType has come: one Event Backfill row for a producer and a remote DocType.

```
start ──> Queued ──first page──> Running ──last page──> Done ──start──> Queued, from the beginning
                       │ person: Stopped      │ link refuses: Failed
                       └──────────────── start: Queued, from where it was
```
"""

import frappe
from frappe.utils import now_datetime

from event_streaming.consumer.subscription import approved_configurations

DOCTYPE = "Event Backfill"
QUEUED, RUNNING, DONE, STOPPED, FAILED = "Queued", "Running", "Done", "Stopped", "Failed"
UNFINISHED = (QUEUED, RUNNING)
COUNTS = ("done", "taken", "skipped", "failed", "waiting")
FIELDS = [
	"name", "event_producer", "ref_doctype", "remote_doctype", "status", "message", "last_name", "total", *COUNTS,
	"started", "finished",
]  # fmt: skip
TOLD = [field for field in FIELDS if field not in ("name", "event_producer", "last_name")]


def start(producer: str, doctypes: list[str] | None = None) -> None:
	"""Queues these DocTypes; what is running goes on, what was stopped or failed goes on where it was.

	:param doctypes: as the Event Configuration calls them; None for all that are approved
	:raises StreamingError: one of them is not approved, or the link doesn't have it
	"""
	for ref_doctype, remote_doctype in approved_configurations(producer, doctypes).items():
		known = frappe.db.get_value(DOCTYPE, _key(producer, remote_doctype), ["name", "status"], as_dict=True)
		if not known:
			values = {**_key(producer, remote_doctype), "ref_doctype": ref_doctype, **_fresh()}
			frappe.get_doc(doctype=DOCTYPE, **values).insert(ignore_permissions=True)
		elif known.status == DONE:
			frappe.db.set_value(DOCTYPE, known.name, {"ref_doctype": ref_doctype, **_fresh()})
		elif known.status not in UNFINISHED:
			frappe.db.set_value(DOCTYPE, known.name, {"status": QUEUED, "message": None, "finished": None})


def stop(producer: str, doctypes: list[str] | None = None) -> None:
	"""A page that is under way is finished; then it ends."""
	rows = {"event_producer": producer, "status": ("in", UNFINISHED)}
	if doctypes is not None:
		rows["ref_doctype"] = ("in", doctypes)
	frappe.db.set_value(DOCTYPE, rows, {"status": STOPPED, "finished": now_datetime()})


def read(producer: str) -> list[dict]:
	"""A row for each DocType that was ever begun, as the form shows it, with `percent`."""
	rows = frappe.get_all(
		DOCTYPE,
		filters={"event_producer": producer},
		fields=TOLD,
		order_by="creation asc, ref_doctype asc",
		limit_page_length=0,
	)
	for row in rows:
		row.percent = 100 if row.status == DONE else min(100 * row.done // max(row.total, 1), 99)
	return rows


def producers_with_work() -> list[str]:
	rows = frappe.get_all(
		DOCTYPE, filters={"status": ("in", UNFINISHED)}, pluck="event_producer", limit_page_length=0
	)
	return sorted(set(rows))


def next_row(producer: str) -> frappe._dict | None:
	"""The one that runs, else the one that has waited longest."""
	rows = frappe.get_all(
		DOCTYPE,
		filters={"event_producer": producer, "status": ("in", UNFINISHED)},
		fields=FIELDS,
		order_by="creation asc, ref_doctype asc",
		limit_page_length=0,
	)
	return next((row for row in rows if row.status == RUNNING), rows[0] if rows else None)


def is_at(at: frappe._dict) -> bool:
	"""Whether it still runs and stands where `at` was read: nobody else has taken that page, nobody has stopped it."""
	status, last_name = frappe.db.get_value(DOCTYPE, at.name, ["status", "last_name"]) or (None, None)
	return status == RUNNING and (last_name or "") == (at.last_name or "")


def begin(at: frappe._dict) -> None:
	"""
	Commits; to be called with nothing unsaved.
	"""
	if at.status == QUEUED:
		table = frappe.qb.DocType(DOCTYPE)
		started = at.started or now_datetime()
		query = frappe.qb.update(table).set(table.status, RUNNING).set(table.started, started)
		query.where(table.name == at.name).where(table.status == QUEUED).run()  # unless it was stopped
		frappe.db.commit()  # the form shows that it runs
		at.status = RUNNING


def note_total(at: frappe._dict, total: int) -> None:
	frappe.db.set_value(DOCTYPE, at.name, "total", total)


def move(at: frappe._dict, last_name: str, counts: dict[str, int]) -> frappe._dict:
	"""In the transaction of the documents up to `last_name`.

	:param counts: by the names of COUNTS, what there is more than at `at`
	:returns: where it stands now
	"""
	values = {"last_name": last_name, "message": None}
	values |= {field: at[field] + counts.get(field, 0) for field in COUNTS}
	frappe.db.set_value(DOCTYPE, at.name, values)
	return frappe._dict(at, **values)


def finish(at: frappe._dict) -> None:
	frappe.db.set_value(DOCTYPE, at.name, {"status": DONE, "finished": now_datetime(), "message": None})


def fail(at: frappe._dict, message: str) -> None:
	"""It goes on when a person starts it again."""
	values = {"status": FAILED, "finished": now_datetime(), "message": message[:500]}
	frappe.db.set_value(DOCTYPE, at.name, values)


def note(at: frappe._dict, message: str | None) -> None:
	"""Why it doesn't go on at the moment."""
	frappe.db.set_value(DOCTYPE, at.name, "message", message and message[:500])


def _key(producer: str, remote_doctype: str) -> dict:
	return {"event_producer": producer, "remote_doctype": remote_doctype}


def _fresh() -> dict:
	values = {"status": QUEUED, "message": None, "last_name": None, "started": None, "finished": None}
	return {**values, "total": 0, **dict.fromkeys(COUNTS, 0)}
