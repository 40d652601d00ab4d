"""From when on a consumer hears of the changes of a DocType, and what it has missed.

- What changed before the first approval it never heard of; it takes a document that it does not know as a whole. One that it
  knows all the same (its own, come back) is as it knows it: the first change of that is a change like any other.
- What it missed after that (unsubscribed, withheld, a log that was set back) it can't tell from what it has. So the next change
  of each document names itself as the one before, and a consumer of any version takes the document as a whole.
- What was out of its sight, by a user permission or an app's rule, when it changed: no trace of that is left when it may be seen
  again. The next event says that the one before was due (`was_due`): who has not had it takes the document as a whole, also
  where it knows the document by itself.
"""

from typing import NamedTuple

import frappe

from event_streaming.producer import positions
from event_streaming.producer.terms import given_rows

ROW = "Event Consumer Document Type"


class Hearing(NamedTuple):
	"""Ids of the Update Log: from which on every change is given, and before which some were missed (0: none)."""

	active_since: int = 0
	missed_before: int = 0

	def was_due(self, log_id: int) -> bool:
		"""Whether a change was to be given if the consumer might see the document then."""
		return log_id >= max(self.active_since, 1)

	def previous(self, log_id: int, update_type: str, previous: int) -> int:
		"""What an event says that came before it.

		:param previous: id of the last event of the same document that may be given, 0 where there is none
		"""
		if previous < self.missed_before and update_type in ("Update", "Rename"):
			return log_id
		return max(previous, min(self.active_since, log_id - 1))


NEVER_APPROVED = Hearing()


def of_consumer(consumer: str) -> dict[str, Hearing]:
	"""By DocType."""
	rows = given_rows(["active_since", "missed_before"], parent=consumer)
	return {row.ref_doctype: Hearing(row.active_since or 0, row.missed_before or 0) for row in rows}


def begin(row: frappe._dict, had_it_before: bool) -> None:
	"""A DocType is given from now on.

	:param row: of an Event Consumer, to be saved
	"""
	row.active_since = positions.next_log_id()
	row.missed_before = row.active_since if had_it_before else 0


def begin_again(rows: dict) -> None:
	"""Changes before now were missed.

	:param rows: filters
	"""
	log_id = positions.next_log_id()
	frappe.db.set_value(ROW, rows, {"active_since": log_id, "missed_before": log_id})


def note_withheld(consumer: str, upto: dict[str, int]) -> None:
	"""Changes of a DocType were passed over, since nothing of it goes out at present: the first later change of each
	document finds a gap, also when their rows are purged by then.

	:param upto: {DocType: id of the last row that was passed over}
	"""
	table = frappe.qb.DocType(ROW)
	for doctype, log_id in upto.items():
		row = (table.parent == consumer) & (table.ref_doctype == doctype)
		for field, value in ((table.active_since, log_id), (table.missed_before, log_id + 1)):
			frappe.qb.update(table).set(field, value).where(row & (field < value)).run()
