"""What another site owns and this site only reads: where the Event Configuration says so, people can't change it here.

Replay is excepted, and so are installations, migrations and patches. What a controller here notes on such a document by
`db_set` while another document is being saved (an outstanding amount, a status) is this site's own business, too. Not
covered: `frappe.db.set_value`, raw SQL, and documents saved with `flags.ignore_validate` after they were submitted.
"""

from typing import TYPE_CHECKING
from urllib.parse import quote

import frappe
from frappe import _
from frappe.utils import cstr, escape_html

from event_streaming import site
from event_streaming.consumer.identity import register
from event_streaming.exceptions import ReadOnlyHere

if TYPE_CHECKING:
	from frappe.model.document import Document

KEY = "event_streaming:read_only_doctypes"
LIFETIME = 60 * 60  # seconds
NOT_BY_PEOPLE = (
	"in_install",
	"in_migrate",
	"in_patch",
	"in_fixtures",
	"in_uninstall",
	"event_streaming_passed",
)

Owner = tuple[str, str, str]  # URL of the site, DocType there, name there


def refuse_change(doc: "Document", method: str | None = None, *args) -> None:
	"""
	:raises ReadOnlyHere: the document, or the one that this row belongs to, is another site's
	"""
	if doc.is_new():
		return
	doctype, name = (
		(doc.get("parenttype"), doc.get("parent")) if doc.meta.istable else (doc.doctype, doc.name)
	)
	if owner := owner_of(doctype, cstr(name)):
		_refuse(doctype, cstr(name), owner)


def refuse_direct_change(doc: "Document", method: str | None = None) -> None:
	"""The same for `db_set` alone."""
	itself = {(doc.doctype, doc.name), (doc.get("parenttype"), doc.get("parent"))}
	if not set(frappe.flags.currently_saving or []) - itself:
		refuse_change(doc)


def owner_of(doctype: str | None, name: str) -> Owner | None:
	"""The site that alone may change a document; None for what people may change here."""
	if any(frappe.flags.get(flag) for flag in NOT_BY_PEOPLE):
		return None
	producers = read_only_doctypes().get(doctype)
	return _owner(doctype, name, producers) if producers else None


def read_only_doctypes() -> dict[str, dict[str, str]]:
	"""{DocType here: {producer that owns documents of it: this site's URL in that link}}"""
	doctypes = frappe.cache.get_value(KEY)
	if doctypes is None:
		doctypes = _read_doctypes()
		frappe.cache.set_value(KEY, doctypes, expires_in_sec=LIFETIME)
	return doctypes


def forget_doctypes() -> None:
	"""Call when an Event Producer changes: in this transaction at once, for all others after its commit."""
	frappe.cache.delete_value(KEY)
	frappe.db.after_commit.add(lambda: frappe.cache.delete_value(KEY))
	frappe.db.after_rollback.add(lambda: frappe.cache.delete_value(KEY))


def forget_cached() -> None:
	"""The site's cache is cleared."""
	frappe.cache.delete_value(KEY)


def _read_doctypes() -> dict[str, dict[str, str]]:
	if not frappe.db.table_exists("Event Producer Document Type"):
		return {}  # while this app is being installed
	rows = frappe.get_all(
		"Event Producer Document Type",
		filters={"read_only_here": 1, "unsubscribe": 0, "parenttype": "Event Producer"},
		fields=["ref_doctype", "parent"],
	)
	doctypes: dict[str, dict[str, str]] = {}
	for row in rows:
		own_url = frappe.db.get_value("Event Producer", row.parent, "callback_url")
		doctypes.setdefault(row.ref_doctype, {})[row.parent] = own_url
	return doctypes


def _owner(doctype: str, name: str, producers: dict[str, str]) -> Owner | None:
	for producer, own_url in producers.items():
		keys = register.keys_of(producer, doctype, [name], not_made_at={own_url, site.own_id()})
		for remote_doctype, remote_name in sorted(keys):
			row = {
				"event_producer": producer,
				"remote_doctype": remote_doctype,
				"remote_docname": remote_name,
			}
			home = frappe.db.get_value("Remote Document", row, ["home_site", "home_name"])
			home_site, home_name = home or (None, None)
			if home_name and (home_site or "").startswith("http"):
				return home_site, remote_doctype, home_name
			return producer, remote_doctype, remote_name
	return None


def _refuse(doctype: str, name: str, owner: Owner) -> None:
	owner_site, remote_doctype, remote_name = owner
	url = f"{owner_site}/app/{quote(frappe.scrub(remote_doctype).replace('_', '-'))}/{quote(remote_name, safe='')}"
	link = f'<a href="{escape_html(url)}" target="_blank" rel="noopener noreferrer">{escape_html(owner_site)}</a>'
	frappe.throw(
		_(
			"{0} {1} belongs to {2} and is read-only on this site. Change it there; the change then arrives automatically."
		).format(_(doctype), escape_html(name), link),
		ReadOnlyHere,
		title=_("Read-Only Here"),
	)
