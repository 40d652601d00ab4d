"""Links: that what they name is there and alive, and what is fetched from it."""

from typing import Any

import frappe
from frappe import _
from frappe.model.base_document import BaseDocument
from frappe.utils import cint, strip_html
from frappe.utils.html_utils import unescape_html


class LinkChecks(BaseDocument):
	def _validate_links(self) -> None:
		if self.flags.ignore_links or self._action == "cancel":
			return
		invalid, cancelled = self.get_invalid_links()
		for row in self.get_all_children():
			more_invalid, more_cancelled = row.get_invalid_links(is_submittable=self.meta.is_submittable)
			invalid += more_invalid
			cancelled += more_cancelled
		if invalid:
			names = ", ".join(message for _field, _name, message in invalid)
			frappe.throw(_("Could not find {0}").format(names), frappe.LinkValidationError)
		if cancelled:
			names = ", ".join(message for _field, _name, message in cancelled)
			frappe.throw(_("Cannot link cancelled document: {0}").format(names), frappe.CancelledLinkError)

	def get_invalid_links(self, is_submittable: bool = False) -> tuple[list, list]:
		"""Links to what is not there, and to what is cancelled; fills fields that are fetched from links."""
		invalid, cancelled = [], []
		dynamic = self.meta.get("fields", {"fieldtype": ("=", "Dynamic Link")})
		for df in self.meta.get_link_fields() + dynamic:
			name = self.get(df.fieldname)
			if not name:
				continue
			doctype = self._get_linked_doctype(df)
			meta = frappe.get_meta(doctype)
			values = self._fetch_linked(df, doctype, meta, name)
			if values is None:
				continue
			setattr(self, df.fieldname, values.name)
			for fetched in values.pop("fields_to_fetch"):
				if self.is_new() or not self.docstatus.is_submitted() or fetched.allow_on_submit:
					self.set_fetch_from_value(doctype, fetched, values)
			found = (df.fieldname, name, self._get_link_message(df, name))
			if not values.name:
				invalid.append(found)
			elif self._links_to_cancelled(df, meta, name, is_submittable):
				cancelled.append(found)
		return invalid, cancelled

	def _get_linked_doctype(self, df: Any) -> str:
		from frappe.model.dynamic_links import invalidate_distinct_link_doctypes

		if df.fieldtype == "Link":
			if not df.options:
				frappe.throw(_("Options not set for link field {0}").format(df.fieldname))
			return df.options
		doctype = self.get(df.options)
		if not doctype:
			frappe.throw(_("{0} must be set first").format(self.meta.get_label(df.options)))
		invalidate_distinct_link_doctypes(df.parent, df.options, doctype)
		return doctype

	def _fetch_linked(self, df: Any, doctype: str, meta: Any, name: Any) -> Any:
		"""The target's name as it is written there (None if there is none), and the values to be fetched."""
		wanted = [
			other
			for other in self.meta.get_fields_to_fetch(df.fieldname)
			if not other.get("fetch_if_empty") or not self.get(other.fieldname)
		]
		if not wanted:
			values = frappe._dict(name=frappe.db.get_value(doctype, name, "name", cache=True))
		else:
			fields = ["name", *(other.fetch_from.split(".")[-1] for other in wanted)]
			values = frappe.db.get_value(doctype, name, fields, as_dict=True)
		if meta.issingle:
			values = values or frappe._dict()
			values.name = doctype
		if not values:
			return None  # as in Frappe, a missing target passes when something is fetched from it
		values["fields_to_fetch"] = wanted if values.name else []
		return values

	def _get_link_message(self, df: Any, name: Any) -> str:
		label = _(df.label)
		return f"{_('Row')} #{self.idx}: {label}: {name}" if self.get("parentfield") else f"{label}: {name}"

	def _links_to_cancelled(self, df: Any, meta: Any, name: Any, is_submittable: bool) -> bool:
		if df.fieldname == "amended_from" or not meta.is_submittable:
			return False
		if not (is_submittable or self.meta.is_submittable):
			return False
		return cint(frappe.db.get_value(meta.name, name, "docstatus")) == 2

	def set_fetch_from_value(self, doctype: str, df: Any, values: dict) -> None:
		source = df.fetch_from.split(".")[-1]
		value = values[source]
		if df.fieldtype in ("Small Text", "Text", "Data"):
			from frappe.model.meta import get_default_df

			source_df = get_default_df(source) or frappe.get_meta(doctype).get_field(source)
			if not source_df:
				message = _('Please check the value of "Fetch From" set for field {0}')
				frappe.throw(message.format(frappe.bold(df.label)), title=_("Wrong Fetch From value"))
			if source_df.get("fieldtype") == "Text Editor" and value:
				value = unescape_html(strip_html(value))
		setattr(self, df.fieldname, value)
