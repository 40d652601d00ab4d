"""Messages to browsers, published in Redis for a socket server. The playground has none, so nobody sees them."""

from contextlib import suppress
from typing import Any

import redis

import frappe
from frappe.playground.missing import module_getattr

__getattr__ = module_getattr(__name__)


def publish_progress(
	percent: float,
	title: str | None = None,
	doctype: str | None = None,
	docname: str | None = None,
	description: str | None = None,
	task_id: str | None = None,
) -> None:
	publish_realtime(
		"progress",
		{"percent": percent, "title": title, "description": description},
		user=None if doctype and docname else frappe.session.user,
		doctype=doctype,
		docname=docname,
		task_id=task_id,
	)


def publish_realtime(
	event: str | None = None,
	message: dict | None = None,
	room: str | None = None,
	user: str | None = None,
	doctype: str | None = None,
	docname: str | None = None,
	task_id: str | None = None,
	after_commit: bool = False,
) -> None:
	message = {} if message is None else message
	event = event or ("task_progress" if task_id else "global")
	if event == "list_update":
		room = f"doctype:{doctype or message.get('doctype')}"
	elif event == "docinfo_update":
		room = f"doc:{doctype}/{docname}"
	elif event == "msgprint" and not user:
		user = frappe.session.user
	if not room and task_id:
		after_commit = False
		message.setdefault("task_id", task_id)
	room = room or _get_room(task_id, user, doctype, docname)
	if not after_commit:
		emit_via_redis(event, message, room)
		return
	if not hasattr(frappe.local, "_realtime_log"):
		frappe.local._realtime_log = []
		frappe.db.after_commit.add(flush_realtime_log)
		frappe.db.after_rollback.add(clear_realtime_log)
	if (entry := [event, message, room]) not in frappe.local._realtime_log:
		frappe.local._realtime_log.append(entry)


def _get_room(task_id: str | None, user: str | None, doctype: str | None, docname: str | None) -> str:
	if task_id:
		return f"task_progress:{task_id}"
	if user:
		return f"user:{user}"
	return f"doc:{doctype}/{docname}" if doctype and docname else "all"


def flush_realtime_log() -> None:
	for entry in getattr(frappe.local, "_realtime_log", ()):
		emit_via_redis(*entry)
	clear_realtime_log()


def clear_realtime_log() -> None:
	if hasattr(frappe.local, "_realtime_log"):
		del frappe.local._realtime_log


def emit_via_redis(event: str, message: Any, room: str) -> None:
	from frappe.utils.background_jobs import get_redis_connection_without_auth

	payload = {"event": event, "message": message, "room": room, "namespace": frappe.local.site}
	with suppress(redis.exceptions.ConnectionError):
		get_redis_connection_without_auth().publish("events", frappe.as_json(payload))
