"""What a site's own records say of what people did there, for who judges a history. Runs inside the site."""

import json

import frappe

from support.shared_history import TOKEN

SUBSCRIBER = "streamer@example.com"


def testimony(doctypes: list[str], after: int) -> dict:
	"""
	:param after: position in the Update Log behind which the history began
	:returns: `written`: tokens that people wrote here; `changed`: those that they replaced, removed or deleted, having seen them;
	`recorded`: those of which a row says that they lost; `carried`: the highest docstatus that people gave a document here;
	`deleted`: cancelled documents that people deleted here."""
	told: dict = {"written": set(), "changed": set(), "recorded": set(), "carried": {}, "deleted": set()}
	for row in _own_changes(doctypes, after):
		data = json.loads(row.data or "{}")
		was = data.pop("was", {})
		told["written"] |= _tokens(data)
		told["changed"] |= _tokens(was)
		state = (data.get("changed") or {}).get("docstatus") or (
			data.get("docstatus") if row.update_type == "Create" else 0
		)
		if state and row.ref_doctype == "Shop Invoice":
			told["carried"][row.docname] = max(state, told["carried"].get(row.docname, 0))
		if row.update_type == "Delete" and data.get("docstatus") == 2:
			told["deleted"].add(row.docname)
	filters = {"owner": ["!=", SUBSCRIBER], "deleted_doctype": ["in", doctypes]}
	for data in frappe.get_all("Deleted Document", filters=filters, pluck="data"):
		told["changed"] |= _tokens(data)
	for conflict in frappe.get_all("Event Sync Log", filters={"conflict": ["is", "set"]}, pluck="conflict"):
		told["recorded"] |= _tokens(conflict)
	return {key: sorted(value) if isinstance(value, set) else value for key, value in told.items()}


def _own_changes(doctypes: list[str], after: int) -> list:
	return frappe.get_all(
		"Update Log",
		filters={"ref_doctype": ["in", doctypes], "path": "[]", "position": [">", after]},
		fields=["update_type", "ref_doctype", "docname", "data"],
		order_by="name asc",
	)


def _tokens(value: object) -> set[str]:
	return set(TOKEN.findall(value if isinstance(value, str) else json.dumps(value)))
