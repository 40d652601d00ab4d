"""Tells people of faults that last: one notice for each, one at its end, none between.

Invariant: an Event Streaming Alert row is the memory of one fault of one link. It moves
Pending -> Open (told) -> Ending -> Over (its end is told); a fault that comes back while its row is Ending is Open again
without a word. Row and notifications are written in one transaction, so a restart tells nothing twice. E-mails are
sent by a job of their own: a mail server that fails delays nothing.
"""

import re
from datetime import datetime, timedelta

import frappe
from frappe import _
from frappe.query_builder import DocType
from frappe.utils import get_datetime, now_datetime

from event_streaming import settings, workers
from event_streaming.locks import is_not_the_documents_fault, undone_if_it_fails
from event_streaming.monitoring import ends, places
from event_streaming.monitoring.faults import Fault, faults
from event_streaming.monitoring.links import RECEIVES, SENDS

ALERT = "Event Streaming Alert"
PENDING, OPEN, ENDING, OVER = "Pending", "Open", "Ending", "Over"
QUIET = timedelta(minutes=10)  # without the fault, before it counts as over
TURN = 50  # seconds for which one process has the turn
BEGUN_TEMPLATE, OVER_TEMPLATE = "Event Streaming Fault", "Event Streaming Fault Over"
TEMPLATES = {
	BEGUN_TEMPLATE: (
		"{{ fault }}: {{ site }}",
		'<p>{{ message }}</p><p>{{ remedy }}</p><p><a href="{{ url }}">{{ url }}</a></p>',
	),
	OVER_TEMPLATE: (
		"Over: {{ fault }}: {{ site }}",
		'<p>This is over since {{ over_at }}: {{ message }}</p><p><a href="{{ url }}">{{ url }}</a></p>',
	),
}


def check() -> None:
	"""Each minute. Commits."""
	if settings.is_ticked("alerts_enabled", True) and _has_turn():
		follow(faults(), now_datetime())
		if settings.is_ticked("tell_ends", True):
			tell_ends(now_datetime())
		frappe.db.commit()  # nosemgrep -- rows and notifications together


def follow(present: list[Fault], now: datetime) -> None:
	"""Brings the rows in line with the faults that there are now, and tells what is to be told."""
	rows = {(row.fault, row.link_doctype or "", row.link_name or ""): row for row in _unfinished()}
	for fault in present:
		_follow_one(fault, rows.pop(fault.key, None), now)
	paused = _paused_links()
	for row in rows.values():
		_follow_absence(row, now, (row.link_doctype, row.link_name) in paused)


def tell_ends(now: datetime) -> None:
	"""Each is a row that is over at once."""
	for end in ends.take_untold():
		row = _insert(end, now)
		_set(row, status=OVER, told_at=now, over_at=now)
		tell(row, BEGUN_TEMPLATE)


def _follow_one(fault: Fault, row: frappe._dict | None, now: datetime) -> None:
	if not row:
		row = _insert(fault, now)
	_set(row, last_seen=now, message=fault.message[:1000], remedy=fault.remedy)
	if row.status == ENDING:
		_set(row, status=OPEN, over_at=None)
	if row.status == PENDING and now - get_datetime(row.since) >= fault.patience:
		_set(row, status=OPEN, told_at=now)
		tell(row, BEGUN_TEMPLATE)


def _follow_absence(row: frappe._dict, now: datetime, is_paused: bool) -> None:
	if row.status == PENDING:
		return frappe.db.delete(ALERT, {"name": row.name})
	if row.status == OPEN:
		_set(row, status=ENDING, over_at=now)
	if is_paused:
		_set(row, status=OVER)
	elif now - get_datetime(row.last_seen) >= QUIET:
		_set(row, status=OVER)
		tell(row, OVER_TEMPLATE)


def tell(row: frappe._dict, template: str) -> None:
	users = recipients()
	context = _context(row)
	subject, body = _written(context, template)
	for user in users:
		notice = {
			"doctype": "Notification Log",
			"for_user": user,
			"type": "Alert",
			"subject": subject,
			"email_content": body,
			"document_type": row.link_doctype or ALERT,
			"document_name": row.link_name or row.name,
			"link": places.link_of(context["url"]),
		}
		# nosemgrep -- this app's own records; whoever asked was checked before
		frappe.get_doc(notice).insert(ignore_permissions=True)
	if users and settings.is_ticked("send_email", True):
		frappe.enqueue(
			"event_streaming.monitoring.alerts.send_mail",
			queue="short",
			enqueue_after_commit=True,
			users=users,
			subject=subject,
			body=body,
		)


def send_mail(users: list[str], subject: str, body: str) -> None:
	"""A job of its own."""
	addresses = frappe.get_all("User", {"name": ("in", users), "enabled": 1}, pluck="email")
	if addresses := [address for address in addresses if address]:
		# what else would send it is a job of the scheduler
		frappe.sendmail(recipients=addresses, subject=subject, message=body, now=bool(workers.no_scheduler()))


def recipients() -> list[str]:
	"""Enabled users that are told: those that the settings name, else every Event Streaming Manager."""
	rows = frappe.get_cached_doc(settings.DOCTYPE).recipients
	users = {row.recipient for row in rows if row.recipient_type == "User"}
	roles = {row.recipient for row in rows if row.recipient_type == "Role"}
	if not rows:
		roles = (
			{"Event Streaming Manager"} if _users_with({"Event Streaming Manager"}) else {"System Manager"}
		)
	users |= _users_with(roles)
	return frappe.get_all(
		"User",
		{"name": ("in", sorted(users)), "enabled": 1, "user_type": "System User"},
		pluck="name",
		order_by="name",
	)


def _users_with(roles: set[str]) -> set[str]:
	filters = {"parenttype": "User", "role": ("in", sorted(roles)), "parent": ("!=", "Administrator")}
	return set(frappe.get_all("Has Role", filters, pluck="parent")) if roles else set()


def make_templates() -> None:
	"""For the e-mails, once: a site may change them."""
	if not frappe.db.exists("DocType", "Email Template"):
		return
	for name, (subject, body) in TEMPLATES.items():
		if not frappe.db.exists("Email Template", name):
			template = {"doctype": "Email Template", "subject": subject, "use_html": 1, "response_html": body}
			# nosemgrep -- this app's own records; whoever asked was checked before
			frappe.get_doc(template).insert(ignore_permissions=True, set_name=name)


def _written(context: dict, template: str) -> tuple[str, str]:
	"""Subject and text of a notice, from the site's own template where there is one that works."""
	if own := _own_template(template):
		try:
			return undone_if_it_fails(lambda: _rendered(own, context))
		except Exception as error:
			if is_not_the_documents_fault(error):
				raise
			frappe.clear_messages()
			# nosemgrep -- a text of this app and the name of a template
			frappe.log_error(title=_("Event Streaming: the Email Template {0} failed").format(template))
	subject, body = TEMPLATES[template]
	return _filled(subject, context), _filled(body, context)


def _own_template(name: str) -> frappe._dict | None:
	if not frappe.db.exists("DocType", "Email Template"):
		return None
	fields = ["subject", "use_html", "response", "response_html"]
	return frappe.db.get_value("Email Template", name, fields, as_dict=True)


def _rendered(own: frappe._dict, context: dict) -> tuple[str, str]:
	body = (own.response_html if own.use_html else own.response) or ""
	# nosemgrep -- this site's own, written by its System Managers
	return frappe.render_template(own.subject, context), frappe.render_template(body, context)


def _filled(text: str, context: dict) -> str:
	return re.sub(r"{{ (\w+) }}", lambda found: str(context[found[1]]), text)


def _context(row: frappe._dict) -> dict:
	"""What a template may use."""
	link = (row.link_doctype, row.link_name) if row.link_name else (ALERT, row.name)
	values = {field: frappe.utils.escape_html(str(row.get(field) or "")) for field in ("message", "remedy")}
	return {
		"fault": _(row.fault),
		"site": frappe.utils.escape_html(row.link_name or frappe.local.site),
		"url": places.url_of(row.fault, *link),
		"since": row.since,
		"over_at": row.over_at,
		**values,
	}


def _unfinished() -> list[frappe._dict]:
	fields = [
		"name",
		"fault",
		"link_doctype",
		"link_name",
		"status",
		"since",
		"last_seen",
		"over_at",
		"message",
		"remedy",
	]
	# not by `get_all`: of a table without `_seen`, Frappe 15 drops each field whose name ends so
	return frappe.db.get_values(ALERT, {"status": ("!=", OVER)}, fields, as_dict=True)


def _paused_links() -> set[tuple[str, str]]:
	return {
		(doctype, name)
		for doctype in (RECEIVES, SENDS)
		for name in frappe.get_all(doctype, {"paused": 1}, pluck="name")
	}


def _insert(fault: Fault, now: datetime) -> frappe._dict:
	values = {
		"fault": fault.kind,
		"link_doctype": fault.doctype,
		"link_name": fault.site,
		"status": PENDING,
		"since": now,
		"last_seen": now,
		"message": fault.message[:1000],
		"remedy": fault.remedy,
	}
	# nosemgrep -- this app's own records; whoever asked was checked before
	doc = frappe.get_doc({"doctype": ALERT, **values}).insert(ignore_permissions=True)
	return frappe._dict(values, name=doc.name)


def _set(row: frappe._dict, **values) -> None:
	alert = DocType(ALERT)
	query = frappe.qb.update(alert).where(alert.name == row.name).set(alert.modified, now_datetime())
	for field, value in values.items():
		query = query.set(alert[field], value)
	query.run()
	row.update(values)


def _has_turn() -> bool:
	"""Whether this process is the one to look this minute; several schedulers may share a site."""
	key = frappe.cache.make_key("event_streaming:alerts")
	return bool(frappe.cache.set(key, 1, nx=True, ex=TURN))
