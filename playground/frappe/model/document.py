"""The life of a document: load, insert, save, submit, cancel, delete, and the hooks on the way."""

import hashlib
from collections.abc import Callable, Iterable
from typing import Any

from werkzeug.exceptions import NotFound

import frappe
from frappe import _
from frappe.model.base_document import BaseDocument, get_controller
from frappe.model.checks import Checks
from frappe.model.docstatus import DocStatus
from frappe.model.naming import set_new_name, validate_name
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


class Document(Checks):
	"""Base of all controllers."""

	def __init__(self, *args: Any, **kwargs: Any) -> None:
		self.doctype = None
		self.name = None
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

	def _rename(self, name: str, merge: bool = False, force: bool = False, validate_rename: bool = True) -> None:
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
	def rename(self, name: str, merge: bool = False, force: bool = False, validate_rename: bool = True) -> None:
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
		times = {"modified": self.modified, "modified_by": self.modified_by, "update_modified": update_modified}
		if self.meta.issingle:
			frappe.db.set_single_value(self.doctype, fieldname, value, **times)
		else:
			frappe.db.set_value(self.doctype, self.name, fieldname, value, **times)
		self.run_method("on_change")
		if notify:
			self.notify_update()
		if commit:
			frappe.db.commit()

	def db_get(self, fieldname: str) -> Any:
		return frappe.db.get_value(self.doctype, self.name, fieldname)

	# Steps of saving

	def set_new_name(self, force: bool = False, set_name: str | None = None, set_child_names: bool = True) -> None:
		if self.flags.name_set and not force:
			return
		if self.get("__newname") and (self.meta.autoname or "").lower() == "prompt":
			self.name = validate_name(self.doctype, self.get("__newname"))
			self.flags.name_set = True
			return
		if set_name:
			self.name = validate_name(self.doctype, set_name)
		else:
			set_new_name(self)
		if set_child_names:
			for row in self.get_all_children():
				set_new_name(row)
		self.flags.name_set = True

	def set_user_and_timestamp(self) -> None:
		self._original_modified = self.modified
		self.modified = now()
		self.modified_by = frappe.session.user
		if self.is_new() and not (frappe.flags.in_install or frappe.flags.in_patch or frappe.flags.in_migrate):
			self.creation = self.modified
			self.owner = self.modified_by
		for row in self.get_all_children():
			row.modified = self.modified
			row.modified_by = self.modified_by
			row.owner = row.owner or self.owner
			row.creation = row.creation or self.creation
		frappe.flags.currently_saving.append((self.doctype, self.name))

	def set_docstatus(self) -> None:
		if self.docstatus is None:
			self.docstatus = DocStatus.draft()
		for row in self.get_all_children():
			row.docstatus = self.docstatus

	def set_parent_in_children(self) -> None:
		for row in self.get_all_children():
			row.parent = self.name
			row.parenttype = self.doctype

	def set_name_in_children(self) -> None:
		for row in self.get_all_children():
			if not row.name:
				set_new_name(row)

	def _set_defaults(self) -> None:
		if frappe.flags.in_import:
			return
		if self.is_new():
			self.update_if_missing(frappe.new_doc(self.doctype, as_dict=True))
		for df in self.meta.get_table_fields():
			defaults = frappe.new_doc(df.options, parent_doc=self, parentfield=df.fieldname, as_dict=True)
			for row in self.get(df.fieldname) or []:
				if row.is_new():
					row.update_if_missing(defaults)

	def check_if_latest(self) -> None:
		"""Refuses to overwrite what somebody else saved meanwhile, and forbidden changes of docstatus."""
		self.load_doc_before_save(raise_exception=True)
		self._action = "save"
		previous = self._doc_before_save
		if not previous:
			self.check_docstatus_transition(0)
			return
		if cstr(previous.modified) != cstr(self._original_modified):
			frappe.msgprint(
				_("Error: Document has been modified after you have opened it")
				+ f" ({previous.modified}, {self.modified}). "
				+ _("Please refresh to get the latest document."),
				raise_exception=frappe.TimestampMismatchError,
			)
		if not self.meta.issingle:
			self.check_docstatus_transition(previous.docstatus)

	def check_docstatus_transition(self, to_docstatus: int) -> None:
		"""From the stored docstatus (the argument) to the document's own: 0 to 0 or 1, 1 to 1 or 2."""
		change = (int(to_docstatus), int(self.docstatus))
		actions = {(0, 0): "save", (0, 1): "submit", (1, 1): "update_after_submit", (1, 2): "cancel"}
		forbidden = {
			(0, 2): _("Cannot change docstatus from 0 (Draft) to 2 (Cancelled)"),
			(1, 0): _("Cannot change docstatus from 1 (Submitted) to 0 (Draft)"),
		}
		if change in forbidden:
			raise frappe.DocstatusTransitionError(forbidden[change])
		if change[0] == 2:
			raise frappe.ValidationError(_("Cannot edit cancelled document"))
		if change not in actions:
			raise frappe.ValidationError(_("Invalid docstatus"), self.docstatus)
		self._action = actions[change]
		if self._action != "save":
			self.check_permission("cancel" if self._action == "cancel" else "submit")

	def validate_amended_from(self) -> None:
		if frappe.db.get_value(self.doctype, self.amended_from, "docstatus") == 2:
			return
		message = _(
			"{0} cannot be amended because it is not cancelled. Please cancel the document before creating an amendment."
		)
		link = frappe.utils.get_link_to_form(self.doctype, self.amended_from)
		frappe.throw(message.format(link), title=_("Amendment Not Allowed"))

	def run_before_save_methods(self) -> None:
		self.reset_seen()
		if self._action in ("save", "submit"):
			self.run_method("before_validate")
		if self.flags.ignore_validate:
			return
		hooks = {
			"save": ("validate", "before_save"),
			"submit": ("validate", "before_submit"),
			"cancel": ("before_cancel",),
			"update_after_submit": ("before_update_after_submit",),
		}
		for hook in hooks[self._action]:
			self.run_method(hook)
		self.set_title_field()

	def run_post_save_methods(self) -> None:
		if self._action in ("save", "submit"):
			self.run_method("on_update")
		if self._action == "submit":
			self.run_method("on_submit")
		elif self._action == "cancel":
			self.run_method("on_cancel")
			self.check_no_back_links_exist()
		elif self._action == "update_after_submit":
			self.run_method("on_update_after_submit")
		self.clear_cache()
		if self.flags.get("notify_update", True):
			self.notify_update()
		self.save_version()
		self.run_method("on_change")
		if (self.doctype, self.name) in frappe.flags.currently_saving:
			frappe.flags.currently_saving.remove((self.doctype, self.name))

	def check_no_back_links_exist(self) -> None:
		from frappe.model.delete_doc import check_if_doc_is_dynamically_linked, check_if_doc_is_linked

		if not self.flags.ignore_links:
			check_if_doc_is_linked(self, method="Cancel")
			check_if_doc_is_dynamically_linked(self, method="Cancel")

	def set_title_field(self) -> None:
		if self.meta.get("title_field") != "title":
			return
		df = self.meta.get_field("title")
		values = {key: "" if value is None else value for key, value in self.as_dict().items()}
		if df.options:
			self.set("title", df.options.format(**values))
		elif self.is_new() and not self.get("title") and df.default:
			self.set("title", df.default.format(**values))

	def get_title(self) -> Any:
		return self.get(self.meta.get_title_field()) or ""

	def reset_seen(self) -> None:
		if self.meta.get("track_seen") and not self.meta.issingle and not self.is_new():
			seen = frappe.as_json([frappe.session.user], indent=None)
			frappe.db.set_value(self.doctype, self.name, "_seen", seen, update_modified=False)

	def clear_cache(self) -> None:
		frappe.clear_document_cache(self.doctype, self.name)

	def notify_update(self) -> None:
		if frappe.flags.in_patch:
			return
		frappe.publish_realtime(
			"doc_update",
			{"modified": self.modified, "doctype": self.doctype, "name": self.name},
			doctype=self.doctype,
			docname=self.name,
			after_commit=True,
		)
		if not (self.meta.get("read_only") or self.meta.issingle or self.meta.istable):
			message = {"doctype": self.doctype, "name": self.name, "user": frappe.session.user}
			frappe.publish_realtime("list_update", message, after_commit=True)

	def save_version(self) -> None:
		if (
			not self.meta.get("track_changes")
			or self.doctype == "Version"
			or self.flags.ignore_version
			or frappe.flags.in_install
			or (not self._doc_before_save and frappe.flags.in_patch)
		):
			return
		old = self._doc_before_save
		if not old and self.get("amended_from"):
			old = frappe.get_doc(self.doctype, self.amended_from)
		version = frappe.new_doc("Version")
		if version.update_version_info(old, self):
			version.insert(ignore_permissions=True)

	# Permissions

	def check_permission(self, permtype: str = "read", permlevel: Any = None) -> None:
		if not self.has_permission(permtype):
			self.raise_no_permission_to(permtype)

	def has_permission(self, permtype: str = "read", *, debug: bool = False, user: str | None = None) -> bool:
		if self.flags.ignore_permissions:
			return True
		return frappe.permissions.has_permission(self.doctype, permtype, self, debug=debug, user=user)

	def raise_no_permission_to(self, perm_type: str) -> None:
		message = _("You need the '{0}' permission on {1} {2} to perform this action.")
		frappe.flags.error_message = message.format(_(perm_type), frappe.bold(_(self.doctype)), self.name or "")
		raise frappe.PermissionError

	def validate_higher_perm_levels(self) -> None:
		if self.flags.ignore_permissions or frappe.flags.in_install or frappe.session.user == "Administrator":
			return
		has_access_to = self.get_permlevel_access()
		if fields := self.meta.get_high_permlevel_fields():
			self.reset_values_if_no_permlevel_access(has_access_to, fields)
		if self.is_new():
			return
		for df in self.meta.get_table_fields():
			if fields := frappe.get_meta(df.options).get_high_permlevel_fields():
				for row in self.get(df.fieldname):
					row.reset_values_if_no_permlevel_access(has_access_to, fields)

	def get_permlevel_access(self, permission_type: str = "write") -> list[int]:
		roles = frappe.get_roles()
		levels = [perm.permlevel for perm in self.get_permissions() if perm.role in roles and perm.get(permission_type)]
		return list(dict.fromkeys(levels))

	def has_permlevel_access_to(self, fieldname: str, df: Any = None, permission_type: str = "read") -> bool:
		return (df or self.meta.get_field(fieldname)).permlevel in self.get_permlevel_access(permission_type)

	def get_permissions(self) -> list:
		meta = frappe.get_meta(self.parenttype) if self.meta.istable else self.meta
		return meta.permissions

	def apply_fieldlevel_read_permissions(self) -> None:
		"""Takes out the values above the user's permission levels."""
		if frappe.session.user == "Administrator":
			return
		levels = self.get_permlevel_access("read")
		for part in [self, *self.get_all_children()]:
			for df in part.meta.fields:
				if df.permlevel and df.permlevel not in levels:
					part.__dict__.pop(df.fieldname, None)

	# Hooks

	def run_method(self, method: str, *args: Any, **kwargs: Any) -> Any:
		"""The controller's method, then what apps hook to it in `doc_events`."""

		def controller_method(self: "Document", *args: Any, **kwargs: Any) -> Any:
			found = getattr(self, method, None)
			if method in self.__dict__ or callable(found):
				return found(*args, **kwargs)

		controller_method.__name__ = str(method)
		return Document.hook(controller_method)(self, *args, **kwargs)

	run_trigger = run_method

	@staticmethod
	def hook(f: Callable) -> Callable:
		"""Lets apps add to a method of a controller. What they return is merged if it is a dict, else replaces."""

		def composed(self: "Document", *args: Any, **kwargs: Any) -> Any:
			method = f.__name__
			result = f(self, *args, **kwargs)
			events = frappe.get_doc_hooks()
			handlers = events.get(self.doctype, {}).get(method, []) + events.get("*", {}).get(method, [])
			for handler in handlers:
				result = _merge(result, frappe.get_attr(handler)(self, method, *args, **kwargs))
			return result

		return composed

	def run_notifications(self, method: str) -> None:
		"""Nothing: a playground site can't have Notifications."""

	def is_whitelisted(self, method_name: str) -> None:
		method = getattr(self, method_name, None)
		if not method:
			raise NotFound(f"Method {method_name} not found")
		frappe.is_whitelisted(getattr(method, "__func__", method))

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

	def get_signature(self) -> str:
		return hashlib.sha224(f"{self.doctype}:{self.name}".encode(), usedforsecurity=False).hexdigest()

	def set_onload(self, key: str, value: Any) -> None:
		if not self.get("__onload"):
			self.set("__onload", frappe._dict())
		self.get("__onload")[key] = value

	def get_onload(self, key: str | None = None) -> Any:
		return self.get("__onload")[key] if key else self.get("__onload", default=frappe._dict())

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


def _merge(result: Any, new: Any) -> Any:
	if new is None:
		return result
	if isinstance(new, dict):
		return {**(result or {}), **new}
	return new


def bulk_insert(
	doctype: str, documents: Iterable[Document], ignore_duplicates: bool = False, chunk_size: int = 10_000
) -> None:
	"""Inserts documents and their rows as they are: no checks, no hooks."""
	documents = list(documents)
	meta = frappe.get_meta(doctype)
	tables = {doctype: documents}
	for df in meta.get_table_fields():
		tables[df.options] = [row for doc in documents for row in doc.get(df.fieldname)]
	for table, rows in tables.items():
		columns = frappe.get_meta(table).get_valid_columns()
		frappe.db.bulk_insert(
			table, columns, _get_values(rows, columns), ignore_duplicates=ignore_duplicates, chunk_size=chunk_size
		)


def _get_values(documents: Iterable[Document], columns: list[str]) -> Iterable[tuple]:
	for doc in documents:
		doc.creation = doc.modified = now()
		doc.owner = doc.modified_by = frappe.session.user
		values = doc.get_valid_dict(ignore_nulls=True, ignore_virtual=True)
		yield tuple(values.get(column) for column in columns)
