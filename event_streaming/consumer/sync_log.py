"""Event Sync Log rows: one for each event of the feed, and one for each document fetched besides.

Rows of a batch are kept until its end and written at once, before the cursor moves and in the same
transaction. `stream_key` makes the position unique for a producer. What no row can hold is left out: an event that is larger
is not kept, and where it fails its document is taken whole at the next try.
"""

import hashlib
import json

import frappe
from frappe import _
from frappe.utils import now

from event_streaming import bulk
from event_streaming.json_text import as_json_text, storable, stored_size
from event_streaming.link.messages import plain_text

COLUMNS = (
	"update_type", "status", "ref_doctype", "event_producer", "docname", "remote_doctype", "remote_docname",
	"use_same_name", "mapping", "data", "error", "message", "position", "event_id", "epoch", "source", "stream_key", "conflict",
)  # fmt: skip
BOOKKEEPING = ("name", "creation", "modified", "owner", "modified_by")
SAVEPOINT = "event_streaming_log"
SYNCED, FAILED, WAITING, SKIPPED = "Synced", "Failed", "Waiting", "Skipped"
UNSETTLED = (FAILED, WAITING)
FEED = "Feed"  # source of rows that are events
LOG_IS_GONE = ""  # epoch of unsettled rows of which no event is kept, or whose log the producer no longer has
KEPT_BYTES = 4 * 1024 * 1024  # of one event
MAX_ERROR = 50_000  # characters of a traceback
CONFLICT_VALUES = ("before", "here", "producer")
BEGINNINGS = (10_000, 100, 0)  # characters that are kept of each, where all of them are too large
MOST_CONFLICTS = 2000  # of one event, then
LONGEST_NAMES = 300  # characters


class SyncLog:
	def __init__(self, producer: str, epoch: str):
		self.producer = producer
		self.epoch = epoch
		self.rows: list[dict] = []
		self.bytes = 0  # about so much text is to be written
		self._log_key = _log_key(producer, epoch)

	def add(self, status: str, update_type: str, key: tuple[str, str], **values) -> None:
		if is_too_large(values.get("data")):
			values["data"] = None
			too_large = _("It is too large to be kept here.")
			values["message"] = f"{values.get('message') or ''} {too_large}".strip()
			if status in UNSETTLED:
				values["epoch"] = LOG_IS_GONE
		values.update(_conflict_that_fits(values))
		self.bytes += len(values.get("data") or "")
		self.rows.append(
			{
				"status": status,
				"update_type": update_type,
				"event_producer": self.producer,
				"remote_doctype": key[0],
				"remote_docname": key[1],
				"epoch": self.epoch,
				**values,
			}
		)

	def add_event(self, event, status: str, **values) -> None:
		self.add(
			status,
			event.update_type,
			event.key,
			position=event.position,
			event_id=event.id,
			data=as_json_text(event.raw),
			source=FEED,
			stream_key=f"{self._log_key}-{event.position:020}",
			**values,
		)

	def cut(self, length: int) -> None:
		"""Forgets the rows behind the first `length`."""
		del self.rows[length:]
		self.bytes = sum(len(row.get("data") or "") for row in self.rows)

	def flush(self) -> None:
		"""Writes the rows that aren't there yet: after an early commit and a killed process some are."""
		rows, self.rows, self.bytes = self.rows, [], 0
		frappe.db.savepoint(SAVEPOINT)
		try:
			_insert(rows)
		except Exception as error:
			if not _is_taken(error):
				raise
			frappe.db.rollback(save_point=SAVEPOINT)
			_insert(_fresh(rows))


def is_too_large(text: str | None) -> bool:
	"""Whether a row can't hold it, for the size that the database takes at once."""
	size = stored_size(text)
	return size > KEPT_BYTES // 32 and size > min(KEPT_BYTES, bulk.max_bytes() // 2)


def _conflict_that_fits(values: dict) -> dict[str, str]:
	"""`conflict` and `message` of a row where of all values that lost only the beginnings can be kept; else nothing."""
	text = values.get("conflict") or ""
	if not is_too_large(text):
		return {}
	conflicts = json.loads(text)
	names = sorted({one.get("field") or one.get("table") or "" for one in conflicts})
	told = _("Both sites changed values that are too large to be kept here; their beginnings are: {0}.")
	# nosemgrep -- a text of this app, filled with names of fields
	message = f"{told.format(', '.join(names)[:LONGEST_NAMES])} {values.get('message') or ''}".strip()
	for length in BEGINNINGS:
		text = as_json_text([{**one, **_beginnings(one, length)} for one in conflicts[:MOST_CONFLICTS]])
		if not is_too_large(text):
			break
	return {"conflict": text, "message": message}


def _beginnings(conflict: dict, length: int) -> dict[str, str]:
	values = {one: conflict[one] for one in CONFLICT_VALUES if conflict.get(one) is not None}
	texts = {one: value if isinstance(value, str) else as_json_text(value) for one, value in values.items()}
	return {one: f"{text[:length]}…" for one, text in texts.items() if len(text) > length}


def _insert(rows: list[dict]) -> None:
	time, user = now(), frappe.session.user
	written = (
		(bulk.new_name(), time, time, user, user, *(_value(row, column) for column in COLUMNS))
		for row in rows
	)
	bulk.insert("Event Sync Log", (*BOOKKEEPING, *COLUMNS), written)


def _is_taken(error: Exception) -> bool:
	return frappe.db.is_unique_key_violation(error) or frappe.db.is_duplicate_entry(error)


def _fresh(rows: list[dict]) -> list[dict]:
	keys = [row["stream_key"] for row in rows if row.get("stream_key")]
	known = {key for (key,) in bulk.select("Event Sync Log", ("stream_key",), "stream_key", keys)}
	return [row for row in rows if row.get("stream_key") not in known]


def _log_key(producer: str, epoch: str) -> str:
	"""The beginning of a row's `stream_key`; the position is its end, so that keys ascend: where the database's index grows at
	its end, rows are stored sooner."""
	return hashlib.sha256(f"{producer}\n{epoch}".encode()).hexdigest()[:32]


def update(name: str, **values) -> None:
	"""Changes one row that is already written."""
	if "error" in values:
		values["error"] = storable(values["error"], MAX_ERROR)
	values.update(_conflict_that_fits(values))
	if "message" in values:
		values["message"] = plain_text(values["message"] or "")
	frappe.db.set_value("Event Sync Log", name, values, update_modified=True)


def _value(row: dict, column: str):
	if column in ("position", "event_id", "use_same_name"):
		return int(row.get(column) or 0)
	if column == "message":
		return plain_text(row.get(column) or "")  # it may quote what another site sent
	if column == "error":
		return storable(row.get(column), MAX_ERROR)
	return row.get(column)
