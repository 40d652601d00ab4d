"""The life of a document: load, insert, save, submit, cancel, delete, and the hooks on the way."""

from typing import TYPE_CHECKING, Any

import frappe
from frappe import _
from frappe.model.base_document import BaseDocument, get_controller
from frappe.model.bulk_insertion import bulk_insert as bulk_insert
from frappe.model.checks import Checks
from frappe.model.docstatus import DocStatus
from frappe.model.document_hooks import DocumentHooks
from frappe.model.document_permissions import DocumentPermissions
from frappe.model.saving import Saving
from frappe.playground.missing import module_getattr
from frappe.utils import cstr, get_datetime, get_timedelta, getdate, now
from frappe.utils.data import get_absolute_url

__getattr__ = module_getattr(__name__)


def get_doc(*args: Any, **kwargs: Any) -> "Document":
	if args and isinstance(args[0], BaseDocument):
		return args[0]
	if args and isinstance(args[0], str):
		return get_controller(args[0])(*args, **kwargs)
	values = args[0] if args else kwargs
	if not isinstance(values, dict):
		raise ValueError("First non keyword argument must be a string or dict")
	if "doctype" not in values:
		raise ValueError('"doctype" is a required key')
	return get_controller(values["doctype"])(*args, **kwargs)


class Document(Saving, Checks, DocumentPermissions, DocumentHooks):
	"""Base of all controllers."""

	if TYPE_CHECKING:

		def __getattr__(self, name: str) -> Any:
			"""A field of the DocType."""

		def __setattr__(self, name: str, value: Any) -> None: ...

	def __init__(self, *args: Any, **kwargs: Any) -> None:
		self.doctype: Any = None
		self.name: Any = None
		self.flags = frappe._dict()
		if args and isinstance(args[0], str):
			self.doctype = args[0]
			self.name = self.doctype if len(args) == 1 else args[1]
			self.flags.for_update = kwargs.get("for_update")
			self.load_from_db()
			return
		values = args[0] if args and isinstance(args[0], dict) else kwargs
		if not values:
			raise ValueError("Illegal arguments")
		super().__init__(values)
		self.init_child_tables()
		self.init_valid_columns()

	def __repr__(self) -> str:
		docstatus = f" docstatus={self.docstatus}" if self.docstatus else ""
		parent = f" parent={self.parent}" if self.get("parent") else ""
		return f"<{type(self).__name__}: {self.name or 'unsaved'}{docstatus}{parent}>"

	def __str__(self) -> str:
		return f"{type(self).__name__}({self.name or 'unsaved'})"

	# Loading

	def load_from_db(self) -> "Document":
		self.flags.ignore_children = True
		if not getattr(self, "_metaclass", False) and self.meta.issingle:
			BaseDocument.__init__(self, self._read_single())
			self.init_valid_columns()
			self._fix_numeric_types()
		else:
			BaseDocument.__init__(self, self._read_row())
		self.flags.pop("ignore_children", None)
		for df in self._get_table_fields():
			rows = frappe.db.get_values(
				df.options,
				{"parent": cstr(self.name), "parenttype": self.doctype, "parentfield": df.fieldname},
				"*",
				as_dict=True,
				order_by="idx asc",
				for_update=self.flags.for_update,
			)
			self.set(df.fieldname, rows or [])
		if hasattr(self, "__setup__"):
			self.__setup__()
		return self

	def _read_single(self) -> dict:
		values = frappe.db.get_singles_dict(self.doctype, for_update=self.flags.for_update)
		if not values:
			values = frappe.new_doc(self.doctype, as_dict=True)
			values["name"] = self.doctype
			values.pop("__islocal", None)
		return values

	def _read_row(self) -> dict:
		order = {} if isinstance(self.name, dict | list) else {"order_by": None}
		row = frappe.db.get_value(
			self.doctype, self.name, "*", as_dict=True, for_update=self.flags.for_update, **order
		)
		if not row:
			message = _("{0} {1} not found").format(_(self.doctype), self.name)
			frappe.throw(message, frappe.DoesNotExistError)
		return row

	def reload(self) -> "Document":
		return self.load_from_db()

	def get_latest(self) -> "Document":
		if not self.get_doc_before_save():
			self.load_doc_before_save()
		return self._doc_before_save

	def load_doc_before_save(self, *, raise_exception: bool = False) -> None:
		self._doc_before_save = None
		if self.is_new():
			return
		try:
			self._doc_before_save = frappe.get_doc(self.doctype, self.name, for_update=True)
		except frappe.DoesNotExistError:
			if raise_exception:
				raise
			frappe.clear_last_message()

	def get_doc_before_save(self) -> "Document | None":
		return self.__dict__.get("_doc_before_save")

	def has_value_changed(self, fieldname: str) -> bool:
		from datetime import date, datetime, timedelta

		previous = self.get_doc_before_save()
		if not previous:
			return True
		old, new = previous.get(fieldname), self.get(fieldname)
		if isinstance(old, datetime):
			new = get_datetime(new)
		elif isinstance(old, date):
			new = getdate(new)
		elif isinstance(old, timedelta):
			new = get_timedelta(new)
		return old != new

	# Saving

	def insert(
		self,
		ignore_permissions: bool | None = None,
		ignore_links: bool | None = None,
		ignore_if_duplicate: bool = False,
		ignore_mandatory: bool | None = None,
		set_name: str | None = None,
		set_child_names: bool = True,
	) -> "Document":
		flags = {
			"ignore_permissions": ignore_permissions,
			"ignore_links": ignore_links,
			"ignore_mandatory": ignore_mandatory,
		}
		self.flags.update({flag: value for flag, value in flags.items() if value is not None})
		self.set("__islocal", True)
		self._set_defaults()
		self.set_user_and_timestamp()
		self.set_docstatus()
		self.check_if_latest()
		self._validate_links()
		self.check_permission("create")
		self.run_method("before_insert")
		self.set_new_name(set_name=set_name, set_child_names=set_child_names)
		self.set_parent_in_children()
		self.validate_higher_perm_levels()
		self.flags.in_insert = True
		self.run_before_save_methods()
		self._validate()
		self.set_docstatus()
		self.flags.in_insert = False
		if self.meta.issingle:
			self.update_single(self.get_valid_dict())
		else:
			self.db_insert(ignore_if_duplicate=ignore_if_duplicate)
		for row in self.get_all_children():
			row.db_insert()
		self.run_method("after_insert")
		self.flags.in_insert = True
		if self.get("amended_from"):
			self.validate_amended_from()
		self.run_post_save_methods()
		self.flags.in_insert = False
		self._clear_marks("__islocal", "__unsaved")
		return self

	def save(self, *args: Any, **kwargs: Any) -> "Document":
		return self._save(*args, **kwargs)

	def _save(self, ignore_permissions: bool | None = None, ignore_version: bool | None = None) -> "Document":
		if ignore_permissions is not None:
			self.flags.ignore_permissions = ignore_permissions
		self.flags.ignore_version = frappe.flags.in_test if ignore_version is None else ignore_version
		if self.get("__islocal") or not self.get("name"):
			return self.insert()
		self._set_defaults()
		self.check_permission("write", "save")
		self.set_user_and_timestamp()
		self.set_docstatus()
		self.check_if_latest()
		self.set_parent_in_children()
		self.set_name_in_children()
		self.validate_higher_perm_levels()
		self._validate_links()
		self.run_before_save_methods()
		if self._action != "cancel":
			self._validate()
		if self._action == "update_after_submit":
			self.validate_update_after_submit()
		self.set_docstatus()
		if self.meta.issingle:
			self.update_single(self.get_valid_dict())
		else:
			self.db_update()
		self.update_children()
		self.run_post_save_methods()
		self._clear_marks("__unsaved")
		return self

	def _clear_marks(self, *marks: str) -> None:
		for mark in marks:
			self.__dict__.pop(mark, None)

	def _submit(self) -> "Document":
		self.docstatus = DocStatus.submitted()
		return self.save()

	def _cancel(self) -> "Document":
		self.docstatus = DocStatus.cancelled()
		return self.save()

	def _rename(
		self, name: str, merge: bool = False, force: bool = False, validate_rename: bool = True
	) -> None:
		from frappe.model.rename_doc import rename_doc

		self.name = rename_doc(doc=self, new=name, merge=merge, force=force, validate=validate_rename)
		self.reload()

	@frappe.whitelist()
	def submit(self) -> "Document":
		return self._submit()

	@frappe.whitelist()
	def cancel(self) -> "Document":
		return self._cancel()

	@frappe.whitelist()
	def rename(
		self, name: str, merge: bool = False, force: bool = False, validate_rename: bool = True
	) -> None:
		return self._rename(name=name, merge=merge, force=force, validate_rename=validate_rename)

	def delete(
		self, ignore_permissions: bool = False, force: bool = False, *, delete_permanently: bool = False
	) -> Any:
		return frappe.delete_doc(
			self.doctype,
			self.name,
			ignore_permissions=ignore_permissions,
			flags=self.flags,
			force=force,
			delete_permanently=delete_permanently,
		)

	def update_children(self) -> None:
		for df in self.meta.get_table_fields():
			self.update_child_table(df.fieldname, df)

	def update_child_table(self, fieldname: str, df: Any = None) -> None:
		"""Deletes the rows that the document no longer has, writes the others."""
		df = df or self.meta.get_field(fieldname)
		rows = self.get(fieldname)
		if df.options not in (self.flags.ignore_children_type or ()):
			table = frappe.qb.DocType(df.options)
			kept = [row.name for row in rows if row.name and not row.is_new()]
			query = (
				frappe.qb.from_(table)
				.where((table.parent == self.name) & (table.parenttype == self.doctype))
				.where(table.parentfield == fieldname)
				.delete()
			)
			if kept:
				query = query.where(table.name.notin(kept))
			query.run()
		for row in rows:
			row.db_update()

	def update_single(self, d: dict) -> None:
		frappe.db.delete("Singles", {"doctype": self.doctype})
		for field, value in d.items():
			if field != "doctype":
				frappe.db._insert_single(self.doctype, field, value)
		frappe.db.value_cache.pop(self.doctype, None)

	def db_set(
		self,
		fieldname: Any,
		value: Any = None,
		update_modified: bool = True,
		notify: bool = False,
		commit: bool = False,
	) -> None:
		"""Writes fields at once, without checks; `before_change` and `on_change` hear of it."""
		if isinstance(fieldname, dict):
			self.update(fieldname)
		else:
			self.set(fieldname, value)
		if update_modified and (self.doctype, self.name) not in frappe.flags.currently_saving:
			self.set("modified", now())
			self.set("modified_by", frappe.session.user)
		if not self.get_doc_before_save():
			self.load_doc_before_save()
		self.run_method("before_change")
		if self.name is None:
			return
		times = {
			"modified": self.modified,
			"modified_by": self.modified_by,
			"update_modified": update_modified,
		}
		if self.meta.issingle:
			frappe.db.set_single_value(self.doctype, fieldname, value, **times)
		else:
			frappe.db.set_value(self.doctype, self.name, fieldname, value, **times)
		self.run_method("on_change")
		if notify:
			self.notify_update()
		if commit:
			frappe.db.commit()

	# Others

	def get_all_children(self, parenttype: str | None = None) -> list["Document"]:
		return [
			row
			for df in self.meta.get_table_fields()
			if not parenttype or df.options == parenttype
			for row in self.get(df.fieldname) or []
		]

	@property
	def is_locked(self) -> bool:
		return False  # only `lock` and `queue_action` lock, and they are left out

	def get_url(self) -> str:
		return get_absolute_url(self.doctype, self.name)

	def set_onload(self, key: str, value: Any) -> None:
		if not self.get("__onload"):
			self.set("__onload", frappe._dict())
		self.get("__onload")[key] = value

	def get_onload(self, key: str | None = None) -> Any:
		return self.get("__onload")[key] if key else self.get("__onload")

	def log_error(self, title: str | None = None, message: str | None = None) -> Any:
		return frappe.log_error(
			message=message, title=title, reference_doctype=self.doctype, reference_name=self.name
		)

	@frappe.whitelist()
	def add_comment(
		self,
		comment_type: str = "Comment",
		text: str | None = None,
		comment_email: str | None = None,
		comment_by: str | None = None,
	) -> "Document":
		return frappe.get_doc(
			doctype="Comment",
			comment_type=comment_type,
			comment_email=comment_email or frappe.session.user,
			comment_by=comment_by,
			reference_doctype=self.doctype,
			reference_name=self.name,
			content=text or comment_type,
		).insert(ignore_permissions=True)
