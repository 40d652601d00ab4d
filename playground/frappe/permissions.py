"""Who may do what: by roles, as owner, by User Permissions and by apps' hooks. There is no sharing here."""

import copy
from typing import Any

import frappe
from frappe import _
from frappe.playground.missing import module_getattr
from frappe.utils import cint

__getattr__ = module_getattr(__name__)

rights = (
	"select",
	"read",
	"write",
	"create",
	"delete",
	"submit",
	"cancel",
	"amend",
	"print",
	"email",
	"report",
	"import",
	"export",
	"share",
)
GUEST_ROLE = "Guest"
ALL_USER_ROLE = "All"
SYSTEM_USER_ROLE = "Desk User"
ADMIN_ROLE = "Administrator"
AUTOMATIC_ROLES = (GUEST_ROLE, ALL_USER_ROLE, SYSTEM_USER_ROLE, ADMIN_ROLE)


def has_permission(
	doctype: Any,
	ptype: str = "read",
	doc: Any = None,
	user: str | None = None,
	raise_exception: bool = True,
	*,
	parent_doctype: str | None = None,
	debug: bool = False,
) -> bool:
	"""Whether the user has the right on the DocType, or on one document of it. Never raises: with
	`raise_exception` a message says why not."""
	reasons: list[str] = []
	frappe.flags.setdefault("_permission_reasons", []).append(reasons)
	try:
		allowed = _has_permission(doctype, ptype, doc, user or frappe.session.user, parent_doctype)
	finally:
		frappe.flags._permission_reasons.pop()
	if not allowed and raise_exception and (not user or user == frappe.session.user):
		frappe.msgprint("<br>".join(reasons))
	return allowed


def _has_permission(doctype: Any, ptype: str, doc: Any, user: str, parent_doctype: str | None) -> bool:
	if user == "Administrator":
		return True
	if not doc and hasattr(doctype, "doctype"):
		doc, doctype = doctype, doctype.doctype
	if frappe.is_table(doctype):
		return has_child_permission(doctype, ptype, doc, user, parent_doctype=parent_doctype)
	meta = frappe.get_meta(doctype)
	if doc:
		doc = frappe.get_doc(meta.name, doc) if isinstance(doc, str | int) else doc
		allowed = get_doc_permissions(doc, user=user, ptype=ptype).get(ptype)
		if not allowed:
			_tell(_("User {0} does not have access to this document").format(frappe.bold(user)))
		return bool(allowed)
	if ptype == "submit" and not cint(meta.is_submittable):
		_tell(_("Document Type is not submittable"))
		return False
	if ptype == "import" and not cint(meta.allow_import):
		_tell(_("Document Type is not importable"))
		return False
	allowed = get_role_permissions(meta, user=user).get(ptype)
	if not allowed:
		message = _("User {0} does not have doctype access via role permission for document {1}")
		_tell(message.format(frappe.bold(user), frappe.bold(_(doctype))))
	return bool(allowed)


def _tell(reason: str) -> None:
	if frappe.flags._permission_reasons:
		frappe.flags._permission_reasons[-1].append(reason)


def has_child_permission(
	child_doctype: str,
	ptype: str = "read",
	child_doc: Any = None,
	user: str | None = None,
	raise_exception: bool = True,
	parent_doctype: str | None = None,
	*,
	debug: bool = False,
) -> bool:
	"""Rights on a child row are those on its parent, at the permission level of the table."""
	user = user or frappe.session.user
	if isinstance(child_doc, str):
		fields = ("parent", "parenttype", "parentfield")
		child_doc = frappe.db.get_value(child_doctype, child_doc, fields, as_dict=True)
	parent_doctype = child_doc.parenttype if child_doc else parent_doctype
	if not parent_doctype:
		_tell(_("Please specify a valid parent DocType for {0}").format(frappe.bold(child_doctype)))
		return False
	parent_meta = frappe.get_meta(parent_doctype)
	tables = [df.fieldname for df in parent_meta.get_table_fields() if df.options == child_doctype]
	if parent_meta.istable or not tables:
		message = _("{0} is not a valid parent DocType for {1}")
		_tell(message.format(frappe.bold(parent_doctype), frappe.bold(child_doctype)))
		return False
	if child_doc:
		if child_doc.parentfield not in tables:
			_tell(_("{0} is not a valid parentfield for {1}").format(child_doc.parentfield, child_doctype))
			return False
		level = parent_meta.get_field(child_doc.parentfield).permlevel
		if level and level not in parent_meta.get_permlevel_access(ptype, user=user):
			_tell(_("Insufficient Permission Level for {0}").format(frappe.bold(parent_doctype)))
			return False
	parent = child_doc and (getattr(child_doc, "parent_doc", None) or child_doc.parent)
	return _has_permission(parent_doctype, ptype, parent, user, None)


def get_doc_permissions(
	doc: Any, user: str | None = None, ptype: str | None = None, debug: bool = False
) -> dict:
	user = user or frappe.session.user
	meta = frappe.get_meta(doc.doctype)
	is_owner = (doc.get("owner") or "").lower() == user.lower()
	if not has_controller_permissions(doc, ptype, user=user):
		_tell(_("Not allowed via controller permission check"))
		return {ptype: 0}
	permissions = copy.deepcopy(get_role_permissions(meta, user=user, is_owner=is_owner))
	if not cint(meta.is_submittable):
		permissions["submit"] = 0
	if not cint(meta.allow_import):
		permissions["import"] = 0
	if permissions.get("has_if_owner_enabled"):
		permissions.update(permissions.get("if_owner", {}))
	if has_user_permission(doc, user):
		return permissions
	return {**permissions.get("if_owner", {}), "create": 0} if is_owner else {}


def get_role_permissions(
	doctype_meta: Any, user: str | None = None, is_owner: bool | None = None, debug: bool = False
) -> dict:
	"""Rights of all the user's roles together, at permission level 0. Rights that only owners have are in
	`if_owner`; reading counts as given for them, since lists are then filtered by owner."""
	meta = frappe.get_meta(doctype_meta) if isinstance(doctype_meta, str) else doctype_meta
	user = user or frappe.session.user
	if user == "Administrator":
		return allow_everything()
	key = (meta.name, user, bool(is_owner))
	known = frappe.local.role_permissions
	if not known.get(key):
		known[key] = _get_role_permissions(meta, user, is_owner)
	return known[key]


def _get_role_permissions(meta: Any, user: str, is_owner: bool | None) -> frappe._dict:
	roles = get_roles(user)
	rules = [
		rule for rule in meta.get("permissions") or () if rule.role in roles and not cint(rule.permlevel)
	]
	owner_rules = any(rule.get("if_owner") for rule in rules)
	out = frappe._dict(if_owner={}, has_if_owner_enabled=owner_rules)
	for right in rights:
		given = any(rule.get(right) for rule in rules)
		out[right] = cint(given)
		given_to_all = any(rule.get(right) and not rule.get("if_owner") for rule in rules)
		if given and owner_rules and not given_to_all and right != "create":
			out["if_owner"][right] = cint(given and is_owner)
			out[right] = cint(right in ("select", "read"))
	return out


def allow_everything() -> dict[str, int]:
	return dict.fromkeys(rights, 1)


def has_controller_permissions(
	doc: Any, ptype: str | None, user: str | None = None, debug: bool = False
) -> bool:
	"""What apps' `has_permission` hooks say: they can refuse, not grant."""
	hooks = frappe.get_hooks("has_permission", {})
	for method in reversed(hooks.get(doc.doctype, []) + hooks.get("*", [])):
		answer = frappe.call(method, doc=doc, ptype=ptype, user=user or frappe.session.user, debug=debug)
		if answer is not None:
			return bool(answer)
	return True


# User Permissions


def get_user_permissions(user: str | None) -> dict:
	from frappe.core.doctype.user_permission.user_permission import get_user_permissions

	return get_user_permissions(user)


def has_user_permission(doc: Any, user: str | None = None, debug: bool = False) -> bool:
	"""Whether User Permissions leave the document to the user: itself, and all that it and its rows link to."""
	permissions = get_user_permissions(user)
	if not permissions:
		return True
	allowed = get_allowed_docs_for_doctype(permissions.get(doc.doctype, []), doc.doctype)
	if allowed and str(doc.get("name")) not in allowed:
		_tell(_("Not allowed for {0}: {1}").format(_(doc.doctype), doc.get("name")))
		return False
	strict = not doc.meta.issingle and frappe.get_system_settings("apply_strict_user_permissions")
	return all(_may_link(part, doc.doctype, permissions, strict) for part in [doc, *doc.get_all_children()])


def _may_link(part: Any, doctype: str, permissions: dict, strict: Any) -> bool:
	for df in frappe.get_meta(part.get("doctype")).get_link_fields():
		value = part.get(df.fieldname)
		if df.ignore_user_permissions or df.options not in permissions or not (value or strict):
			continue
		allowed = get_allowed_docs_for_doctype(permissions[df.options], doctype)
		if allowed and str(value) not in allowed:
			message = _(
				"You are not allowed to access this {0} record because it is linked to {1} '{2}' in field {3}"
			)
			_tell(message.format(doctype, df.options, value or _("empty"), df.label or df.fieldname))
			return False
	return True


def get_allowed_docs_for_doctype(user_permissions: list, doctype: str) -> list[str]:
	return filter_allowed_docs_for_doctype(user_permissions, doctype, with_default_doc=False)


def filter_allowed_docs_for_doctype(
	user_permissions: list, doctype: str, with_default_doc: bool = True
) -> Any:
	allowed, default = [], None
	for one in user_permissions:
		if one.get("applicable_for") and one.get("applicable_for") != doctype:
			continue
		allowed.append(one.get("doc"))
		if one.get("is_default") or (len(user_permissions) == 1 and with_default_doc):
			default = one.get("doc")
	return (allowed, default) if with_default_doc else allowed


def add_user_permission(
	doctype: str,
	name: str,
	user: str,
	ignore_permissions: bool = False,
	applicable_for: str | None = None,
	is_default: int = 0,
	hide_descendants: int = 0,
) -> None:
	present = get_user_permissions(user).get(doctype, [])
	if any(one["doc"] == name and one.get("applicable_for") == applicable_for for one in present):
		return
	if not frappe.db.exists(doctype, name):
		frappe.throw(_("{0} {1} not found").format(_(doctype), name), frappe.DoesNotExistError)
	frappe.get_doc(
		doctype="User Permission",
		user=user,
		allow=doctype,
		for_value=name,
		is_default=is_default,
		applicable_for=applicable_for,
		apply_to_all_doctypes=0 if applicable_for else 1,
		hide_descendants=hide_descendants,
	).insert(ignore_permissions=ignore_permissions)


# Roles


def get_roles(user: str | None = None, with_standard: bool = True) -> list[str]:
	user = user or frappe.session.user
	if not user or user == "Guest":
		return [GUEST_ROLE]
	roles = frappe.cache.hget("roles", user, lambda: _read_roles(user))
	return roles if with_standard else [role for role in roles if role not in AUTOMATIC_ROLES]


def _read_roles(user: str) -> list[str]:
	if user == "Administrator":
		return frappe.get_all("Role", pluck="name")
	filters = {"parenttype": "User", "parent": user, "role": ("not in", AUTOMATIC_ROLES)}
	roles = [*frappe.get_all("Has Role", filters=filters, pluck="role"), ALL_USER_ROLE, GUEST_ROLE]
	return [*roles, SYSTEM_USER_ROLE] if is_system_user(user) else roles


def is_system_user(user: str | None = None) -> bool:
	return frappe.get_cached_value("User", user or frappe.session.user, "user_type") == "System User"


def get_doctype_roles(doctype: str, access_type: str = "read") -> list[str]:
	return [rule.role for rule in frappe.get_meta(doctype).get("permissions") if rule.get(access_type)]


# Custom permissions


def setup_custom_perms(parent: str) -> bool:
	"""Copies the DocType's own rules, once, so that they can be changed for this site."""
	if frappe.db.exists("Custom DocPerm", {"parent": parent}):
		return False
	for rule in frappe.get_all("DocPerm", fields="*", filters={"parent": parent}):
		custom = frappe.new_doc("Custom DocPerm")
		custom.update(rule)
		custom.insert(ignore_permissions=True)
	return True


def add_permission(doctype: str, role: str, permlevel: int = 0, ptype: str | None = None) -> str | None:
	setup_custom_perms(doctype)
	rule = {"parent": doctype, "role": role, "permlevel": permlevel, "if_owner": 0}
	if frappe.db.get_value("Custom DocPerm", rule):
		message = _("Rule for this doctype, role, permlevel and if-owner combination already exists.")
		frappe.msgprint(message, alert=True)
		return None
	doc = frappe.new_doc("Custom DocPerm")
	doc.update({**rule, "parenttype": "DocType", "parentfield": "permissions", ptype or "read": 1})
	doc.insert()
	frappe.clear_cache(doctype=doctype)
	return doc.name


def update_permission_property(
	doctype: str,
	role: str,
	permlevel: int,
	ptype: str,
	value: Any = None,
	validate: bool = True,
	if_owner: int = 0,
) -> bool:
	out = setup_custom_perms(doctype)
	rule = {"parent": doctype, "role": role, "permlevel": permlevel, "if_owner": if_owner}
	frappe.db.set_value("Custom DocPerm", rule, ptype, value, update_modified=False)
	frappe.clear_cache(doctype=doctype)
	return out
