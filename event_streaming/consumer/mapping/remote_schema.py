"""The fields of a DocType of another site, read from what that site says of them: only what has the form of a field."""

import re
from dataclasses import dataclass, field
from typing import Any

from frappe.utils import cint

from event_streaming.link.messages import plain_text

MOST = 2000  # fields of a document or a row
FIELDNAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,139}")
VARCHAR = 140
VARCHAR_TYPES = frozenset(
	{"Data", "Link", "Dynamic Link", "Select", "Read Only", "Phone", "Autocomplete", "Color", "Icon"}
)
NUMBER_TYPES = frozenset(
	{
		"Int",
		"Long Int",
		"Check",
		"Float",
		"Currency",
		"Percent",
		"Rating",
		"Duration",
		"Date",
		"Datetime",
		"Time",
	}
)


@dataclass
class FieldFacts:
	fieldname: str
	fieldtype: str
	label: str = ""
	options: str = ""
	reqd: bool = False
	unique: bool = False
	length: int = 0
	precision: str = ""
	default: str = ""
	is_custom: bool = False
	rows: dict[str, "FieldFacts"] = field(default_factory=dict)

	@property
	def limit(self) -> float:
		"""Most characters of a value."""
		if self.fieldtype in NUMBER_TYPES:
			return 0
		return (self.length or VARCHAR) if self.fieldtype in VARCHAR_TYPES else float("inf")

	@property
	def choices(self) -> set[str]:
		return {choice.strip() for choice in self.options.split("\n")} - {""}


def read(described: Any) -> dict[str, FieldFacts]:
	"""By fieldname.

	:param described: as `schema.describe` gives it, on any site
	"""
	found = _read(described)
	for row in described[:MOST] if isinstance(described, list) else ():
		if isinstance(row, dict) and (facts := found.get(_text(row.get("fieldname")))):
			facts.rows = _read(row.get("fields"))
	return found


def _read(described: Any) -> dict[str, FieldFacts]:
	found: dict[str, FieldFacts] = {}
	for row in described[:MOST] if isinstance(described, list) else ():
		if isinstance(row, dict) and (facts := _facts(row)):
			found[facts.fieldname] = facts
	return found


def _facts(row: dict) -> FieldFacts | None:
	fieldname, fieldtype = _text(row.get("fieldname")), _text(row.get("fieldtype"))
	if not FIELDNAME.fullmatch(fieldname) or not fieldtype:
		return None
	return FieldFacts(
		fieldname=fieldname,
		fieldtype=plain_text(fieldtype)[:40],
		label=plain_text(_text(row.get("label")))[:140],
		options=_text(row.get("options"))[:5000],
		reqd=bool(cint(row.get("reqd"))),
		unique=bool(cint(row.get("unique"))),
		length=cint(row.get("length")),
		precision=_text(row.get("precision"))[:2],
		default=_text(row.get("default"))[:140],
		is_custom=bool(cint(row.get("is_custom_field"))),
	)


def _text(value: Any) -> str:
	return value if isinstance(value, str) else ""
