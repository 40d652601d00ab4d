"""How a person finds this app: its tile among a site's apps and, on v16, an icon and a sidebar of its own.

Icon and sidebar are files, `desktop_icon/` and `workspace_sidebar/`, that v16 imports as it imports DocTypes; v15 reads
neither, there the workspace lies below Integrations.
"""

import json

import frappe
from frappe.utils import cint

APP, TITLE = "event_streaming", "Event Streaming"
HOME_16 = "/desk/event-streaming"
CHILDREN = {"Workspace Sidebar": "Workspace Sidebar Item", "Desktop Icon": "Has Role"}


def tiles() -> list[dict]:
	"""For the hook `add_to_apps_screen`. Version 15 sends a user who opens a tile to some other workspace when this one's name
	has a space in it (15.101: `apps.get_route`), after each login too: there is none there."""
	if cint(frappe.__version__.partition(".")[0]) < 16:
		return []
	logo = "/assets/event_streaming/images/event-streaming-logo.svg"
	allowed = "event_streaming.desk.launcher.may_open"
	return [{"name": APP, "title": TITLE, "logo": logo, "route": HOME_16, "has_permission": allowed}]


def may_open() -> bool:
	"""Whether the person who asks sees the tile."""
	return frappe.has_permission("Event Producer", "read")


def remove() -> None:
	"""All that leads to the app, people's own copies included. Frappe 16 leaves the icon (16.9), and in developer mode
	would delete the app's own files with the records: hence rows, not documents."""
	for doctype in CHILDREN:
		_delete(doctype, [row.name for row in _rows(doctype) if row.app == APP or _is_named_after_app(row)])
	_forget_layouts()
	_forget_default_app()


def remove_generated() -> None:
	"""What v16 made up for the workspace while the app had neither icon nor sidebar. It would keep ours from being
	imported, since it is younger than the file."""
	for doctype in CHILDREN:
		_delete(doctype, [row.name for row in _rows(doctype) if row.name == TITLE and not row.standard])


def _rows(doctype: str) -> list:
	if not (frappe.db.table_exists(doctype) and frappe.db.has_column(doctype, "app")):
		return []
	owner = ["for_user"] if doctype == "Workspace Sidebar" else []
	return frappe.get_all(doctype, fields=["name", "app", "standard", *owner])


def _is_named_after_app(row: dict) -> bool:
	return row["name"] in (TITLE, f"{TITLE}-{row.get('for_user')}")


def _delete(doctype: str, names: list[str]) -> None:
	if not names:
		return
	frappe.db.delete(CHILDREN[doctype], {"parenttype": doctype, "parent": ("in", names)})
	frappe.db.delete(doctype, {"name": ("in", names)})
	frappe.cache.delete_key("desktop_icons")
	frappe.cache.delete_key("bootinfo")


def _forget_layouts() -> None:
	"""Whoever has arranged Desk by hand has a copy of each icon in that arrangement."""
	if not frappe.db.table_exists("Desktop Layout"):
		return
	for row in frappe.get_all("Desktop Layout", fields=["name", "layout"]):
		icons = json.loads(row.layout or "[]")
		kept = [icon for icon in icons if icon.get("app") != APP and icon.get("label") != TITLE]
		if len(kept) < len(icons):
			frappe.db.set_value("Desktop Layout", row.name, "layout", json.dumps(kept))


def _forget_default_app() -> None:
	frappe.db.delete("Singles", {"doctype": "System Settings", "field": "default_app", "value": APP})
	if frappe.db.has_column("User", "default_app"):
		frappe.db.set_value("User", {"default_app": APP}, "default_app", "")
