"""Follows what another site says of the assignments of a document, by Frappe's own functions.

Invariants:
- Who is assigned there is assigned here, with text, date and priority; whose assignment was closed or taken away there has it closed or
  taken away here. What people do here stands, and the other site hears of it.
- A user who is not here, is disabled or may not read the document is not assigned, and nobody is given rights for it. The newest row of
  the log of the document says so. It is tried again at each look, and the other site is never told that it had ended here.
- A ToDo that is not about this very document is out of reach.
- The user is notified as the link says of what changes now; of documents of the past nobody is.
"""

import frappe

from event_streaming.consumer import sync_log
from event_streaming.consumer.files.storing import writing
from event_streaming.consumer.identity.remote_assignments import OF_EACH_SITE, Assigned, Change
from event_streaming.consumer.identity.remote_files import Due
from event_streaming.consumer.subscription import Subscription
from event_streaming.consumer.sync_log import FEED, SYNCED, SyncLog
from event_streaming.context import BACKFILL, LIVE
from event_streaming.document.assignments import CANCELLED, OPEN, Known

PRIORITIES = ("High", "Medium", "Low")


def follow_assignments(subscription: Subscription, due: Due, told: list[dict], cut: bool) -> None:
	"""Commits, if anything is to be done."""
	if not Assigned(due.row, due.local_doctype, due.local_name).changes(told, cut):
		return
	logged = _newest_log(subscription.producer, due)
	kind = LIVE if logged and logged.source == FEED else BACKFILL
	with writing(subscription, due, speaks=subscription.speaks(kind)):
		assigned = Assigned(due.row, due.local_doctype, due.local_name)
		remarks = []
		for change in assigned.changes(told, cut):
			remarks.append(_follow(assigned, change))
		assigned.keep()
		if text := " ".join(remark for remark in remarks if remark):
			_say(subscription.producer, due, logged, text)


def _follow(assigned: Assigned, change: Change) -> str:
	"""
	:returns: why the user is not assigned, or ""
	"""
	known, state = change.known, change.told["state"]
	assigned.known[known.given] = known
	if change.is_first_look:
		return ""
	known.state, known.refused = state, ""
	if state != OPEN:
		_end(assigned, known, state)
		return ""
	if known.user != change.told["user"]:  # who has the ToDo there now is another one
		_end(assigned, known, CANCELLED)
		known.user, known.todo, known.made = change.told["user"], "", False
	known.refused = _give(assigned, known, change.told)
	return known.refused


def _give(assigned: Assigned, known: Known, told: dict) -> str:
	if todo := assigned.open_todo(known.user):
		known.made = known.made and known.todo == todo
		known.todo = todo
		return ""
	if known.todo and known.todo not in assigned.todos:
		return ""  # deleted here
	if reason := assigned.why_not(known.user):
		return reason
	if known.todo:
		_open_again(assigned, known)
	else:
		known.todo, known.made = _assign(assigned, known.user, told), True
	return ""


def _assign(assigned: Assigned, user: str, told: dict) -> str:
	from frappe.desk.form import assign_to

	asked = {
		"assign_to": [user],
		"doctype": assigned.doctype,
		"name": assigned.name,
		"description": told["text"],
		"date": told["date"] or None,
		"priority": told["priority"] if told["priority"] in PRIORITIES else "Medium",
		"assigned_by": _assigned_by(told["by"]),
	}
	# nosemgrep -- whoever may write the document may assign it, as in Desk
	assign_to.add(asked, ignore_permissions=True)
	assigned.todos = assigned.read_todos()
	return assigned.open_todo(user) or ""


def _assigned_by(user: str) -> str:
	"""The user of that name here, or the Event Subscriber."""
	is_here = user not in OF_EACH_SITE and frappe.db.exists("User", user)
	return user if is_here else frappe.session.user


def _end(assigned: Assigned, known: Known, state: str) -> None:
	"""Not where the user has another one of the document there, which is the same ToDo here."""
	from frappe.desk.form import assign_to

	todo = assigned.todos.get(known.todo)
	others = (other for other in assigned.known.values() if other is not known and other.todo == known.todo)
	if not todo or todo.state != OPEN or todo.allocated_to != known.user:
		return
	if any(other.state == OPEN for other in others):
		return
	# nosemgrep -- as in Desk
	assign_to.set_status(
		assigned.doctype,
		assigned.name,
		todo=known.todo,
		assign_to=known.user,
		status=state,
		ignore_permissions=True,
	)
	assigned.todos = assigned.read_todos()


def _open_again(assigned: Assigned, known: Known) -> None:
	todo = frappe.get_doc("ToDo", known.todo)
	todo.status = OPEN
	# nosemgrep -- as in Desk
	todo.save(ignore_permissions=True)
	assigned.todos = assigned.read_todos()


def _newest_log(producer: str, due: Due) -> frappe._dict | None:
	rows = frappe.get_all(
		"Event Sync Log",
		filters={
			"event_producer": producer,
			"remote_doctype": due.key[0],
			"remote_docname": due.key[1],
			"status": SYNCED,
		},
		fields=["name", "message", "source"],
		order_by="creation desc, position desc",
		limit=1,
	)
	return rows[0] if rows else None


def _say(producer: str, due: Due, logged: frappe._dict | None, text: str) -> None:
	if logged:
		return sync_log.update(logged.name, message=f"{logged.message or ''} {text}".strip())
	log = SyncLog(producer, "")
	log.add(
		SYNCED,
		"Update",
		due.key,
		ref_doctype=due.local_doctype,
		docname=due.local_name,
		message=text,
		source=FEED,
	)
	log.flush()
