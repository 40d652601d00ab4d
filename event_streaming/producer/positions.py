"""Positions: the order in which consumers read the Update Log, given only to rows that are committed.

Invariant: when a row gets position p, no row with a position below p is invisible to any reader that
starts later, and none appears later. An id or a time is taken when a row is written but seen when its
transaction commits, so a reader that pages by either skips the rows of slower transactions. A position is
taken afterwards: the stamper locks the head row first, in a fresh transaction, then reads the rows that
have none (they are committed, or it would not see them), numbers them in the order of their ids, but a cause before its
effects, moves the head and commits. The rows of one document have ascending ids in the order of their commits, since each
was written under the lock on the document's own row; so positions keep that order (see `causes` for why its effects do, too).
"""

import time
from collections import defaultdict

import frappe
from frappe.query_builder.functions import Max

from event_streaming.locks import is_transient, lock_row
from event_streaming.producer.causes import key_in

HEAD = "head"
UNSTAMPED = 0
STAMP_CHUNK = 1000
STAMP_PAUSE = 0.02  # seconds


def head() -> frappe._dict:
	"""`epoch`, `position` and `event_key` of the last stamped row, as this transaction sees it."""
	return frappe.db.get_value("Update Log Head", HEAD, ["epoch", "position", "event_key"], as_dict=True)


def next_log_id() -> int:
	"""An id that no Update Log row has yet and that no later one falls short of."""
	log = frappe.qb.DocType("Update Log")
	return (frappe.qb.from_(log).select(Max(log.name)).run()[0][0] or 0) + 1


def stamp(patience: float = 0.0) -> None:
	"""Gives positions to all committed rows that have none. Commits; call it with nothing unsaved.

	Somebody else at it, or a deadlock: what is stamped so far is served, the rest comes with the next call. Whoever else is at
	it may have begun before the last commit, so who must not miss that waits.

	:param patience: seconds that are waited for somebody else
	"""
	deadline = time.monotonic() + patience
	while not _stamp_all() and time.monotonic() < deadline:
		time.sleep(STAMP_PAUSE)


def _stamp_all() -> bool:
	"""Whether all that was committed when this began is stamped."""
	try:
		while (stamped := _stamp_chunk()) is not None and stamped >= STAMP_CHUNK:
			pass
		return stamped is not None
	except Exception as error:
		frappe.db.rollback()
		if not is_transient(error):
			raise
		return False


def stamp_scheduled() -> None:
	"""Each minute, so that positions and the form's figures move without a consumer."""
	stamp()


def _stamp_chunk() -> int | None:
	"""How many rows got positions; None while somebody else gives them."""
	frappe.db.commit()  # nosemgrep -- a snapshot taken before the lock would miss what committed in between
	locked = lock_row("Update Log Head", HEAD, ["position", "event_key"])
	if not locked:
		frappe.db.rollback()
		return None
	try:
		rows = _unstamped_rows()
		if rows:
			_write_positions(causes_first(rows), locked.position)
		frappe.db.commit()  # nosemgrep -- releases the lock and makes the positions visible together
	finally:
		frappe.db.rollback()  # releases the lock when anything above failed; else nothing is left to undo
	return len(rows)


def _unstamped_rows() -> list[frappe._dict]:
	"""The next chunk; a longer one where a cause in it would else come after its effects."""
	rows = _unstamped(limit=STAMP_CHUNK)
	while len(rows) >= STAMP_CHUNK and (last := _last_cause_behind(rows)):
		rows = _unstamped(upto=last)
	return rows


def _unstamped(upto: int = 0, limit: int = 0) -> list[frappe._dict]:
	log = frappe.qb.DocType("Update Log")
	query = (
		frappe.qb.from_(log)
		.select(log.name, log.event_key, log.cause)
		.where(log.position == UNSTAMPED)
		.orderby(log.name)
	)
	if upto:
		query = query.where(log.name <= upto)
	return (query.limit(limit) if limit else query).run(as_dict=True)


def _last_cause_behind(rows: list[frappe._dict]) -> int:
	"""The highest id of a committed row that one of these rows has as its cause and that is not one of them; 0 if none."""
	missing = {key_in(row.cause) for row in rows} - {row.event_key for row in rows} - {""}
	if not missing:
		return 0
	log = frappe.qb.DocType("Update Log")
	query = frappe.qb.from_(log).select(Max(log.name)).where(log.position == UNSTAMPED)
	return query.where(log.event_key.isin(sorted(missing))).where(log.name > rows[-1].name).run()[0][0] or 0


def causes_first(rows: list[frappe._dict]) -> list[frappe._dict]:
	"""Each row before those whose cause it is, else in the order in which they are given."""
	if not any(row.cause for row in rows):
		return rows
	keys = {row.event_key for row in rows}
	effects: dict[str, list[frappe._dict]] = defaultdict(list)
	for row in rows:
		cause = key_in(row.cause)
		effects[cause if cause in keys else ""].append(row)
	ordered: list[frappe._dict] = []
	waiting = effects.pop("")[::-1]
	while waiting:
		row = waiting.pop()
		ordered.append(row)
		waiting += effects.pop(row.event_key, [])[::-1]
	return ordered


def _write_positions(rows: list[frappe._dict], last: int) -> None:
	log = frappe.qb.DocType("Update Log")
	for number, row in enumerate(rows, start=last + 1):
		# each by its key: for a list of keys MariaDB may scan the table, and wait for rows of open transactions
		frappe.qb.update(log).set(log.position, number).where(log.name == row.name).run()
	head = frappe.qb.DocType("Update Log Head")
	(
		frappe.qb.update(head)
		.set(head.position, last + len(rows))
		.set(head.event_key, rows[-1].event_key)
		.where(head.name == HEAD)
		.run()
	)
