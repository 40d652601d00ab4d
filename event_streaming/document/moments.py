"""Moments on another site's clock.

A Datetime says what the clock of its site showed. For a site in another time zone it is converted, so that both mean the same
moment; a Date and a Time belong to no zone and stay as they are. In the hour that a clock shows twice, the first is meant; an hour
that it leaves out is read as if it had not been put forward yet.

Converted is where documents go out, by the site that has them: all that the other one is told (values, former values, rows, who
wrote when, digests) is on that one's own clock. What only says which document is meant (`created`, `born`) is never converted.
"""

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import frappe
from frappe.utils import get_datetime, get_system_timezone

from event_streaming.document.snapshot import once, table_fields, text_of_moment

if TYPE_CHECKING:
	from frappe.model.meta import Meta


def zone_of(name: str) -> ZoneInfo | None:
	"""None for a name that says nothing here."""
	try:
		return ZoneInfo(name) if name else None
	except (ValueError, OSError, KeyError):  # no such name, no such file, or no name at all
		return None


class Clock:
	"""How another site, in the time zone `name`, says the moments of this one."""

	def __init__(self, name: str):
		self._there = zone_of(name)
		self._here = zone_of(get_system_timezone()) if self._there else None
		# Where one of them says nothing, moments can't be told on the other one's clock.
		self.differs = bool(self._here and self._there) and str(self._here) != str(self._there)

	def moment(self, value: Any) -> Any:
		"""What is no moment stays as it is."""
		if not self.differs or not value:
			return value
		try:
			here = get_datetime(value)
			there = here.replace(tzinfo=self._here).astimezone(self._there)
		except (ValueError, TypeError, OverflowError, AttributeError, frappe.ValidationError):
			return value
		return text_of_moment(there)

	def values(self, doctype: str, values: dict) -> dict:
		"""Of one document or row, or some of them."""
		moments = {field: self.moment(values[field]) for field in self._moments(doctype) if values.get(field)}
		return {**values, **moments} if moments else values

	def document(self, doc: dict) -> dict:
		"""A snapshot, with its rows."""
		if not self.differs:
			return doc
		doctype = doc["doctype"]
		told = self.values(doctype, doc)
		for table, child in table_fields(frappe.get_meta(doctype)).items():
			if told.get(table) and self._moments(child):
				told = {**told, table: [self.values(child, row) for row in told[table]]}
		return told

	def difference(self, doctype: str, diff: dict) -> dict:
		"""The data of an Update."""
		if not self.differs:
			return diff
		told = dict(diff)
		if diff.get("changed"):
			told["changed"] = self.values(doctype, diff["changed"])
		for table, child in table_fields(frappe.get_meta(doctype)).items():
			if not self._moments(child):
				continue
			if rows := (told.get("added") or {}).get(table):
				told["added"] = {**told["added"], table: [self.values(child, row) for row in rows]}
			if changed := (told.get("row_changed") or {}).get(table):
				there = {name: self.values(child, row) for name, row in changed.items()}
				told["row_changed"] = {**told["row_changed"], table: there}
		if "was" in diff:
			told["was"] = self.difference(doctype, diff["was"])
		return told

	def written(self, written: dict) -> dict:
		"""`{"owner", "creation", "modified"}` of a document."""
		if not self.differs:
			return written
		return {**written, **{field: self.moment(written[field]) for field in ("creation", "modified")}}

	def _moments(self, doctype: str) -> list[str]:
		return once(frappe.get_meta(doctype), _datetime_fields)


def _datetime_fields(meta: "Meta") -> list[str]:
	return [field.fieldname for field in meta.fields if field.fieldtype == "Datetime"]
