"""Which DocTypes may be streamed at all, and which are never made here because another site says so.

Both follow one rule: what the framework itself is made of (users, roles, scripts, forms, settings, jobs, keys)
could plant code or rights, so of Frappe's own DocTypes only harmless master data passes. DocTypes of other
apps, and those made in Desk, pass unless their documents are programs.
"""

import frappe
from frappe import _

from event_streaming.document.singles import is_single
from event_streaming.exceptions import NotStreamable

OWN_MODULE = "Event Streaming"
FRAMEWORK_MODULES = frozenset(
	(
		"Automation",
		"Contacts",
		"Core",
		"Custom",
		"Desk",
		"Email",
		"Geo",
		"Integrations",
		"Printing",
		"Social",
		"Website",
		"Workflow",
	)
)
FRAMEWORK_MASTER_DATA = frozenset(
	(
		"Address",
		"Contact",
		"Country",
		"Currency",
		"Event",
		"Gender",
		"Language",
		"Marketing Campaign",
		"Note",
		"Salutation",
		"Tag",
		"ToDo",
		"UTM Campaign",
		"UTM Medium",
		"UTM Source",
	)
)
PROGRAM_LANGUAGES = frozenset(("JS", "Javascript", "Jinja", "Python"))


def check_streamable(doctype: str) -> None:
	"""
	:raises NotStreamable: a site can neither send nor receive documents of this DocType, and why
	"""
	if reason := _obstacle(doctype):
		frappe.throw(reason, NotStreamable, title=_("DocType Cannot Be Streamed"))


def is_streamable(doctype: str) -> bool:
	return _obstacle(doctype) is None


def is_takeable(doctype: str) -> bool:
	"""Whether a document of this DocType may be made here because another one links to it. The settings of a site change only
	where somebody subscribed to them."""
	return _obstacle(doctype) is None and not is_single(doctype)


def is_plantable(doctype: str) -> bool:
	"""Whether a document of this DocType could plant code or rights on this site."""
	meta = frappe.get_meta(doctype)
	if meta.module == OWN_MODULE:
		return True
	if meta.module in FRAMEWORK_MODULES and not meta.custom and doctype not in FRAMEWORK_MASTER_DATA:
		return True
	return any(field.fieldtype == "Code" and field.options in PROGRAM_LANGUAGES for field in meta.fields)


@frappe.whitelist()
@frappe.validate_and_sanitize_search_inputs
def doctype_query(
	doctype: str, txt: str, searchfield: str, start: int, page_len: int, filters: dict | None = None
) -> list[tuple[str, str]]:
	"""Options of a Link field: DocTypes that can be streamed, with the module that they belong to."""
	frappe.has_permission("Event Producer", "read", throw=True)
	table = frappe.qb.DocType("DocType")
	in_framework = table.module.isin(sorted(FRAMEWORK_MODULES)) & (table.custom == 0)
	field = frappe.qb.DocType("DocField")
	holding_programs = (
		frappe.qb.from_(field)
		.select(field.parent)
		.where((field.fieldtype == "Code") & field.options.isin(sorted(PROGRAM_LANGUAGES)))
	)
	return (
		frappe.qb.from_(table)
		.select(table.name, table.module)
		.where(table.name.like(f"%{txt}%"))
		.where((table.istable == 0) & (table.is_virtual == 0))
		.where((table.module != OWN_MODULE) & table.name.notin(holding_programs))
		.where(~in_framework | table.name.isin(sorted(FRAMEWORK_MASTER_DATA)))
		.orderby(table.name)
		.limit(page_len)
		.offset(start)
		.run()
	)


def _obstacle(doctype: str) -> str | None:
	if not frappe.db.exists("DocType", doctype):
		return _("There is no DocType {0} on this site.").format(doctype)
	meta = frappe.get_meta(doctype)
	if meta.istable:
		return _("{0} is a table inside other documents. Stream the documents that it is part of.").format(
			doctype
		)
	if meta.get("is_virtual"):
		return _("{0} is virtual: it has no documents in the database.").format(doctype)
	if is_plantable(doctype):
		return _(
			"{0} is part of the system: its documents could change code or rights. Keep it by hand."
		).format(doctype)
	return None
