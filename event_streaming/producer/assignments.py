"""Who is assigned to the documents that one consumer may have, see `document.assignments`.

Invariants:
- An assignment goes out only with a document that the consumer may have at this moment, where its DocType was approved together with
  assignments. Of one that has ended, neither user nor text is told.
- Nobody's own ToDo, which is about no document, is ever looked at.
- When somebody is assigned, or is no longer, an empty Update of the document is logged in the same transaction. It goes to the
  site that the assignment came from, too: that one has to see that it is here, or has ended here.

What code writes past a ToDo (`frappe.db.set_value`) is missed at the next change of its document.
"""

from typing import TYPE_CHECKING

from frappe.utils import cstr

from event_streaming import site
from event_streaming.document.assignments import CANCELLED, OPEN, Given, known_of, state_of, todos_of
from event_streaming.link.protocol import MAX_ASSIGNED, MAX_COMMENT
from event_streaming.producer import capture
from event_streaming.producer.files import tell

if TYPE_CHECKING:
	from frappe.model.document import Document

ASSIGNMENTS = "assignments"


def note_assignment(todo: "Document", method: str | None = None) -> None:
	"""`on_change` and `after_delete` of each ToDo: tells of its document, and of the one that it was about before."""
	if todo.flags.in_delete and method == "on_change":
		return  # it is still there
	after = set() if method == "after_delete" else _assigned(todo)
	before = _assigned(todo if method == "after_delete" else todo.get_doc_before_save())
	with capture.as_own():
		for doctype, name in sorted({(doctype, name) for doctype, name, _user in after ^ before}):
			tell(ASSIGNMENTS, doctype, name)


def _assigned(todo: "Document | None") -> set[tuple[str, str, str]]:
	if not (todo and todo.reference_type and todo.reference_name and todo.allocated_to):
		return set()
	is_open = state_of(todo.status) == OPEN
	return {(todo.reference_type, cstr(todo.reference_name), todo.allocated_to)} if is_open else set()


def assignments_of(doctype: str, names: list[str]) -> dict[str, dict]:
	"""
	:returns: {name: {"assignments", "assignments_cut"}}, the open ones first; cut where not all are told
	"""
	todos, known = todos_of(doctype, names), known_of(doctype, names)
	told = {}
	for name in names:
		listed = _all_of(todos.get(name, {}), known.get(name, []))
		listed.sort(key=lambda one: one["state"] != OPEN)
		told[name] = {
			"assignments": listed[:MAX_ASSIGNED],
			"assignments_cut": int(len(listed) > MAX_ASSIGNED),
		}
	return told


def _all_of(todos: dict, known: list) -> list[dict]:
	"""Those that were given here, and those of elsewhere that came here. One that couldn't be given here is not told: it has not
	ended here."""
	made, refused = {one.todo for one in known if one.made}, {one.given for one in known if not one.todo}
	own = [(site.own_id(), todo) for todo in todos if todo not in made]
	listed: dict[Given, str] = {given: given[1] for given in own if given not in refused}
	listed |= {one.given: one.todo for one in known if one.todo}
	return [_told(given, todos.get(todo)) for given, todo in listed.items()]


def _told(given: Given, todo: dict | None) -> dict:
	told = {"site": given[0], "name": given[1], "state": todo["state"] if todo else CANCELLED}
	if not todo or told["state"] != OPEN:
		return told
	text = todo["description"] or ""
	return {
		**told,
		"user": todo["allocated_to"],
		"by": todo["assigned_by"] or "",
		"text": text if len(text) <= MAX_COMMENT else "",
		"date": cstr(todo["date"]),
		"priority": todo["priority"] or "",
	}
