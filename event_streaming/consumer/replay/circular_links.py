"""Links that close a circle: left empty when their document was made, set when their target is here.

A circle is broken at a link that its document can do without. Only where there is none in the whole circle, a mandatory one
is left empty for a while.
"""

from collections import defaultdict

import frappe

from event_streaming.consumer.dependencies.link_fields import Link
from event_streaming.consumer.replay.child_rows import row_name
from event_streaming.link.protocol import Key


class ClosesCircle(Exception):
	"""A document can't be made without the one that is being made: `key`, which some link on the way may do without."""

	def __init__(self, key: Key):
		super().__init__(key)
		self.key = key


class DeferredLinks:
	def __init__(self) -> None:
		self._waiting: dict[Key, list[tuple]] = defaultdict(list)
		self._postponed: dict[Key, list[Key]] = defaultdict(list)

	def postpone(self, target: Key, until: Key) -> None:
		"""A link's target is made after the document that it can't do without."""
		self._postponed[until].append(target)

	def postponed_until(self, key: Key) -> list[Key]:
		return self._postponed.pop(key, [])

	def remember(self, links: list[Link], local_doctype: str, local_name: str) -> None:
		"""
		:param links: of this document here, as `localise` left them open
		"""
		for link in links:
			row = link.values.get("name") if link.table else None
			local = {link.doctype_field: link.local_doctype} if link.doctype_field else {}
			self._waiting[link.target].append((local_doctype, local_name, link.table, row, link.field, local))

	def set_links_to(self, key: Key, local_name: str) -> None:
		"""The document `key` is here now, as `local_name`."""
		for local_doctype, holder, table, row, field, local in self._waiting.pop(key, []):
			doc = frappe.get_doc(local_doctype, holder)
			if table:
				row = row_name(doc, table, row)
				doc = next(child for child in doc.get(table) if str(child.name) == row)
			doc.db_set({**local, field: local_name}, update_modified=False)
