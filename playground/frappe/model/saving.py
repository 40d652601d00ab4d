"""What happens to a document on the way into the table: name, state, parents, hooks, version."""

import frappe
from frappe import _
from frappe.model.base_document import BaseDocument
from frappe.model.docstatus import DocStatus
from frappe.model.naming import set_new_name, validate_name
from frappe.utils import cstr, now


class Saving(BaseDocument):
	def set_new_name(
		self, force: bool = False, set_name: str | None = None, set_child_names: bool = True
	) -> None:
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
		if self.is_new() and not (
			frappe.flags.in_install or frappe.flags.in_patch or frappe.flags.in_migrate
		):
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
