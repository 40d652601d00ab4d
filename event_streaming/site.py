"""Who this site is.

Invariants:
- A site has one id, made at install. It stays over restores of a backup, moves and new URLs.
- The id is bound to the place that it was given to: the site's name, its database and a mark in its site config. A database
  that stands elsewhere is a copy until a person says that the site has moved. A copy with links does not act.
- A copy that has no link is in nobody's way: it becomes a site of its own automatically.
"""

import hashlib
from uuid import uuid4

import frappe
from frappe import _
from frappe.installer import update_site_config

from event_streaming.exceptions import SiteIsCopy

HEAD = "head"
MARK = "event_streaming_site"  # key of the site config
LINKS = ("Event Producer", "Event Consumer")


def own_id() -> str:
	"""The id of this site; of a copy, that of the site that it is a copy of."""
	return _state().site_id


def is_copy() -> bool:
	return _state().is_copy


def check_not_copy() -> None:
	"""
	:raises SiteIsCopy: nothing may be asked or answered in the name of the site that this one may be a copy of
	"""
	if is_copy():
		raise SiteIsCopy(
			_(
				"This site's database was made by another site, or at another place: its links are paused. Open the Event Producer or Event Consumer here and choose This Site Has Moved or This Is a Copy."
			)
		)


def settle() -> None:
	"""The id belongs to this place from now on: at install, and when the site has moved."""
	_mark_config()
	_write(site_id=_read().site_id or str(uuid4()), bound_to=_place())


def begin_anew() -> None:
	"""A site of its own, with an id and a log that no other site has read."""
	_mark_config()
	_write(site_id=str(uuid4()), bound_to=_place(), epoch=str(uuid4()))


def _state() -> frappe._dict:
	"""`site_id` and `is_copy`, read once in a request or job."""
	known = getattr(frappe.local, "event_streaming_site", None)
	if known is None:
		known = frappe.local.event_streaming_site = _find_state()
	return known


def _find_state() -> frappe._dict:
	head = _read()
	if not head.site_id:
		_write(site_id=str(uuid4()), bound_to=_place())
	elif head.bound_to != _place():
		if _has_links():
			return frappe._dict(site_id=head.site_id, is_copy=True)
		_write(site_id=str(uuid4()), bound_to=_place(), epoch=str(uuid4()))
	return frappe._dict(site_id=_read().site_id, is_copy=False)


def _has_links() -> bool:
	return any(frappe.db.exists(doctype, {"name": ("is", "set")}) for doctype in LINKS)


def _place() -> str:
	"""The mark is read from the file: a process may have read its config before the mark was set."""
	config = frappe.get_file_json(frappe.get_site_path("site_config.json"))
	place = (frappe.local.site, config.get("db_name") or frappe.conf.db_name, config.get(MARK))
	return hashlib.sha256("\n".join(str(part or "") for part in place).encode()).hexdigest()


def _mark_config() -> None:
	"""A config that can't be written leaves the names alone to tell one place from another."""
	try:
		update_site_config(MARK, frappe.generate_hash(length=32))
	except OSError as error:
		frappe.logger("event_streaming").warning(f"site config not marked: {error}")


def _read() -> frappe._dict:
	head = frappe.db.get_value("Update Log Head", HEAD, ["site_id", "bound_to"], as_dict=True)
	return head or frappe._dict()


def _write(**values: str) -> None:
	frappe.local.event_streaming_site = None
	frappe.db.set_value("Update Log Head", HEAD, values, update_modified=False)
