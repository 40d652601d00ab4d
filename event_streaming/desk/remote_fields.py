"""The fields of a DocType of another site, asked for through the link, so that a person can pick them."""

from dataclasses import dataclass, field
from typing import Any

import frappe
from frappe import _

from event_streaming.link.client import ProducerClient

LIFETIME = 5 * 60  # seconds that an answer is kept: a form asks again with each change
MAX_FIELDS = 1000
PASSED = (("name", "Name", "Data"), ("docstatus", "Document State", "Int"))


@dataclass
class RemoteField:
	fieldname: str
	label: str
	fieldtype: str
	options: str = ""
	rows: list["RemoteField"] = field(default_factory=list)

	def as_option(self) -> dict:
		return {
			"value": self.fieldname,
			"label": self.fieldname,
			"description": f"{self.label} ({_(self.fieldtype)})",
		}


class RemoteFields:
	"""Of one DocType of one site, with what every document has besides: its name and its state."""

	def __init__(self, producer: str, doctype: str):
		"""
		:raises StreamingError: the site can't be asked, or doesn't tell
		"""
		described = _read(_ask(producer, doctype))
		passed = [RemoteField(name, _(label), fieldtype) for name, label, fieldtype in PASSED]
		self.all = [*described, *passed]
		self._by_name = {found.fieldname: found for found in self.all}

	def get(self, fieldname: str | None) -> RemoteField | None:
		return self._by_name.get(fieldname or "")


def _ask(producer: str, doctype: str) -> Any:
	key = f"event_streaming:remote_fields:{producer}:{doctype}"
	described = frappe.cache.get_value(key, expires=True)
	if described is None:
		with ProducerClient.for_producer(producer) as end:
			described = end.describe_doctype(doctype)
		frappe.cache.set_value(key, described, expires_in_sec=LIFETIME)
	return described


def _read(described: Any) -> list[RemoteField]:
	"""Only what has the form of a field: another site may answer anything."""
	if not isinstance(described, list):
		return []
	return [
		RemoteField(
			row["fieldname"],
			_text(row.get("label")) or frappe.unscrub(row["fieldname"]),
			row["fieldtype"],
			_text(row.get("options")),
			_read(row.get("fields")),
		)
		for row in described[:MAX_FIELDS]
		if isinstance(row, dict) and _text(row.get("fieldname")) and _text(row.get("fieldtype"))
	]


def _text(value: Any) -> str:
	return value if isinstance(value, str) else ""
