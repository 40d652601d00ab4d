"""Which documents are on this site, asked for in sets and remembered for one transaction."""

import unicodedata
from collections.abc import Iterable

import frappe

from event_streaming.document.singles import is_single
from event_streaming.document.snapshot import creations

UNKNOWN = ""  # `creation` of a document that is here


class ExistenceCache:
	def __init__(self):
		self._known: dict[
			tuple[str, str], str | None
		] = {}  # `creation`; None where there is no such document
		self._spelt: dict[tuple[str, str], str] = {}

	def exists(self, doctype: str, name: str) -> bool:
		return self.creation(doctype, name) is not None

	def creation(self, doctype: str, name: str) -> str | None:
		"""Of the document here that has the name; UNKNOWN if it was not read, None if there is none."""
		if (doctype, name) not in self._known:
			self.load(doctype, [name])
		return self._known[(doctype, name)]

	def spelling(self, doctype: str, name: str) -> str | None:
		"""The name of the document here that the database takes for `name`: itself, or one in other cases or accents."""
		if self.exists(doctype, name):
			return name
		return self._spelt.get((doctype, name))

	def load(self, doctype: str, names: Iterable[str]) -> None:
		names = {name for name in names if (doctype, name) not in self._known}
		if not names:
			return
		found = creations(doctype, names) if _is_stored(doctype) else {}
		others = {_folded(name): name for name in found.keys() - names}
		for name in names:
			self._known[(doctype, name)] = (found[name] or UNKNOWN) if name in found else None
			if name not in found and (other := others.get(_folded(name))):
				self._spelt[(doctype, name)] = other

	def mark(self, doctype: str, name: str, present: bool = True, creation: str | None = None) -> None:
		self._known[(doctype, name)] = (creation or UNKNOWN) if present else None


def _is_stored(doctype: str) -> bool:
	return bool(frappe.db.table_exists(doctype) or is_single(doctype))


def _folded(name: str) -> str:
	"""As databases compare that don't tell cases and accents apart."""
	parts = unicodedata.normalize("NFKD", name.casefold())
	return "".join(part for part in parts if not unicodedata.combining(part)).rstrip()
