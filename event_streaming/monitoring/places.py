"""Where a person finds what an alert is about: the one row, a list of rows, or the link's form."""

from urllib.parse import urlencode, urlsplit

import frappe
from frappe.utils import get_url_to_form, get_url_to_list

from event_streaming.monitoring.links import RECEIVES

LOG = "Event Sync Log"
FAILED = {"status": "Failed"}
LISTS = {
	"Parked": (LOG, FAILED),
	"Conflict": (LOG, FAILED),
	"Backfill Ended": (LOG, {**FAILED, "source": "Backfill"}),
	"Comparison Differs": ("Event Difference", {}),
	"Comparison Ended": ("Event Difference", {}),
}  # by the first part of the fault: what its rows are, and which


def url_of(fault: str, doctype: str, name: str) -> str:
	"""
	:param fault: kind of a fault, where need be with the DocType that it is about behind a colon
	:param doctype: of the link
	:param name: of the link
	"""
	kind, _colon, about = fault.partition(": ")
	if doctype == RECEIVES and kind in LISTS:
		rows, filters = LISTS[kind]
		filters = {"event_producer": name, **filters, **({"ref_doctype": about} if about else {})}
		found = frappe.get_all(rows, filters, pluck="name", limit=2)
		if len(found) == 1:
			return get_url_to_form(rows, found[0])
		if found:
			return f"{get_url_to_list(rows)}?{urlencode(filters)}"
	return get_url_to_form(doctype, name)


def link_of(url: str) -> str:
	"""For a Notification Log: the same without the host, since whoever reads it is on this very site."""
	_scheme, _host, path, query, _fragment = urlsplit(url)
	return f"{path}?{query}" if query else path
