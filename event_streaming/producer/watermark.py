"""Which rows of the Update Log a whole document contains, read in the snapshot in which the document is read."""

import time

import frappe
from frappe import _
from frappe.query_builder.functions import Max, Min

from event_streaming.exceptions import ServerUnavailable
from event_streaming.producer import positions

STAMP_PATIENCE = 5  # seconds, where whole documents contain what another process is stamping
STAMP_PAUSE = 0.1  # seconds


def highest_log_ids(doctype: str, names: list[str]) -> dict[str, int]:
	"""By name; documents of which the log has nothing are left out."""
	if not names:
		return {}
	log = frappe.qb.DocType("Update Log")
	rows = (
		frappe.qb.from_(log)
		.select(log.docname, Max(log.name))
		.where(log.ref_doctype == doctype)
		.where(log.docname.isin(names))
		.groupby(log.docname)
		.run()
	)
	return dict(rows)


def highest_forgotten_id() -> int:
	"""Rows up to here are gone from the log: every document contains what they said about it."""
	log = frappe.qb.DocType("Update Log")
	return max((frappe.qb.from_(log).select(Min(log.name)).run()[0][0] or 1) - 1, 0)


def position_behind(log_ids: list[int]) -> frappe._dict:
	"""A stamped position, and its key, that none of these committed rows is above. Commits.

	:raises ServerUnavailable: somebody else is stamping, and not done in time
	"""
	log = frappe.qb.DocType("Update Log")
	unstamped = (
		frappe.qb.from_(log).select(log.name).where(log.name.isin(log_ids or [0])).where(log.position == 0)
	)
	deadline = time.monotonic() + STAMP_PATIENCE  # a single try may wait long on SQLite
	while True:
		positions.stamp()
		if not unstamped.limit(1).run():
			return positions.head()
		if time.monotonic() > deadline:
			break
		time.sleep(STAMP_PAUSE)
	raise ServerUnavailable(_("This site is busy with its log. Try again."))
