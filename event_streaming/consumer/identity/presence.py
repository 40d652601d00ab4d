"""Which documents are on this site, asked for in sets and remembered for one transaction."""

from collections.abc import Iterable

import frappe

from event_streaming.document.snapshot import existing_names


class ExistenceCache:
	def __init__(self):
		self._known: dict[tuple[str, str], bool] = {}

	def exists(self, doctype: str, name: str) -> bool:
		self.load(doctype, [name])
		return self._known[(doctype, name)]

	def load(self, doctype: str, names: Iterable[str]) -> None:
		names = {name for name in names if (doctype, name) not in self._known}
		if not names:
			return
		found = existing_names(doctype, names) if frappe.db.table_exists(doctype) else set()
		for name in names:
			self._known[(doctype, name)] = name in found

	def mark(self, doctype: str, name: str, present: bool = True) -> None:
		self._known[(doctype, name)] = present
