"""What the fields of another site's documents are called for a person who looks at them here."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import frappe
from frappe import _

NAMES_OF_ALL = {"name": "Name", "docstatus": "Document State", "idx": "Row", "amended_from": "Amended From"}


@dataclass(frozen=True)
class FieldName:
	"""`becomes` is the label of the local field that it becomes; empty when the mapping leaves it out, None without one."""

	label: str
	fieldtype: str
	becomes: str | None = None


class FieldNames:
	"""Of one DocType, which may not be on this site; then a mapping, or the fieldname itself, has to tell."""

	def __init__(self, doctype: str | None, mapping: str | None = None):
		self.doctype = doctype
		self.mapping = mapping

	def of(self, fieldname: str) -> FieldName:
		field, local = self._field(fieldname), self._mapped.get(fieldname)
		becomes = None if not self._mapping else _label(local) if local else ""
		if known := field or local:
			return FieldName(_label(known), known.fieldtype, becomes)
		fieldtype = "Docstatus" if fieldname == "docstatus" else "Data"
		return FieldName(_(NAMES_OF_ALL.get(fieldname) or frappe.unscrub(fieldname)), fieldtype, becomes)

	def of_rows(self, table: str) -> "FieldNames":
		field = self._field(table)
		row = next((row for row in self._rows if row.remote_fieldname == table and row.is_child_table), None)
		return FieldNames(field.options if field else None, row.child_table_mapping if row else None)

	def in_order(self, fieldnames: Any) -> list[str]:
		"""As on the form; what isn't there comes last."""
		order = (
			{field.fieldname: place for place, field in enumerate(self._meta.fields)} if self._meta else {}
		)
		return sorted(fieldnames, key=lambda fieldname: order.get(fieldname, len(order)))

	def _field(self, fieldname: str) -> Any:
		return self._meta.get_field(fieldname) if self._meta else None

	@cached_property
	def _meta(self) -> Any:
		known = self.doctype and frappe.db.exists("DocType", self.doctype)
		return frappe.get_meta(self.doctype) if known else None

	@cached_property
	def _mapping(self) -> Any:
		known = self.mapping and frappe.db.exists("Document Type Mapping", self.mapping)
		return frappe.get_cached_doc("Document Type Mapping", self.mapping) if known else None

	@property
	def _rows(self) -> list:
		return self._mapping.field_mapping if self._mapping else []

	@cached_property
	def _mapped(self) -> dict[str, Any]:
		"""Local fields by remote fieldname."""
		if not self._mapping or not frappe.db.exists("DocType", self._mapping.local_doctype):
			return {}
		meta = frappe.get_meta(self._mapping.local_doctype)
		fields = {row.remote_fieldname: meta.get_field(row.local_fieldname) for row in self._rows}
		return {fieldname: field for fieldname, field in fields.items() if fieldname and field}


def _label(field: Any) -> str:
	return _(field.label or frappe.unscrub(field.fieldname))
