"""By what a subscriber sees documents of one DocType, as far as it can be judged by values alone.

The database judges what is there now. Values from before are judged here, and only with certainty: where this module can't
be sure that the database would have said yes, the answer is no. So it may know less than the database, never more.
"""

from functools import cached_property
from typing import TYPE_CHECKING, Any

import frappe
from frappe.permissions import get_user_permissions
from frappe.utils import cint, cstr, flt

from event_streaming.document import snapshot
from event_streaming.document.digest import canonical

if TYPE_CHECKING:
	from event_streaming.producer.visibility import Visibility

NEVER_CHANGE = frozenset({"name", "owner", "creation"})
NUMBERS = frozenset({"Int", "Check", "Float", "Currency", "Percent", "Rating", "Duration", "Long Int"})
MOMENTS = frozenset({"Date", "Datetime"})


class Criteria:
	def __init__(self, visibility: "Visibility", doctype: str):
		self.doctype = doctype
		self.user = visibility.user_of(doctype)
		self.filters = [list(row[-3:]) for row in visibility.terms(doctype).filters]
		self.asks_hooks = visibility.asks_hooks(doctype)
		self.meta = frappe.get_meta(doctype)

	@property
	def by_code(self) -> bool:
		"""Whether apps or scripts judge in ways that no values tell."""
		return self.asks_hooks or self._has_query_conditions or not self._is_known

	@property
	def by_values(self) -> bool:
		return bool(self.filters or self._allowed)

	@cached_property
	def fields(self) -> set[str]:
		"""Fields that decide, without those that a document keeps all its life."""
		return ({row[0] for row in self.filters} | self._allowed.keys()) - NEVER_CHANGE

	def surely_match(self, values: dict) -> bool:
		"""
		:param values: of all `fields`
		"""
		return all(
			self._surely(values.get(field), operator.lower(), wanted, field)
			for field, operator, wanted in self.filters
			if field not in NEVER_CHANGE
		) and all(
			(not values.get(field) and not self._strict) or cstr(values.get(field)) in allowed
			for field, allowed in self._allowed.items()
			if field not in NEVER_CHANGE
		)

	@cached_property
	def _is_known(self) -> bool:
		"""Whether each deciding field is one whose former values the log tells."""
		return self.fields <= set(snapshot.stored_fields(self.meta))

	@cached_property
	def _strict(self) -> bool:
		return bool(cint(frappe.get_system_settings("apply_strict_user_permissions")))

	@cached_property
	def _allowed(self) -> dict[str, set[str]]:
		"""By link field, the documents that the subscriber's User Permissions allow there."""
		if self.user == "Administrator":
			return {}
		permissions = get_user_permissions(self.user)
		links = [
			(field.fieldname, field.options)
			for field in self.meta.get_link_fields()
			if not cint(field.ignore_user_permissions) and not cint(field.get("is_virtual"))
		]
		allowed = {}
		for field, target in [*links, ("name", self.doctype)]:
			names = {
				cstr(permission.get("doc"))
				for permission in permissions.get(target, [])
				if permission.get("applicable_for") in (None, "", self.doctype)
			}
			if names:
				allowed[field] = names
		return allowed

	@property
	def _has_query_conditions(self) -> bool:
		hooks = frappe.get_hooks("permission_query_conditions") or {}
		return bool(hooks.get(self.doctype) or hooks.get("*") or _permission_query_script(self.doctype))

	def _surely(self, value: Any, operator: str, wanted: Any, field: str) -> bool:
		fieldtype = self._fieldtype(field)
		if operator == "is":
			is_set = bool(cstr(value).strip()) if fieldtype not in NUMBERS else None
			return is_set is not None and is_set == (cstr(wanted).lower() == "set")
		if operator == "in":
			return any(_equal(fieldtype, value, one) for one in _as_list(wanted))
		if operator == "=":
			return _equal(fieldtype, value, wanted)
		if operator in ("!=", "not in"):
			wanted = _as_list(wanted) if operator == "not in" else [wanted]
			return all(_surely_different(fieldtype, value, one) for one in wanted)
		if operator == "between" and len(_as_list(wanted)) == 2:
			low, high = _as_list(wanted)
			return _compare(fieldtype, value, ">=", low) and _compare(fieldtype, value, "<=", high)
		return _compare(fieldtype, value, operator, wanted)

	def _fieldtype(self, field: str) -> str:
		docfield = self.meta.get_field(field)
		return docfield.fieldtype if docfield else "Int" if field == "docstatus" else "Data"


def _permission_query_script(doctype: str) -> bool:
	script = {"script_type": "Permission Query", "reference_doctype": doctype, "disabled": 0}
	return bool(frappe.db.table_exists("Server Script") and frappe.db.exists("Server Script", script))


def _as_list(wanted: Any) -> list:
	return wanted.split(",") if isinstance(wanted, str) else list(wanted or [])


def _equal(fieldtype: str, value: Any, wanted: Any) -> bool:
	if wanted in (None, "") or value in (None, ""):
		return False  # empty and NULL are one thing or two, as Frappe's version has it
	return canonical(fieldtype, value) == canonical(fieldtype, wanted)


def _surely_different(fieldtype: str, value: Any, wanted: Any) -> bool:
	"""Databases hold texts for equal that differ in case, accents or blanks at the end."""
	if value in (None, "") or wanted in (None, ""):
		return False
	if fieldtype in NUMBERS or fieldtype in MOMENTS:
		return canonical(fieldtype, value) != canonical(fieldtype, wanted)
	value, wanted = cstr(value).strip(), cstr(wanted).strip()
	return value.isascii() and wanted.isascii() and value.casefold() != wanted.casefold()


def _compare(fieldtype: str, value: Any, operator: str, wanted: Any) -> bool:
	if value in (None, "") or wanted in (None, ""):
		return False
	if fieldtype in NUMBERS:
		value, wanted = flt(value), flt(wanted)
	elif fieldtype in MOMENTS:
		value, wanted = canonical(fieldtype, value), canonical(fieldtype, wanted)
	else:
		return False
	comparisons = {
		">": value > wanted,
		"<": value < wanted,
		">=": value >= wanted,
		"<=": value <= wanted,
	}
	return comparisons.get(operator, False)
