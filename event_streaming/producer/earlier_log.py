"""For a consumer that was taken over from the earlier app, and registers with this one for the first time.

Invariant: it is told of every document that changed since the last change that it has read, once, each to be taken whole: those
that the earlier log names, those whose `modified` says so, and those that the earlier log calls deleted and that are gone.
"""

from datetime import datetime, timedelta

import frappe
from frappe.query_builder.functions import Max
from frappe.utils import get_datetime

from event_streaming.producer import capture
from event_streaming.producer.registration import approved_doctypes

LOG = "Event Update Log"
SLACK = timedelta(
	hours=1
)  # a change was logged before it was committed, and read by the time at which it was logged


def tell_again(link_key: str, read_until: str) -> int:
	"""
	:param link_key: of the consumer; it gets what it is approved for
	:param read_until: when the last change that it has read was logged, in this site's time
	:returns: how many documents it is told of
	"""
	consumer, last_contact = frappe.db.get_value(
		"Event Consumer", {"link_key": link_key}, ["name", "last_contact"]
	)
	if last_contact:
		return 0  # it has its place in this log
	since, count = get_datetime(read_until) - SLACK, 0
	for doctype in approved_doctypes(consumer):
		gone, there = _deleted(doctype, since), _changed(doctype, since)
		capture.write_updates((doctype, name, capture.WHOLE) for name in there)
		for name in gone:
			capture.write("Delete", doctype, name, {"docstatus": 0})
		count += len(gone) + len(there)
	return count


def _changed(doctype: str, since: datetime) -> list[str]:
	logged = _existing(doctype, _logged(doctype, since))
	modified = frappe.get_all(doctype, {"modified": (">=", since)}, pluck="name", order_by="modified asc")
	return list(dict.fromkeys([*map(str, modified), *logged]))


def _deleted(doctype: str, since: datetime) -> list[str]:
	deleted = _logged(doctype, since, "Delete")
	there = set(_existing(doctype, deleted))
	return [name for name in deleted if name not in there]


def _logged(doctype: str, since: datetime, update_type: str = "") -> list[str]:
	"""Names in the earlier log, in the order of their last changes."""
	if not frappe.db.table_exists(LOG):
		return []
	log = frappe.qb.DocType(LOG)
	query = frappe.qb.from_(log).select(log.docname)
	query = query.where(log.ref_doctype == doctype).where(log.creation >= since)
	if update_type:
		query = query.where(log.update_type == update_type)
	rows = query.groupby(log.docname).orderby(Max(log.creation)).run()
	return [str(name) for (name,) in rows if name]


def _existing(doctype: str, names: list[str]) -> list[str]:
	there: set[str] = set()
	for start in range(0, len(names), 500):
		some = names[start : start + 500]
		there |= {str(name) for name in frappe.get_all(doctype, {"name": ("in", some)}, pluck="name")}
	return [name for name in names if name in there]
