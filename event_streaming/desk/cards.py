"""The figures at the top of the workspace. Frappe works out cards of lists in a way that Postgres refuses (16.9 orders a sum by
a column of its rows), so these say themselves how they are made."""

import frappe
from frappe.query_builder.functions import Max, Sum
from frappe.utils import get_datetime, nowdate

CURSOR, LOG = "Event Stream Cursor", "Event Sync Log"


@frappe.whitelist(methods=["POST"])
def changes_behind(filters: list | dict | str | None = None) -> dict:
	"""Of all links.

	:param filters: what a dashboard says of the card; not asked for
	:raises frappe.PermissionError: its list may not be read
	"""
	frappe.has_permission(CURSOR, throw=True)
	return _of_links(Sum, "behind", "Int")


@frappe.whitelist(methods=["POST"])
def seconds_behind(filters: list | dict | str | None = None) -> dict:
	"""Of the link that is furthest behind. As `changes_behind`."""
	frappe.has_permission(CURSOR, throw=True)
	return _of_links(Max, "lag_seconds", "Float")


@frappe.whitelist(methods=["POST"])
def failed_changes(filters: list | dict | str | None = None) -> dict:
	"""As `changes_behind`."""
	frappe.has_permission(LOG, throw=True)
	return _of_log({"status": "Failed"}, {"status": "Failed"})


@frappe.whitelist(methods=["POST"])
def changes_received_today(filters: list | dict | str | None = None) -> dict:
	"""As `changes_behind`."""
	frappe.has_permission(LOG, throw=True)
	since_midnight = {"status": "Synced", "creation": (">=", get_datetime(nowdate()))}
	return _of_log(since_midnight, {"status": "Synced", "creation": ["Timespan", "today"]})


def _of_links(function: type, field: str, fieldtype: str) -> dict:
	table = frappe.qb.DocType(CURSOR)
	[(value,)] = frappe.qb.from_(table).select(function(table[field])).run()
	return {"value": value or 0, "fieldtype": fieldtype, "route": ["List", CURSOR]}


def _of_log(filters: dict, shown: dict) -> dict:
	"""
	:param shown: filters of the list that a click leads to
	"""
	value = frappe.db.count(LOG, filters)
	return {"value": value, "fieldtype": "Int", "route": ["List", LOG], "route_options": shown}
