"""Documents that this site's controllers insert while an event is replayed, and that the producer's controllers made there.

A till's closing makes an invoice in its own submit, there and here. The producer says that the closing was the cause of the
invoice, and sends the closing first. So an invoice that is inserted here meanwhile is the producer's: of several the first
whose links are those that it has by now, else the first that has none of them otherwise. It gets the producer's name and the
values that it had there in the end, and keeps them whatever this site's controllers would make of them. Where this site gives
names by itself, or maps the DocType, it is left to `by_products`.

Where the event itself links to what was made, that is here before the controller works. A controller as a rule makes nothing then; of one
that makes it all the same, an app says so by the hook `event_streaming_made_by`, and its method does nothing.
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import frappe
from frappe import _
from frappe.utils import cstr

from event_streaming.consumer.feed.events import Event
from event_streaming.consumer.identity.identity_map import IdentityMap
from event_streaming.consumer.replay import lifecycle, pinned
from event_streaming.consumer.replay.child_rows import name_rows
from event_streaming.consumer.replay.replayed import become_ordinary, become_replayed
from event_streaming.consumer.subscription import Subscription
from event_streaming.context import remark
from event_streaming.document import snapshot
from event_streaming.link.protocol import ROW_PARTS

if TYPE_CHECKING:
	from frappe.model.document import Document
	from frappe.model.meta import Meta

Localise = Callable[[Event, dict], dict]


class MadeOnTheWay:
	"""By the controllers of one event at a time."""

	def __init__(self, subscription: Subscription, names: IdentityMap, localise: Localise):
		"""
		:param localise: a whole document as it is to be here; nothing is fetched or made for it
		"""
		self.subscription = subscription
		self.names = names
		self._localise = localise
		self._expected: list[tuple[Event, dict]] = []
		self._replayed: list[Document] = []

	def expect(self, effects: Iterable[Event]) -> None:
		"""
		:param effects: to come, of the event that is replayed next, in their order
		"""
		created: dict[Any, tuple[Event, dict]] = {}
		for effect in effects:
			if effect.update_type == "Create" and self._keeps_its_name(effect):
				created[effect.key] = effect, {**effect.data, "doctype": effect.doctype, "name": effect.name}
			elif effect.update_type == "Update" and effect.key in created:
				event, doc = created[effect.key]
				created[effect.key] = event, _applied(doc, effect.data)
		self._expected = list(created.values())

	def end(self) -> None:
		for doc in self._replayed:
			become_ordinary(doc)
		self._expected, self._replayed = [], []

	def comes(self, doctype: str) -> bool:
		"""Whether the producer sends such a document that was made there on the way and isn't here yet."""
		return any(
			self.subscription.configuration(event.doctype).local_doctype == doctype
			for event, _sent in self._expected
		)

	def came_before(self, doctype: str) -> bool:
		"""Whether such a document is here already, since the event itself links to it."""
		return any(
			self.subscription.configuration(event.doctype).local_doctype == doctype
			and self.names.local_name(event.key)
			for event, _sent in self._expected
		)

	def recognise(self, doc: "Document") -> None:
		"""Before it is inserted: it is named, and holds the producer's values from now on."""
		if doc.flags.event_streaming_replayed:
			return
		possible = []
		for expected in self._expected:
			event, sent = expected
			config = self.subscription.configuration(event.doctype)
			if config.local_doctype == doc.doctype and not self.names.exists(doc.doctype, event.name):
				possible.append((expected, self._localise(event, sent)))
		for emptied in (False, True):
			for expected, values in possible:
				if self._may_be(doc, values, emptied):
					self._expected.remove(expected)
					return self._become(doc, expected[0], values)

	def _keeps_its_name(self, event: Event) -> bool:
		config = self.subscription.configuration(event.doctype)
		return bool(config.subscribed and config.use_same_name and not config.mapper)

	def _may_be(self, doc: "Document", values: dict, emptied: bool) -> bool:
		"""By the links that it has: its controller's `validate` may set others.

		:param emptied: it may also empty some
		"""
		return all(
			cstr(doc.get(field.fieldname)) in ("", cstr(values.get(field.fieldname)))
			or (emptied and not values.get(field.fieldname))
			for field in [*doc.meta.get_link_fields(), *doc.meta.get_dynamic_link_fields()]
			if field.fieldname in values
		)

	def _become(self, doc: "Document", event: Event, values: dict) -> None:
		doc.flags.event_streaming_replayed = True
		values = self._without_links_to_come(lifecycle.own_values(doc.doctype, values), doc)
		doc.update({field: value for field, value in values.items() if field != "docstatus"})
		doc.set_new_name(set_name=event.name, set_child_names=False)
		name_rows(doc, values)
		become_replayed(doc, pinned.of_whole(doc, values))
		self._replayed.append(doc)
		creation = snapshot.as_creation(doc.creation)
		self.names.record(event.key, doc.doctype, event.name, None, event.identity, creation)
		remark(_("This site also created {0} {1}: it is the producer's.").format(_(doc.doctype), event.name))

	def _without_links_to_come(self, values: dict, doc: "Document") -> dict:
		"""Of rows, too. This site's controllers see which are empty, and make what belongs there."""
		to_come = {
			(self.subscription.configuration(event.doctype).local_doctype, event.name)
			for event, _sent in self._expected
			if not self.names.local_name(event.key)
		}
		tables = snapshot.table_fields(doc.meta)
		kept = _without_links(values, doc.meta, to_come)
		for table in tables.keys() & kept.keys():
			meta = frappe.get_meta(tables[table])
			kept[table] = [_without_links(row, meta, to_come) for row in kept[table] or []]
		return kept


def _without_links(values: dict, meta: "Meta", targets: set[tuple[str, str]]) -> dict:
	links = {field.fieldname: field.options for field in meta.get_link_fields()}
	links |= {field.fieldname: values.get(field.options) for field in meta.get_dynamic_link_fields()}
	return {
		field: value
		for field, value in values.items()
		if field not in links or (cstr(links[field]), cstr(value)) not in targets
	}


def _applied(before: dict, diff: dict) -> dict:
	"""The document that a difference leads to.

	:param before: a snapshot, of which nothing is changed
	"""
	after = {**before, **(diff.get("changed") or {})}
	tables = {table for part in ROW_PARTS for table in diff.get(part) or {}}
	for table in tables:
		after[table] = _applied_rows(
			before.get(table) or [], **{part: (diff.get(part) or {}).get(table) for part in ROW_PARTS}
		)
	return after


def _applied_rows(
	before: list[dict], added: list | None, removed: list | None, row_changed: dict | None, order: list | None
) -> list[dict]:
	gone = set(map(str, removed or ()))
	rows = {str(row["name"]): row for row in [*before, *(added or ())] if str(row["name"]) not in gone}
	for name, values in (row_changed or {}).items():
		if name in rows:
			rows[name] = {**rows[name], **values}
	place = {str(name): number for number, name in enumerate(order or ())}
	return sorted(rows.values(), key=lambda row: place.get(str(row["name"]), len(place)))
