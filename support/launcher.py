"""What leads a person to the app on Desk, looked at and rearranged. Runs inside the site."""

import json
from pathlib import Path

import frappe

import event_streaming

TITLE = "Event Streaming"
FILES = (("Workspace Sidebar", "workspace_sidebar"), ("Desktop Icon", "desktop_icon"))


def version() -> int:
	return int(frappe.__version__.partition(".")[0])


def tiles() -> list[dict]:
	from frappe.apps import get_apps

	return [app for app in get_apps() if app["name"] == "event_streaming"]


def records() -> list[dict]:
	return [
		frappe.db.get_value(doctype, TITLE, ["app", "standard"], as_dict=True) for doctype, _folder in FILES
	]


def sidebar_links() -> list[list[str]]:
	items = frappe.get_doc("Workspace Sidebar", TITLE).items
	return [[item.link_type, item.link_to] for item in items if item.type == "Link"]


def own_lists() -> list[str]:
	"""DocTypes of the app that people open: those with rows to look at, and the settings."""
	filters = {"module": TITLE, "istable": 0, "name": ("not in", ("Update Log Head", "Event Stream Fence"))}
	return frappe.get_all("DocType", filters=filters, pluck="name")


def forget_icon_and_sidebar_as_16_makes_them_up() -> None:
	"""As a site of version 0.1 has them: generated for the workspace, of no app."""
	from frappe.utils.install import auto_generate_icons_and_sidebar

	for doctype, _folder in FILES:
		frappe.db.delete(doctype, {"name": TITLE})
	auto_generate_icons_and_sidebar()


def update() -> None:
	"""What `bench migrate` does with them: the patch, then the files."""
	from frappe.modules.import_file import import_file_by_path

	from event_streaming.patches.v1_0.replace_generated_sidebar import execute

	execute()
	package = Path(event_streaming.__file__).parent
	for _doctype, folder in FILES:
		import_file_by_path(str(package / folder / "event_streaming.json"))


def arrange_desk_by_hand() -> None:
	"""A person changes the sidebar, moves icons about and begins the day in this app."""
	user = frappe.session.user
	frappe.db.set_value("User", user, "default_app", "event_streaming")
	frappe.db.set_single_value("System Settings", "default_app", "event_streaming")
	if version() < 16:
		return
	copied = frappe.copy_doc(frappe.get_doc("Workspace Sidebar", TITLE))
	copied.update({"title": f"{TITLE}-{user}", "for_user": user}).insert()
	icons = [{"label": "Framework", "app": "frappe"}, {"label": TITLE, "app": "event_streaming"}]
	frappe.get_doc(doctype="Desktop Layout", user=user, layout=json.dumps(icons)).insert()


def arranged() -> dict:
	layout = frappe.db.get_value("Desktop Layout", frappe.session.user, "layout") if version() >= 16 else "[]"
	return {
		"layout": [icon["label"] for icon in json.loads(layout)],
		"user": frappe.db.get_value("User", frappe.session.user, "default_app") or "",
		"site": frappe.db.get_single_value("System Settings", "default_app", cache=False) or "",
	}
