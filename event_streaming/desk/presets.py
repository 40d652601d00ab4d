"""Presets: sets of rows for an Event Configuration that are known to work together, as data of this app and of others.

A preset is a JSON file: `name`, `description`, `app` that it is for, `doctypes` (rows as the Event Configuration has them, with
`leave_out` as a list; Use Same Name is ticked unless it says 0), `not` (DocTypes that are not to be subscribed to, and why) and
`remarks`. Other apps name theirs by the hook `event_streaming_presets`, as paths in the app: ["presets/mine.json"].

Invariant: what is loaded can be saved on this site: DocTypes and fields that it lacks are left out, and named.
"""

from pathlib import Path

import frappe
from frappe import _

from event_streaming.document.field_paths import checked_paths
from event_streaming.document.streamable import is_streamable, is_takeable
from event_streaming.link.protocol import BESIDES

HOOK = "event_streaming_presets"
OWN = ("erpnext_masters", "erpnext_transactions", "frappe_notes_and_tasks")
TICKS = ("adopt_existing", "shared", "keep_history", "read_only_here", *BESIDES)
TEXTS = ("on_conflict", "condition")


def available() -> list[dict]:
	"""Presets with at least one DocType that this site has: [{`name`, `description`}]"""
	return [
		{"name": preset["name"], "description": _(preset.get("description") or "")}
		for preset in _all()
		if any(_is_here(row) for row in preset["doctypes"])
	]


def read(name: str) -> dict:
	"""
	:returns: `rows` to append, `missing` DocTypes that this site lacks, `avoid` [{`ref_doctype`, `why`}] and `remarks`
	:raises frappe.DoesNotExistError: there is no such preset
	"""
	found = [preset for preset in _all() if preset["name"] == name]
	if not found:
		frappe.throw(_("There is no preset {0}.").format(name), frappe.DoesNotExistError)
	preset = found[0]
	rows = [row for row in preset["doctypes"] if _is_here(row)]
	return {
		"rows": [_fitted(row) for row in rows],
		"missing": [row["ref_doctype"] for row in preset["doctypes"] if not _is_here(row)],
		"avoid": [
			{"ref_doctype": row["ref_doctype"], "why": _(row["why"])}
			for row in preset.get("not") or []
			if frappe.db.exists("DocType", row["ref_doctype"])
		],
		"remarks": [_(remark) for remark in preset.get("remarks") or []],
	}


def needed(doctypes: list[str]) -> list[dict]:
	"""What documents of these DocTypes can't be without, or what a preset knows as master data and they link to:
	[{`ref_doctype`, `why`}], without what is asked for already and what can't be streamed."""
	rows = {row["ref_doctype"]: row for preset in _all() for row in preset["doctypes"]}
	masters = {doctype for doctype in rows if _is_here(rows[doctype]) and not _is_submitted(doctype)}
	kept = {row["ref_doctype"] for preset in _all() for row in preset.get("not") or []} - masters
	found: dict[str, str] = {}
	for doctype in doctypes:
		for table in _with_tables(doctype):
			for field in table.get("fields", {"fieldtype": "Link"}):
				wanted = field.options in masters or (field.reqd and field.options not in kept)
				if wanted and field.options not in doctypes and is_takeable(field.options):
					found.setdefault(field.options, f"{doctype}: {field.label or field.fieldname}")
	return [{"ref_doctype": doctype, "why": why} for doctype, why in found.items()]


def _with_tables(doctype: str) -> list:
	meta = frappe.get_meta(doctype)
	return [meta, *(frappe.get_meta(field.options) for field in meta.get_table_fields())]


def _all() -> list[dict]:
	own = [Path(frappe.get_app_path("event_streaming", "presets", f"{name}.json")) for name in OWN]
	others = [
		Path(frappe.get_app_path(app, *Path(path).parts))
		for app in frappe.get_installed_apps()
		for path in frappe.get_hooks(HOOK, app_name=app) or []
	]
	presets = [frappe.get_file_json(str(path)) for path in (*own, *others)]
	installed = frappe.get_installed_apps()
	return [preset for preset in presets if preset.get("app", "frappe") in installed]


def _is_here(row: dict) -> bool:
	return bool(frappe.db.exists("DocType", row["ref_doctype"])) and is_streamable(row["ref_doctype"])


def _is_submitted(doctype: str) -> bool:
	return bool(frappe.get_meta(doctype).is_submittable)


def _fitted(row: dict) -> dict:
	doctype = row["ref_doctype"]
	same_name = int(row.get("use_same_name", 1))
	fitted = {"ref_doctype": doctype, "use_same_name": same_name}
	fitted |= {field: row[field] for field in (*TICKS, *TEXTS) if row.get(field)}
	if not same_name or _is_submitted(doctype):
		fitted.pop("adopt_existing", None)
	columns = frappe.get_meta(doctype).get_valid_columns()
	matching = [field.strip() for field in (row.get("also_match_by") or "").split(",")]
	if matching := [field for field in matching if field in columns]:
		fitted["also_match_by"] = ", ".join(matching)
	if paths := _known_paths(row.get("leave_out") or [], doctype):
		fitted["leave_out"] = "\n".join(paths)
	return fitted


def _known_paths(paths: list[str], doctype: str) -> list[str]:
	known = []
	for path in paths:
		try:
			known += checked_paths(path, doctype, 0)
		except frappe.ValidationError:
			frappe.clear_last_message()  # another version of the app that brings it
	return known
