"""What a document is checked for before it is saved, besides its controller's own checks."""

from typing import Any

import frappe
from frappe import _
from frappe.exceptions import NotInPlayground
from frappe.model import table_fields
from frappe.model.link_checks import LinkChecks
from frappe.utils import cint, compare, cstr, date_diff, flt, sanitize_html, strip_html

LARGEST = {"int": 2**31 - 1, "bigint": 2**63 - 1}
UNSANITISED = ("Attach", "Attach Image", "Barcode", "Code")


class Checks(LinkChecks):
	def _validate(self) -> None:
		self._validate_mandatory()
		for part in [self, *self.get_all_children()]:
			part._validate_data_fields()
			part._validate_selects()
			part._validate_non_negative()
			part._validate_length()
			part._fix_rating_value()
			part._validate_code_fields()
			part._sync_autoname_field()
			part._extract_images_from_editor()
			part._sanitize_content()
			part._save_passwords()
		if self.is_new():
			for fieldname in frappe.model.optional_fields:
				self.set(fieldname, None)
		else:
			self.validate_set_only_once()

	# Mandatory fields

	def _validate_mandatory(self) -> None:
		if self.flags.ignore_mandatory:
			return
		missing = [
			found
			for part in [self, *self.get_all_children()]
			for found in part._get_missing_mandatory_fields()
		]
		if not missing:
			return
		for _fieldname, message in missing:
			frappe.msgprint(message)
		names = ", ".join(fieldname for fieldname, _message in missing)
		raise frappe.MandatoryError(f"[{self.doctype}, {self.name}]: {names}")

	def _get_missing_mandatory_fields(self) -> list[tuple[str, str]]:
		missing = [
			(df.fieldname, self._get_missing_message(df.label, df.fieldtype, df.parent))
			for df in self.meta.get("fields", {"reqd": ("=", 1)})
			if self.get(df.fieldname) in (None, []) or not self._has_content(df)
		]
		if self.meta.istable:
			missing += [
				(fieldname, self._get_missing_message(fieldname, None, None))
				for fieldname in ("parent", "parenttype")
				if not self.get(fieldname)
			]
		return missing

	def _has_content(self, df: Any) -> bool:
		value = cstr(self.get(df.fieldname))
		is_html = df.fieldtype == "Text Editor" or (df.fieldtype == "Code" and df.options == "HTML")
		return bool(strip_html(value).strip()) or (is_html and "<img" in value)

	def _get_missing_message(self, label: str, fieldtype: str | None, doctype: str | None) -> str:
		if fieldtype in table_fields:
			return f"Error: {_('Data missing in table')}: {label}"
		if self.get("parentfield"):
			return f"Error: {frappe.bold(_(self.doctype))} Row #{self.idx}: {_('Value missing for')}: {label}"
		return _("Error: Value missing for {0}: {1}").format(doctype, label)

	# Values of one field

	def _validate_data_fields(self) -> None:
		for df in self.meta.get_data_fields():
			value = self.get(df.fieldname)
			if df.get("oldfieldtype") and df.oldfieldtype != "Data":
				continue
			if df.options == "Email":
				if self.owner in frappe.STANDARD_USERS and value in frappe.STANDARD_USERS:
					continue
				for address in frappe.utils.split_emails(value):
					frappe.utils.validate_email_address(address, throw=True)
			elif df.options == "Name":
				frappe.utils.validate_name(value, throw=True)
			elif df.options == "Phone":
				frappe.utils.validate_phone_number(value, throw=True)
			elif df.options == "URL" and value:
				frappe.utils.validate_url(value, throw=True)
		for df in self.meta.get_phone_fields():
			frappe.utils.validate_phone_number_with_country_code(self.get(df.fieldname), df.fieldname)

	def _validate_selects(self) -> None:
		if frappe.flags.in_import:
			return
		for df in self.meta.get_select_fields():
			if df.fieldname == "naming_series" or not (self.get(df.fieldname) and df.options):
				continue
			options = df.options.split("\n")
			value = cstr(self.get(df.fieldname)).strip()
			self.set(df.fieldname, value)
			if value not in options and not (frappe.flags.in_test and value.startswith("_T-")):
				prefix = _("Row #{0}:").format(self.idx) if self.get("parentfield") else ""
				message = _('{0} {1} cannot be "{2}". It should be one of "{3}"')
				frappe.throw(message.format(prefix, _(df.label), value, '", "'.join(options)))

	def _validate_non_negative(self) -> None:
		for df in self.meta.get(
			"fields", {"non_negative": ("=", 1), "fieldtype": ("in", ["Int", "Float", "Currency"])}
		):
			if flt(self.get(df.fieldname)) >= 0:
				continue
			if self.get("parentfield"):
				text = f"{frappe.bold(_(self.doctype))} {_('Row')} #{self.idx}: {_('Value cannot be negative for')}"
				message = f"{text} {frappe.bold(_(df.label))}"
			else:
				message = _("Value cannot be negative for {0}: {1}").format(
					_(df.parent), frappe.bold(_(df.label))
				)
			frappe.throw(message, frappe.NonNegativeError, title=_("Negative Value"))

	def _validate_length(self) -> None:
		if frappe.flags.in_install or self.meta.issingle:
			return
		for fieldname, value in self.get_valid_dict(ignore_virtual=True).items():
			df = self.meta.get_field(fieldname)
			if not df or df.fieldtype == "Check" or value is None:
				continue
			kind, size = frappe.db.type_map[df.fieldtype]
			if kind == "varchar":
				largest = cint(df.get("length")) or cint(size)
				if len(cstr(value)) > largest:
					self.throw_length_exceeded_error(df, largest, value)
			elif kind in LARGEST:
				largest = LARGEST["bigint" if cint(df.get("length")) > 11 else kind]
				if abs(cint(value)) > largest:
					self.throw_length_exceeded_error(df, largest, value)

	def throw_length_exceeded_error(self, df: Any, max_length: int, value: Any) -> None:
		where = f"{_(self.doctype)} {self.name}"
		if self.get("parentfield"):
			where = _("{0}, Row {1}").format(_(self.doctype), self.idx)
		message = _("{0}: '{1}' ({3}) will get truncated, as max characters allowed is {2}")
		frappe.throw(
			message.format(where, frappe.bold(_(df.label)), max_length, value),
			frappe.CharacterLengthExceededError,
			title=_("Value too big"),
		)

	def _fix_rating_value(self) -> None:
		for df in self.meta.get("fields", {"fieldtype": "Rating"}):
			self.set(df.fieldname, max(0, min(flt(self.get(df.fieldname)), 1)))

	def _validate_code_fields(self) -> None:
		for df in self.meta.get("fields", {"fieldtype": "Code"}):
			if df.options in ("Python", "PythonExpression") and self.get(df.fieldname):
				raise NotInPlayground(f"checking the Python code in {df.fieldname} of {self.doctype}")

	def _sync_autoname_field(self) -> None:
		fieldname = (self.meta.autoname or "").partition("field:")[2]
		if fieldname and self.name and self.name != self.get(fieldname):
			self.set(fieldname, self.name)

	def _sanitize_content(self) -> None:
		"""Takes scripts out of HTML in values, but for code, attachments, and values that can't change any more."""
		if frappe.flags.in_install:
			return
		for fieldname, value in self.get_valid_dict(ignore_virtual=True).items():
			if not (isinstance(value, str) and ("<" in value or ">" in value)):
				continue
			df = self.meta.get_field(fieldname)
			if df and self._is_unsanitized(df):
				continue
			self.set(fieldname, sanitize_html(value, linkify=df and df.fieldtype == "Text Editor"))

	def _extract_images_from_editor(self) -> None:
		for df in self.meta.get("fields", {"fieldtype": ("in", ("Text Editor", "HTML Editor"))}):
			if "data:image" in cstr(self.get(df.fieldname)):
				raise NotInPlayground("images inside of text")

	def _is_unsanitized(self, df: Any) -> bool:
		is_email = df.fieldtype in ("Data", "Small Text", "Text") and df.options == "Email"
		is_fixed = self.docstatus.is_submitted() and not df.get("allow_on_submit")
		return bool(
			df.get("ignore_xss_filter")
			or is_email
			or df.fieldtype in UNSANITISED
			or self.docstatus.is_cancelled()
			or is_fixed
		)

	def _save_passwords(self) -> None:
		"""Moves passwords to their own table, encrypted; asterisks stay in their place."""
		from frappe.utils.password import remove_encrypted_password, set_encrypted_password

		ignored = self.flags.ignore_save_passwords
		if ignored is True:
			return
		for df in self.meta.get("fields", {"fieldtype": ("=", "Password")}):
			if ignored and df.fieldname in ignored:
				continue
			password = self.get(df.fieldname)
			if not password:
				remove_encrypted_password(self.doctype, self.name, df.fieldname)
			elif not self.is_dummy_password(password):
				set_encrypted_password(self.doctype, self.name, password, df.fieldname)
				self.set(df.fieldname, "*" * len(password))

	# Fields that may not change

	def validate_set_only_once(self) -> None:
		before = self._doc_before_save
		for df in self.meta.get_set_only_once_fields() if before else ():
			value, original = self.get(df.fieldname), before.get(df.fieldname)
			if df.fieldtype in table_fields:
				same = self.is_child_table_same(df.fieldname)
			elif df.fieldtype in ("Date", "Datetime", "Time"):
				same = str(value) == str(original)
			else:
				same = value == original
			if not same:
				message = _("Value cannot be changed for {0}").format(
					frappe.bold(self.meta.get_label(df.fieldname))
				)
				frappe.throw(message, exc=frappe.CannotChangeConstantError)

	def is_child_table_same(self, fieldname: str) -> bool:
		def values(doc: Any) -> list[dict]:
			rows = [row.as_dict(convert_dates_to_str=True) for row in doc.get(fieldname)]
			return [
				{key: row[key] for key in row if key not in ("modified", "modified_by", "creation")}
				for row in rows
			]

		return values(self) == values(self._doc_before_save)

	def validate_update_after_submit(self) -> None:
		if self.flags.ignore_validate_update_after_submit:
			return
		self._validate_update_after_submit()
		for row in self.get_all_children():
			if not (row.is_new() and self.meta.get_field(row.parentfield).allow_on_submit):
				row._validate_update_after_submit()

	def _validate_update_after_submit(self) -> None:
		stored = frappe.get_doc(self.doctype, self.name).as_dict()
		for key in self.as_dict():
			df = self.meta.get_field(key)
			if not df or df.allow_on_submit or not (self.get(key) or stored.get(key)):
				continue
			is_table = df.fieldtype in table_fields
			new = len(self.get(key)) if is_table else self.get_value(key)
			old = len(stored[key]) if is_table else stored.get(key)
			if new != old:
				row = f"Row #{self.idx}:" if self.get("parent") else ""
				message = _("{0} Not allowed to change {1} after submission from {2} to {3}")
				frappe.throw(
					message.format(row, frappe.bold(_(df.label)), frappe.bold(old), frappe.bold(new)),
					frappe.UpdateAfterSubmitError,
					title=_("Cannot Update After Submit"),
				)

	def validate_value(
		self, fieldname: str, condition: str, val2: Any, doc: Any = None, raise_exception: Any = None
	) -> None:
		doc = doc or self
		val2 = doc.cast(val2, doc.meta.get_field(fieldname))
		if compare(doc.get_value(fieldname), condition, val2):
			return
		start = (
			_("Incorrect value in row {0}:").format(doc.idx)
			if doc.get("parentfield")
			else _("Incorrect value:")
		)
		label = doc.meta.get_label(fieldname)
		kinds = {
			"in": _("{0} must be one of {1}"),
			"not in": _("{0} must be none of {1}"),
			"^": _("{0} must be beginning with '{1}'"),
			"=": _("{0} must be equal to '{1}'"),
		}
		text = kinds.get(condition, _("{0} must be {2} {1}")).format(label, val2, condition)
		frappe.msgprint(start + text, raise_exception=raise_exception or True)

	def validate_from_to_dates(self, from_date_field: str, to_date_field: str) -> None:
		start, end = self.get(from_date_field), self.get(to_date_field)
		if not (start and end) or date_diff(end, start) >= 0:
			return
		row = f"{_(frappe.unscrub(self.parentfield))} row #{self.idx}: " if self.meta.istable else ""
		labels = (frappe.bold(_(self.meta.get_label(field))) for field in (to_date_field, from_date_field))
		frappe.throw(row + _("{0} must be after {1}").format(*labels), frappe.InvalidDates)

	def validate_table_has_rows(self, parentfield: str, raise_exception: Any = None) -> None:
		if not self.get(parentfield):
			message = _("Table {0} cannot be empty").format(self.meta.get_label(parentfield))
			frappe.throw(message, raise_exception or frappe.EmptyTableError)
