"""Assignments of documents as data: the ToDos about a document, and what this site knows of assignments that others told of.

Invariant: an assignment is one thing on all sites, known by the site where it was given and the name of its ToDo there. It is open,
or it has ended (Closed or Cancelled). With each link stands what its other site last said of each: that is what both last agreed on.
So of an assignment only one change can be made at a time, open to ended or back, and two sites can't contradict each other: what
changed there since is done here, what changed here since is done there, and two that are given at once are both kept.

One user has one open ToDo of a document: an assignment that comes for who has one already is known as that one.
"""

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass

import frappe
from frappe.utils import cstr

from event_streaming.document.snapshot import as_creation

OPEN, CLOSED, CANCELLED = "Open", "Closed", "Cancelled"

Given = tuple[str, str]  # id of the site where somebody was assigned, name of the ToDo there


@dataclass
class Known:
	"""An assignment of which the other site of a link told.

	`state` is what it said last, "" where it is new. `todo` is the one here, "" where there is none: `refused` says why. It was
	`made` for this assignment, or was here before.
	"""

	site: str
	name: str
	user: str
	state: str = ""
	todo: str = ""
	made: bool = False
	refused: str = ""

	@property
	def given(self) -> Given:
		return self.site, self.name


def state_of(status: str | None) -> str:
	"""As Frappe has it: whoever is assigned is so until the ToDo is Closed or Cancelled."""
	return status if status in (CLOSED, CANCELLED) else OPEN


def todos_of(doctype: str, names: Iterable[str]) -> dict[str, dict[str, frappe._dict]]:
	"""{name: {ToDo: its values}} of documents, the newest first, with `state`."""
	rows = frappe.get_all(
		"ToDo",
		filters={
			"reference_type": doctype,
			"reference_name": ("in", list(names)),
			"allocated_to": ("is", "set"),
		},
		fields=[
			"name", "reference_name", "allocated_to", "assigned_by", "status", "description", "date", "priority",
		],
		order_by="creation desc, name desc",
	)  # fmt: skip
	found: dict[str, dict[str, frappe._dict]] = defaultdict(dict)
	for row in rows:
		row.state = state_of(row.status)
		found[cstr(row.reference_name)][cstr(row.name)] = row
	return found


def read_known(text: str | None, creation: str | None) -> dict[Given, Known]:
	"""
	:param text: of the field `assigned_there` of a Remote Document
	:param creation: of the document here: what is known of one that had its name before says nothing of it
	"""
	stored = json.loads(text or "{}")
	if stored.get("of") != creation:
		return {}
	known = (Known(**values) for values in stored["known"])
	return {one.given: one for one in known}


def write_known(known: Iterable[Known], creation: str | None) -> str | None:
	listed = [asdict(one) for one in sorted(known, key=lambda one: one.given)]
	return json.dumps({"of": creation, "known": listed}) if listed else None


def known_of(doctype: str, names: Iterable[str]) -> dict[str, list[Known]]:
	"""By name of documents here, what any link's other site told of."""
	rows = frappe.get_all(
		"Remote Document",
		filters={
			"local_doctype": doctype,
			"local_docname": ("in", list(names)),
			"assigned_there": ("is", "set"),
		},
		fields=["local_docname", "assigned_there"],
		order_by="name asc",
	)
	creations = _creations(doctype, {row.local_docname for row in rows})
	found: dict[str, list[Known]] = defaultdict(list)
	for row in rows:
		name = row.local_docname
		found[name] += read_known(row.assigned_there, creations.get(name)).values()
	return found


def _creations(doctype: str, names: set[str]) -> dict[str, str | None]:
	if not names:
		return {}
	rows = frappe.get_all(doctype, filters={"name": ("in", list(names))}, fields=["name", "creation"])
	return {cstr(row.name): as_creation(row.creation) for row in rows}
