"""DocTypes: their records, and the tables and modules that go with them."""

import re
from typing import Any

import frappe
from frappe import _
from frappe.model import data_fieldtypes, default_fields, no_value_fields, table_fields
from frappe.model.document import Document
from frappe.modules import load_doctype_module
from frappe.playground.missing import module_getattr

__getattr__ = module_getattr(__name__)

NAME = re.compile(r"^(?![\W])[^\d_\s][\w -]+$", re.ASCII)
LEFT_OUT = ("is_virtual", "has_web_view")
TREE_FIELDS = (("Int", "Left", "lft"), ("Int", "Right", "rgt"), ("Check", "Is Group", "is_group"))


class DocType(Document):
	def validate(self) -> None:
		self.validate_name()
		self.set_fieldnames()
		self.make_amendable()
		self.make_tree()
		validate_fields(self)

	def before_save(self) -> None:
		for row in self.fields:
			row.parent = self.name

	def on_update(self) -> None:
		for part in LEFT_OUT:
			if self.get(part):
				raise frappe.NotInPlayground(f"{part} of DocType {self.name}")
		frappe.clear_cache(doctype=self.name)
		meta = frappe.get_meta(self.name, cached=False)
		frappe.db.updatedb(self.name, meta)
		frappe.controllers.get(frappe.local.site, {}).pop(self.name, None)
		self.make_roles()
		self.run_module_method("on_doctype_update")
		frappe.clear_cache(doctype=self.name)

	def on_trash(self) -> None:
		frappe.db.delete("Custom Field", {"dt": self.name})
		frappe.db.delete("Property Setter", {"doc_type": self.name})

	def after_delete(self) -> None:
		frappe.clear_cache(doctype=self.name)

	def before_reload(self) -> None:
		pass

	def validate_name(self) -> None:
		if not NAME.match(self.name) or len(self.name) > 61:
			message = _(
				"A DocType's name should start with a letter and can only consist of letters, numbers, spaces, underscores and hyphens"
			)
			frappe.throw(message, frappe.NameError, title=_("Invalid Name"))

	def set_fieldnames(self) -> None:
		"""From the labels, where there are none."""
		for df in self.fields:
			if df.fieldname:
				df.fieldname = df.fieldname.strip()
			elif df.label:
				df.fieldname = frappe.scrub(re.sub(r"[^\w\s-]", "", df.label)).strip("_")
				if df.fieldname in (*default_fields, "parent", "parenttype", "parentfield", "docstatus"):
					df.fieldname += "1"
			else:
				df.fieldname = f"{frappe.scrub(df.fieldtype)}_{frappe.generate_hash(length=4)}"

	def make_amendable(self) -> None:
		if not self.is_submittable or any(df.fieldname == "amended_from" for df in self.fields):
			return
		self.append(
			"fields",
			{
				"label": "Amended From",
				"fieldtype": "Link",
				"fieldname": "amended_from",
				"options": self.name,
				"read_only": 1,
				"print_hide": 1,
				"no_copy": 1,
				"search_index": 1,
			},
		)

	def make_tree(self) -> None:
		if not self.is_tree:
			return
		present = {df.fieldname for df in self.fields}
		parent = f"parent_{frappe.scrub(self.name)}"
		links = (("Link", "Old Parent", "old_parent"), ("Link", f"Parent {self.name}", parent))
		for fieldtype, label, fieldname in (*TREE_FIELDS, *links):
			if fieldname not in present:
				options = self.name if fieldtype == "Link" else None
				values = {"fieldtype": fieldtype, "label": label, "fieldname": fieldname, "options": options}
				self.append("fields", {**values, "no_copy": int(fieldname in ("lft", "rgt"))})
		self.nsm_parent_field = self.get("nsm_parent_field") or parent

	def make_roles(self) -> None:
		"""Roles that the rules name and that are not there yet."""
		if frappe.flags.in_install_db:
			return
		for role in {rule.role for rule in self.permissions}:
			if not frappe.db.exists("Role", role):
				frappe.get_doc(doctype="Role", role_name=role, desk_access=1).insert(ignore_permissions=True)

	def run_module_method(self, method: str) -> None:
		if self.custom:
			return
		module = load_doctype_module(self.name, self.module)
		if method in vars(module):
			getattr(module, method)()


def validate_fields(doc: Any) -> None:
	"""What would break documents of this type."""
	names: set[str] = set()
	for df in doc.fields:
		if df.fieldname in names:
			message = _("{0}: Fieldname {1} appears multiple times in rows {2}").format(
				doc.name, df.fieldname, df.idx
			)
			frappe.throw(message, UniqueFieldnameError)
		names.add(df.fieldname)
		if df.fieldtype not in data_fieldtypes + no_value_fields:
			frappe.throw(_("Row #{0}: {1} is not a valid field type").format(df.idx, df.fieldtype))
		needs_options = df.fieldtype in ("Link", *table_fields)
		if needs_options and not df.options:
			frappe.throw(
				_("{0}: Options required for Link or Table type field {1}").format(doc.name, df.label)
			)
		if needs_options and df.options != doc.name and not frappe.db.exists("DocType", df.options):
			message = _("{0}: Options must be a valid DocType for field {1} in row {2}")
			frappe.throw(message.format(doc.name, df.label, df.idx), WrongOptionsDoctypeLinkError)


class UniqueFieldnameError(frappe.ValidationError):
	pass


class WrongOptionsDoctypeLinkError(frappe.ValidationError):
	pass
