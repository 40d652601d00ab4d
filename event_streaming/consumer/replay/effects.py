"""What this site's controllers do to other documents while an event is replayed, and the producer's events of the
same.

An invoice that allocates an advance changes the payment in its own submit, there and here. The producer says which change was
the cause of which, and sends the cause first. So when the event of the payment comes:

- A cause that is parked is waited for: its effects without it would be half of the truth.
- What this site's controllers have changed meanwhile is not a change by people: it is settled, not a conflict.
- A row that they add to a document while the cause is replayed is the row that an effect of this cause adds to the same
  table of the same document, with equal links: it gets that row's name at once, and what refers to it is right.
- Likewise a document that they insert is the one that an effect of this cause creates, see `made_on_the_way`.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import frappe
from frappe.utils import cstr

from event_streaming.consumer.feed.events import Event
from event_streaming.consumer.replay.made_on_the_way import MadeOnTheWay
from event_streaming.link.protocol import Key

if TYPE_CHECKING:
	from frappe.model.document import Document

Place = tuple[str, str]  # DocType and name here
Remembered = dict[Key, set[Place]]  # by cause
LONGEST = 1000  # causes remembered by a process; a page has half of that


def note_change(doc: "Document", method: str | None = None) -> None:
	"""`on_change` of every document."""
	if effects := frappe.flags.event_streaming_effects:
		effects.note(doc)


def name_rows(doc: "Document", method: str | None = None) -> None:
	"""Before any document is saved."""
	if effects := frappe.flags.event_streaming_effects:
		effects.name_rows(doc)


def name_document(doc: "Document", method: str | None = None) -> None:
	"""Before any document is inserted."""
	if effects := frappe.flags.event_streaming_effects:
		effects.made.recognise(doc)


class Effects:
	"""Of the events of one producer; what was done outlives the transaction, since a cause may be in the batch before."""

	def __init__(
		self,
		local_place: Callable[[Key], Place | None],
		local_link: Callable[[Key], str],
		made: MadeOnTheWay,
	):
		"""
		:param local_place: where the producer's document is here; None if it isn't
		:param local_link: what a link to it is here
		"""
		self.local_place = local_place
		self.local_link = local_link
		self.made = made
		self._to_come: dict[Key, list[Event]] = defaultdict(list)
		self._cause: Key | None = None
		self._rows: dict[Place, dict[str, list[dict]]] = {}

	def expect(self, events: Iterable[Event]) -> None:
		self._to_come.clear()
		for event in events:
			if event.cause:
				self._to_come[event.cause].append(event)

	def is_cause(self, key: Key) -> bool:
		"""Whether an event that is expected was brought about by one of this document."""
		return bool(self._to_come.get(key))

	def begin(self, event: Event) -> None:
		self._cause = event.key
		self._rows = {}
		effects = [one for one in self._to_come.get(event.key, ()) if one.position > event.position]
		for effect in effects:
			added = effect.data.get("added") if effect.update_type == "Update" else None
			if added and (place := self.local_place(effect.key)):
				for table, rows in added.items():
					self._rows.setdefault(place, {}).setdefault(table, []).extend(rows)
		self.made.expect(effects)
		frappe.flags.event_streaming_effects = self

	def end(self) -> None:
		frappe.flags.event_streaming_effects = None
		self.made.end()

	def note(self, doc: "Document") -> None:
		done = _remembered()
		done.setdefault(self._cause, set()).add((doc.doctype, str(doc.name)))
		while len(done) > LONGEST:
			done.pop(next(iter(done)))

	def was_done_here(self, event: Event, doctype: str, name: str) -> bool:
		"""Whether this site's controllers changed the document while the event's cause was replayed."""
		return bool(event.cause) and (doctype, name) in _remembered().get(event.cause, ())

	def name_rows(self, doc: "Document") -> None:
		"""Frappe has named new rows already, by chance; nothing knows these names yet."""
		for table, expected in self._rows.get((doc.doctype, str(doc.name)), {}).items():
			rows = doc.get(table) or []
			known = {cstr(row.name) for row in rows}
			free = [sent for sent in expected if cstr(sent["name"]) not in known]
			for row in rows:
				if row.get("__islocal") and (same := self._same(row, free)):
					row.name = same["name"]
					free.remove(same)

	def _same(self, row: "Document", sent: list[dict]) -> dict | None:
		return next((one for one in sent if self._has_links_of(row, one)), None)

	def _has_links_of(self, row: "Document", sent: dict) -> bool:
		for field in [*row.meta.get_link_fields(), *row.meta.get_dynamic_link_fields()]:
			target = row.get(field.options) if field.fieldtype == "Dynamic Link" else field.options
			value = cstr(sent.get(field.fieldname))
			if cstr(row.get(field.fieldname)) != (self.local_link((cstr(target), value)) if value else ""):
				return False
		return True


def _remembered() -> Remembered:
	done = getattr(frappe.local, "event_streaming_effects", None)
	if done is None:
		done = frappe.local.event_streaming_effects = {}
	return done
