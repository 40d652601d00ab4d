"""The way of a document, without its children, into its table."""

from typing import Any

import frappe
from frappe import _
from frappe.database.values import to_column
from frappe.model import float_like_fields
from frappe.model.controllers import DOCTYPES_FOR_DOCTYPE
from frappe.utils import cint, flt, now


class TableRow:
	def _get_stored_values(self) -> dict[str, Any]:
		values = self.get_valid_dict(ignore_nulls=self.doctype in DOCTYPES_FOR_DOCTYPE, ignore_virtual=True)
		get_field = self.meta.get_field
		for fieldname, value in values.items():
			df = get_field(fieldname)
			fieldtype = "Datetime" if fieldname in ("creation", "modified") else df and df.fieldtype
			values[fieldname] = to_column(fieldtype, value)
		return values

	def db_insert(self, ignore_if_duplicate: bool = False) -> None:
		"""The row as it is, without checks and hooks.

		:raises DuplicateEntryError: the name is taken
		:raises UniqueValidationError: a unique field's value is
		"""
		if not self.name:
			from frappe.model.naming import set_new_name

			set_new_name(self)
		if not self.creation:
			self.creation = self.modified = now()
			self.owner = self.modified_by = frappe.session.user
		values = self._get_stored_values()
		columns = ", ".join(f'"{column}"' for column in values)
		places = ", ".join(["%s"] * len(values))
		try:
			frappe.db.sql(
				f'INSERT INTO "tab{self.doctype}" ({columns}) VALUES ({places})', tuple(values.values())
			)
		except Exception as error:
			if not frappe.db.is_duplicate_entry(error):
				raise
			return self._handle_duplicate(error, ignore_if_duplicate)
		self.set("__islocal", False)

	def _handle_duplicate(self, error: Exception, ignore_if_duplicate: bool) -> None:
		if frappe.db.is_unique_key_violation(error):
			return self.show_unique_validation_message(error)
		if self.meta.autoname == "hash":
			self.flags.retry_count = (self.flags.retry_count or 0) + 1
			if self.flags.retry_count > 5:
				raise error
			self.name = None
			return self.db_insert()
		if not ignore_if_duplicate:
			message = _("{0} {1} already exists").format(_(self.doctype), frappe.bold(self.name))
			frappe.msgprint(message, title=_("Duplicate Name"), indicator="red")
			raise frappe.DuplicateEntryError(self.doctype, self.name, error)
		self.set("__islocal", False)

	def db_update(self) -> None:
		if self.get("__islocal") or not self.name:
			self.db_insert()
			return
		values = self._get_stored_values()
		name = values.pop("name")
		assignments = ", ".join(f'"{column}"=%s' for column in values)
		try:
			frappe.db.sql(
				f'UPDATE "tab{self.doctype}" SET {assignments} WHERE name = %s', (*values.values(), name)
			)
		except Exception as error:
			if not frappe.db.is_unique_key_violation(error):
				raise
			self.show_unique_validation_message(error)

	def show_unique_validation_message(self, e: Exception) -> None:
		fieldname = str(e).rsplit(".", 1)[-1]
		df = self.meta.get_field(fieldname)
		frappe.msgprint(_("{0} must be unique").format((df and df.label) or fieldname))
		raise frappe.UniqueValidationError(self.doctype, self.name, e)

	def update_modified(self) -> None:
		self.set("modified", now())
		if self.meta.issingle:
			frappe.db.set_single_value(self.doctype, "modified", self.modified, update_modified=False)
		else:
			frappe.db.set_value(self.doctype, self.name, "modified", self.modified, update_modified=False)

	def _fix_numeric_types(self) -> None:
		for df in self.meta.get("fields"):
			value = self.get(df.fieldname)
			if df.fieldtype == "Check":
				self.set(df.fieldname, cint(value))
			elif value is not None and df.fieldtype == "Int":
				self.set(df.fieldname, cint(value))
			elif value is not None and df.fieldtype in float_like_fields:
				self.set(df.fieldname, flt(value))
		if self.__dict__.get("docstatus") is not None:
			self.docstatus = self.docstatus
