"""Fields that a site adds to DocTypes of apps."""

from typing import Any

import frappe
from frappe import _
from frappe.core.doctype.doctype.doctype import validate_fields
from frappe.model.document import Document
from frappe.playground.missing import module_getattr
from frappe.utils import cstr, random_string

__getattr__ = module_getattr(__name__)

RESTRICTED = (
	"""name parent creation modified modified_by parentfield parenttype file_list flags docstatus""".split()
)


class CustomField(Document):
	def autoname(self) -> None:
		self.set_fieldname()
		self.name = f"{self.dt}-{self.fieldname}"

	def before_insert(self) -> None:
		self.set_fieldname()

	def set_fieldname(self) -> None:
		if not self.fieldname:
			label = self.label
			if not label and self.fieldtype in ("Section Break", "Column Break", "Tab Break"):
				label = f"{self.fieldtype}_{random_string(5)}"
			if not label:
				frappe.throw(_("Label is mandatory"))
			cleaned = [c for c in cstr(label).replace(" ", "_") if c.isdigit() or c.isalpha() or c == "_"]
			self.fieldname = "custom_" + "".join(cleaned)
		self.fieldname = self.fieldname.lower()
		if self.fieldname in RESTRICTED:
			self.fieldname += "1"

	def validate(self) -> None:
		if self.is_new() or self.insert_after == "append":
			names = [df.fieldname for df in frappe.get_meta(self.dt, cached=False).get("fields")]
			if self.is_new() and self.fieldname in names:
				message = _("A field with the name {0} already exists in {1}")
				frappe.throw(message.format(frappe.bold(self.fieldname), self.dt))
			if self.insert_after == "append":
				self.insert_after = names[-1]
			if self.insert_after and self.insert_after in names:
				self.idx = names.index(self.insert_after) + 1
		before = self.get_doc_before_save()
		if before and before.fieldtype != self.fieldtype:
			raise frappe.NotInPlayground("changing the type of a Custom Field")
		if self.get("is_virtual"):
			raise frappe.NotInPlayground("virtual Custom Fields")

	def on_update(self) -> None:
		if not self.flags.ignore_validate:
			validate_fields(frappe.get_meta(self.dt, cached=False))
		if not frappe.flags.in_create_custom_fields:
			frappe.clear_cache(doctype=self.dt)
			frappe.db.updatedb(self.dt)

	def on_trash(self) -> None:
		if self.owner == "Administrator" and frappe.session.user != "Administrator":
			message = _(
				"Custom Field {0} is created by the Administrator and can only be deleted through the Administrator account."
			)
			frappe.throw(message.format(frappe.bold(self.label)))
		frappe.db.delete("Property Setter", {"doc_type": self.dt, "field_name": self.fieldname})
		frappe.clear_cache(doctype=self.dt)

	def after_delete(self) -> None:
		frappe.clear_cache(doctype=self.dt)


def create_custom_field(
	doctype: str, df: dict, ignore_validate: bool = False, is_system_generated: bool = True
) -> Any:
	"""Adds a field. None if it is there already."""
	df = frappe._dict(df)
	if not df.fieldname and df.label:
		df.fieldname = frappe.scrub(df.label)
	if frappe.db.get_value("Custom Field", {"dt": doctype, "fieldname": df.fieldname}):
		return None
	doc = frappe.get_doc(
		doctype="Custom Field",
		dt=doctype,
		permlevel=0,
		fieldtype="Data",
		hidden=0,
		is_system_generated=is_system_generated,
	)
	doc.update(df)
	doc.flags.ignore_validate = ignore_validate
	doc.insert()
	return doc


def create_custom_fields(custom_fields: dict, ignore_validate: bool = False, update: bool = True) -> None:
	"""Adds or updates fields, `{doctype or doctypes: field or fields}`; each table is changed once."""
	changed = set()
	frappe.flags.in_create_custom_fields = True
	try:
		for doctypes, fields in custom_fields.items():
			for doctype in (doctypes,) if isinstance(doctypes, str) else doctypes:
				changed.add(doctype)
				for df in [fields] if isinstance(fields, dict) else fields:
					_create_or_update(doctype, df, ignore_validate, update)
		for doctype in changed:
			frappe.clear_cache(doctype=doctype)
			frappe.db.updatedb(doctype)
	finally:
		frappe.flags.in_create_custom_fields = False


def _create_or_update(doctype: str, df: dict, ignore_validate: bool, update: bool) -> None:
	name = frappe.db.get_value("Custom Field", {"dt": doctype, "fieldname": df["fieldname"]})
	if not name:
		create_custom_field(doctype, {**df, "owner": "Administrator"}, ignore_validate=ignore_validate)
	elif update:
		doc = frappe.get_doc("Custom Field", name)
		doc.flags.ignore_validate = ignore_validate
		doc.update(df)
		doc.save()
