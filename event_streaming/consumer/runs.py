"""What a person has asked for and a worker works off: a row for each producer and remote DocType, of Event Backfill or
Event Reconciliation.

```
start ──> Queued ──first step──> Running ──last step──> Done ──start──> Queued
                       │ person: Stopped      │ link refuses: Failed
                       └──────────────── start: Queued
```
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Generic, TypeVar

import frappe
from frappe.utils import now_datetime

from event_streaming import progress

QUEUED, RUNNING, DONE, STOPPED, FAILED = "Queued", "Running", "Done", "Stopped", "Failed"
UNFINISHED = (QUEUED, RUNNING)
NOT_SHOWN = ("name", "event_producer", "last_name", "last_created")
MAX_MESSAGE = 500  # characters


@dataclass(kw_only=True)
class Run:
	name: str
	event_producer: str
	ref_doctype: str
	remote_doctype: str
	status: str
	message: str | None = None
	started: datetime | None = None
	finished: datetime | None = None


AnyRun = TypeVar("AnyRun", bound=Run)


class Runs(Generic[AnyRun]):
	"""The rows of one DocType, whose fields are those of the dataclass."""

	def __init__(self, doctype: str, kind: type[AnyRun]):
		self.doctype = doctype
		self.kind = kind
		self.fields = [field.name for field in fields(kind)]

	def shown(self, producer: str) -> list[frappe._dict]:
		"""A row for each DocType that was ever begun, as the form and the terminal show it, with its pace while it runs."""
		rows = self._rows({"event_producer": producer}, [f for f in self.fields if f not in NOT_SHOWN])
		for row in rows:
			if row.status == RUNNING:
				row.update(progress.pace_of(self._work(producer, row.remote_doctype), row.done, row.total))
		return rows

	def note_begin(self, run: Run, done: int = 0) -> None:
		"""A job takes the work up."""
		progress.begin(self._work(run.event_producer, run.remote_doctype), done)

	def producers_with_work(self) -> list[str]:
		rows = self._rows({"status": ("in", UNFINISHED)}, ["event_producer"])
		return sorted({row.event_producer for row in rows})

	def next(self, producer: str) -> AnyRun | None:
		"""The one that runs, else the one that has waited longest."""
		rows = self._rows({"event_producer": producer, "status": ("in", UNFINISHED)}, self.fields)
		row = next((row for row in rows if row.status == RUNNING), rows[0] if rows else None)
		return self.kind(**row) if row else None

	def start(
		self, producer: str, configurations: dict[str, str], begun: Callable[[str, str | None], dict]
	) -> None:
		"""Queues DocTypes.

		:param configurations: the DocType of the Event Configuration, with its remote DocType
		:param begun: from the former and the status of its row, None if it has none, to the values that it gets; empty if it
		        goes on as it is
		"""
		for ref_doctype, remote_doctype in configurations.items():
			key = key_of(producer, remote_doctype)
			known = frappe.db.get_value(self.doctype, key, ["name", "status"], as_dict=True)
			values = begun(ref_doctype, known.status if known else None)
			if not known:
				values |= {**key, "ref_doctype": ref_doctype}
				# nosemgrep -- this app's own records; whoever asked was checked before
				frappe.get_doc(doctype=self.doctype, **values).insert(ignore_permissions=True)
			elif values:
				frappe.db.set_value(self.doctype, known.name, {"ref_doctype": ref_doctype, **values})

	def unfinished(self, producer: str) -> list[AnyRun]:
		"""In the order in which they were asked for first."""
		rows = self._rows({"event_producer": producer, "status": ("in", UNFINISHED)}, self.fields)
		return [self.kind(**row) for row in rows]

	def set(self, run: Run, **values) -> None:
		frappe.db.set_value(self.doctype, run.name, values)

	def note(self, run: Run, message: str | None) -> None:
		"""Why it does not go on at the moment."""
		self.set(run, message=message and message[:MAX_MESSAGE])

	def fail(self, run: Run, message: str) -> None:
		"""It goes on when a person starts it again."""
		self.set(run, status=FAILED, finished=now_datetime(), message=message[:MAX_MESSAGE])

	def finish(self, run: Run, **values) -> None:
		self.set(run, status=DONE, finished=now_datetime(), message=None, **values)

	def stop(self, producer: str, doctypes: list[str] | None = None) -> None:
		"""
		:param doctypes: as the Event Configuration calls them; None for all
		"""
		rows = {"event_producer": producer, "status": ("in", UNFINISHED)}
		if doctypes is not None:
			rows["ref_doctype"] = ("in", doctypes)
		frappe.db.set_value(self.doctype, rows, {"status": STOPPED, "finished": now_datetime()})

	def _work(self, producer: str, remote_doctype: str) -> str:
		return f"{self.doctype}:{producer}:{remote_doctype}"

	def _rows(self, filters: dict, columns: list[str]) -> list[frappe._dict]:
		return frappe.db.get_values(
			self.doctype, filters, columns, as_dict=True, order_by="creation asc, ref_doctype asc"
		)


def key_of(producer: str, remote_doctype: str) -> dict[str, str]:
	return {"event_producer": producer, "remote_doctype": remote_doctype}
