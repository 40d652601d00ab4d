"""Event Producers, Event Consumers and what they say of each DocType.

Invariants:
- Nothing flows that did not flow before: a condition that can't be translated ends its row, and a note says so.
- Approvals stay. The key of the earlier app, an ordinary one of a User of the other site, is kept by nobody here.
"""

import frappe
from frappe import _
from frappe.utils import now
from frappe.utils.password import delete_all_passwords_for

from event_streaming import site
from event_streaming.consumer import cursor
from event_streaming.document.streamable import check_streamable
from event_streaming.exceptions import NotStreamable, UrlNotAllowed
from event_streaming.link import arguments, urls
from event_streaming.link.protocol import APPROVED, PENDING
from event_streaming.producer import consumed_doctypes, positions
from event_streaming.takeover import conditions, layout, notes

URL_FIELD = {"Event Producer": "producer_url", "Event Consumer": "callback_url"}
ROWS = {"Event Producer": "Event Producer Document Type", "Event Consumer": "Event Consumer Document Type"}
LAST_UPDATE = "Event Producer Last Update"


def take_over() -> None:
	for doctype in URL_FIELD:
		for link in layout.rows(doctype, ["name", URL_FIELD[doctype], "user", "event_subscriber", "api_key"]):
			if not link.event_subscriber and link.user:
				_take_over(doctype, link)
	consumed_doctypes.clear_consumed_cache()


def url_of(name: str | None) -> str:
	"""The one spelling of a site's URL; as it stands where it is none."""
	try:
		return urls.normalize_url(name or "")
	except (UrlNotAllowed, ValueError):
		frappe.clear_last_message()
		return name or ""


def _take_over(doctype: str, link: frappe._dict) -> None:
	name = _rename(doctype, link.name, url_of(link[URL_FIELD[doctype]] or link.name))
	_forget_key(doctype, link, name)
	values = {"event_subscriber": link.user, URL_FIELD[doctype]: name}
	if doctype == "Event Producer":
		_take_over_producer(name, values)
	else:
		_take_over_consumer(name, values)


def _take_over_producer(name: str, values: dict) -> None:
	paused = not _is_url(name)
	layout.set_values("Event Producer", name, **values, callback_url=_own_url(), lanes=1, paused=int(paused))
	layout.set_values("Event Producer", name, outside_effects_live=1, outside_effects_past=0)
	for row in _rows("Event Producer", name):
		_take_over_request(name, row)
	if not frappe.db.exists(cursor.DOCTYPE, name):
		_make_cursor(name, paused)


def _take_over_request(link: str, row: frappe._dict) -> None:
	mapping = row.mapping if row.has_mapping else None
	remote = frappe.db.get_value("Document Type Mapping", mapping, "remote_doctype") if mapping else None
	values = {"condition": _translated(link, remote or row.ref_doctype, row)}
	values["unsubscribe"] = int(bool(row.unsubscribe) or _is_in_the_way(link, row, mapping, remote))
	if values["condition"] is None:
		values |= {"unsubscribe": 1, "condition": None}
	submitted = _is_doctype(row.ref_doctype) and frappe.get_meta(row.ref_doctype).is_submittable
	values["adopt_existing"] = int(bool(row.use_same_name) and not submitted)
	layout.set_values(ROWS["Event Producer"], row.name, **values)


def _is_in_the_way(link: str, row: frappe._dict, mapping: str | None, remote: str | None) -> bool:
	"""Whether the row asks for what can't be streamed here."""
	try:
		if not _is_doctype(row.ref_doctype):
			frappe.throw(_("There is no DocType {0} on this site.").format(row.ref_doctype), NotStreamable)
		if mapping and not remote:
			frappe.throw(_("There is no Document Type Mapping {0}.").format(mapping), NotStreamable)
		check_streamable(row.ref_doctype)
	except NotStreamable as error:
		frappe.clear_last_message()
		what = _("{0} Then untick Unsubscribe in the Event Producer, or remove the row.").format(error)
		notes.add(notes.LINK, link, row.ref_doctype, what)
		return True
	return False


def _take_over_consumer(name: str, values: dict) -> None:
	head, since = positions.head(), positions.next_log_id()
	place = {"position": head.position, "event_key": head.event_key}
	layout.set_values("Event Consumer", name, **values, **place, paused=0, modified=now())
	for row in _rows("Event Consumer", name):
		condition = _translated(name, row.ref_doctype, row)
		given = {
			"condition": condition or "",
			"active_since": since,
			"missed_before": since,
			"refused": int(row.status == "Rejected"),
		}
		if row.status == APPROVED and (condition is None or not _can_be_given(name, row)):
			given["status"] = PENDING
		layout.set_values(ROWS["Event Consumer"], row.name, **given)


def _can_be_given(link: str, row: frappe._dict) -> bool:
	try:
		check_streamable(row.ref_doctype)
	except NotStreamable as error:
		frappe.clear_last_message()
		notes.add(notes.LINK, link, row.ref_doctype, str(error))
		return False
	return _is_doctype(row.ref_doctype)


def _translated(link: str, doctype: str, row: frappe._dict) -> str | None:
	"""The condition as filters in JSON, "" where there is none; None where a person has to write it."""
	try:
		filters = conditions.translate(row.condition, doctype)
		if filters and _is_doctype(doctype):
			arguments.check_filters(doctype, filters)
		return arguments.canonical_condition(filters)
	except (conditions.NotExpressible, frappe.ValidationError) as error:
		frappe.clear_last_message()
		notes.add(notes.CONDITION, link, doctype, _what_to_write(error), row.condition)
		return None


def _what_to_write(error: Exception) -> str:
	return _(
		"{0} Until it is written nothing of this DocType is streamed. Write the Condition as filters in the Event Producer of the receiving site, untick Unsubscribe there, and approve it on the sending site. Then compare the documents."
	).format(error)


def _rename(doctype: str, old: str, new: str) -> str:
	"""The name is the URL in its one spelling. Of two spellings the rows come together in one document."""
	if old == new:
		return new
	known = {row.ref_doctype for row in _rows(doctype, new)}
	for row in _rows(doctype, old):
		if row.ref_doctype in known:
			frappe.db.delete(ROWS[doctype], {"name": row.name})
		else:
			layout.set_values(ROWS[doctype], row.name, parent=new)
	if frappe.db.exists(doctype, new):
		frappe.db.delete(doctype, {"name": old})
	else:
		layout.set_values(doctype, old, name=new, **{URL_FIELD[doctype]: new})
	delete_all_passwords_for(doctype, old)
	return new


def _forget_key(doctype: str, link: frappe._dict, name: str) -> None:
	delete_all_passwords_for(doctype, name)
	layout.set_values(doctype, name, api_key=None, api_secret=None)
	if link.api_key:
		what = _(
			"The earlier app called {0} with the API key of its User {1}. This app no longer uses it. When both sites have come over, generate new keys of that User there, or remove them."
		).format(name, link.user)
		notes.add(notes.KEY, name, link.user, what)


def _make_cursor(name: str, paused: bool) -> None:
	"""Without an epoch: the link waits until the other site has come over; see `joining`."""
	# nosemgrep -- this app's own records; whoever asked was checked before
	frappe.get_doc(
		doctype=cursor.DOCTYPE,
		event_producer=name,
		epoch="",
		state=cursor.PAUSED if paused else cursor.WAITING,
		read_until=_last_update(name),
		error=_(
			"Taken over from the earlier app. The link is made again as soon as the other site also has this app."
		),
	).insert(ignore_permissions=True)
	if paused:
		what = _("{0} is not the URL of a site. Make a new Event Producer with the right one.").format(name)
		notes.add(notes.LINK, name, name, what)


def _last_update(name: str) -> str | None:
	"""When the last change that was read was logged, in the producer's time; of several the earliest."""
	rows = layout.rows(LAST_UPDATE, ["name", "event_producer", "last_update"])
	times = [row.last_update for row in rows if url_of(row.event_producer or row.name) == name]
	return min((str(time) for time in times if time), default=None)


def _rows(doctype: str, parent: str) -> list[frappe._dict]:
	wanted = ["name", *sorted(layout.FIELDS[ROWS[doctype]])]
	return layout.rows(ROWS[doctype], wanted, parent=parent, parenttype=doctype)


def _is_doctype(name: str | None) -> bool:
	return bool(name and frappe.db.exists("DocType", name))


def _is_url(name: str) -> bool:
	try:
		return urls.normalize_url(name) == name
	except (UrlNotAllowed, ValueError):
		frappe.clear_last_message()
		return False


def _own_url() -> str | None:
	site.own_id()
	try:
		return urls.own_url()
	except UrlNotAllowed:
		frappe.clear_last_message()
		return None
