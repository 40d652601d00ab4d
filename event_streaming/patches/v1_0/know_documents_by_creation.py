"""Version 0.1 knew sites by their URLs and documents by their names. The site gets an id; the register learns when the
documents here were made. What they are at their sources comes with the next event of each."""

import frappe

from event_streaming import bulk, site
from event_streaming.document.snapshot import creations

AT_ONCE = 500


def execute() -> None:
	if not frappe.db.get_value("Update Log Head", site.HEAD, "site_id"):
		site.settle()
	register = frappe.qb.DocType("Remote Document")
	doctypes = frappe.qb.from_(register).select(register.local_doctype).distinct().run()
	for (doctype,) in doctypes:
		if frappe.db.table_exists(doctype):
			_fill(doctype)


def _fill(doctype: str) -> None:
	register = frappe.qb.DocType("Remote Document")
	rows = (
		frappe.qb.from_(register)
		.select(register.name, register.local_docname)
		.where(register.local_doctype == doctype)
		.where(register.local_creation.isnull())  # "is not set" means a comparison with a text on v16
		.run(as_dict=True)
	)
	for start in range(0, len(rows), AT_ONCE):
		some = rows[start : start + AT_ONCE]
		created = creations(doctype, {row.local_docname for row in some if row.local_docname})
		found = {row.name: (created[row.local_docname],) for row in some if created.get(row.local_docname)}
		bulk.set_each("Remote Document", ("local_creation",), found)
