"""Links that close a circle: left empty when their document was made, set when their target is here."""

from collections import defaultdict

import frappe

from event_streaming.consumer.dependencies.link_fields import Link
from event_streaming.consumer.replay.child_rows import row_name
from event_streaming.link.protocol import Key


class DeferredLinks:
	def __init__(self):
		self._waiting: dict[Key, list[tuple]] = defaultdict(list)

	def remember(self, links: list[Link], local_doctype: str, local_name: str) -> None:
		"""
		:param links: of this document here, as `localise` left them open
		"""
		for link in links:
			row = link.values.get("name") if link.table else None
			self._waiting[link.target].append((local_doctype, local_name, link.table, row, link.field))

	def set_links_to(self, key: Key, local_name: str) -> None:
		"""The document `key` is here now, as `local_name`."""
		for local_doctype, holder, table, row, field in self._waiting.pop(key, []):
			doc = frappe.get_doc(local_doctype, holder)
			if table:
				row = row_name(doc, table, row)
				doc = next(child for child in doc.get(table) if str(child.name) == row)
			doc.db_set(field, local_name, update_modified=False)
