"""Checks that belong to the past: a master that was disabled on this site since refuses no document that is older.

What was sent was valid where it was made. So when this site's controllers refuse a document, and masters that it links to
were disabled here after it was changed there, it is tried once more with these enabled for the time of the try.

Apps declare which methods of their controllers judge a document by the present, by the hook
`event_streaming_checks_of_the_past`: what such a one refuses with a ValidationError is let pass, with a remark. Nothing else
is: a closed period refuses, and so does a master that was disabled before.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

import frappe
from frappe import _
from frappe.utils import cint, get_datetime, now_datetime

from event_streaming.document.streamable import is_takeable

HOOK = "event_streaming_checks_of_the_past"  # {DocType: [methods of its controller]}
STATES = {"disabled": 1, "enabled": 0}  # field: what it is where the document is disabled

Place = tuple[str, str]  # DocType here, name here


@dataclass(frozen=True)
class Disabled:
	doctype: str
	name: str
	field: str

	@property
	def state(self) -> int:
		return STATES[self.field]


def declared(doctype: str) -> frozenset[str]:
	return frozenset((frappe.get_hooks(HOOK) or {}).get(doctype) or ())


def disabled_since(linked: Iterable[Place], moment: datetime | None) -> list[Disabled]:
	"""
	:param linked: documents here
	:param moment: in this site's time; None for a document of the past whose moment nobody knows
	"""
	found = []
	for doctype, name in dict.fromkeys(linked):
		for field, state in STATES.items():
			docfield = frappe.get_meta(doctype).get_field(field)
			if not docfield or docfield.fieldtype != "Check" or not is_takeable(doctype):
				continue
			row = frappe.db.get_value(doctype, name, [field, "modified"], as_dict=True)
			if row and cint(row[field]) == state and (not moment or get_datetime(row.modified) > moment):
				found.append(Disabled(doctype, name, field))
	return found


def local_moment(changed_at: str, age: float | None = None) -> datetime | None:
	"""
	:param changed_at: UTC, as events have it; "" where nobody says
	:param age: seconds
	:returns: None where it is not known, or as long ago as no clock tells
	"""
	now = now_datetime()
	if not changed_at:
		return now - timedelta(seconds=age) if age is not None else None
	moment = datetime.fromisoformat(changed_at.replace("Z", "+00:00"))
	try:
		return now - (datetime.now(timezone.utc) - moment)
	except OverflowError:
		return None


@contextmanager
def enabled_for_now(masters: list[Disabled]) -> Iterator[None]:
	for master in masters:
		_set(master, 1 - master.state)
	try:
		yield
	finally:
		for master in masters:
			_set(master, master.state)


def remark_on(masters: list[Disabled]) -> str:
	names = ", ".join(f"{_(master.doctype)} {master.name}" for master in masters)
	return _("Accepted, although disabled on this site since then: {0}.").format(names)


def _set(master: Disabled, state: int) -> None:
	frappe.db.set_value(master.doctype, master.name, master.field, state, update_modified=False)
