"""The one document of a Single DocType, read as the row that documents of other DocTypes have in a table of their own.

Frappe keeps it as a text for each field, and has it on every site from the beginning, with the defaults of its fields until it is
saved first. Invariant: whoever reads it gets the same value as the same kind of field in a table would have given.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import frappe
from frappe.utils import cint, cstr, flt, get_datetime, getdate, to_timedelta

from event_streaming.document.field_types import DECIMALS

if TYPE_CHECKING:
	from frappe.model.meta import Meta

NUMBERED = frozenset({"Int", "Check"})
MOMENTS: dict[str, Callable[[Any], Any]] = {"Date": getdate, "Datetime": get_datetime, "Time": to_timedelta}


def is_single(doctype: str) -> bool:
	try:
		return bool(cint(frappe.get_meta(doctype).issingle))
	except frappe.DoesNotExistError:
		frappe.clear_last_message()
		return False


def read(meta: "Meta", for_update: bool = False) -> frappe._dict:
	"""All its stored values, with `name`; of the table of no other document."""
	stored = frappe.db.get_singles_dict(meta.name, for_update=for_update)
	if not stored:
		fresh = frappe.new_doc(meta.name, as_dict=True)
		moments = {
			field.fieldname for field in meta.fields if field.fieldtype == "Time" and not field.default
		}
		# which Frappe fills with the time of each look at it
		stored = frappe._dict(
			(field, fresh.get(field)) for field in meta.get_valid_columns() if field not in moments
		)
	return frappe._dict(typed(meta, stored), name=meta.name)


def typed(meta: "Meta", values: dict) -> dict[str, Any]:
	"""Values as they stand in Singles, as a column of their kind would have them."""
	return {field: _typed(meta, field, values.get(field)) for field in meta.get_valid_columns()}


def _typed(meta: "Meta", field: str, value: Any) -> Any:
	docfield = meta.get_field(field)
	kind = docfield.fieldtype if docfield else "Int" if field in ("docstatus", "idx") else "Data"
	if kind in NUMBERED:
		return cint(value)
	if kind in DECIMALS:
		return flt(value)
	if kind in MOMENTS:
		return MOMENTS[kind](value) if value else None
	return value if value is None else cstr(value)
