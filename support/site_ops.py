"""How the tests set up a site, clear it away and look at what is installed on it. Runs inside the site (see `shell`): arguments
and results are plain JSON."""

import shutil
from pathlib import Path

import frappe
from frappe.utils import add_to_date, now_datetime

from support.ops import exists, make_user

SHOP_MODULE = "Streaming Shop"
APP_MODULE = "Event Streaming"
SUBSCRIBER = "streamer@example.com"
LOGS_TO_EMPTY = (
	"Version",
	"Comment",
	"Tag Link",
	"ToDo",
	"Deleted Document",
	"Error Log",
	"Activity Log",
	"Scheduled Job Log",
	"User Permission",
)
BROUGHT_BY_APPS = (
	"Custom Field",
	"Custom HTML Block",
	"Dashboard",
	"Dashboard Chart",
	"Dashboard Chart Source",
	"Desktop Icon",
	"DocType",
	"Module Def",
	"Module Onboarding",
	"Number Card",
	"Onboarding Step",
	"Page",
	"Property Setter",
	"Report",
	"Role",
	"Scheduled Job Type",
	"Workspace",
	"Workspace Sidebar",
)
COLUMNS = {
	"mariadb": "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = DATABASE()",
	"postgres": (
		"SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = current_schema() "
		"UNION ALL SELECT sequence_name, 'next' FROM information_schema.sequences"
	),
	"sqlite": (
		"SELECT t.name, c.name FROM sqlite_master t JOIN pragma_table_info(t.name) c "
		"WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'"
	),
}


def unmet_requirements(requirements: list[str]) -> list[str]:
	"""Which of them the libraries of this process's Python don't meet."""
	from importlib.metadata import version

	from packaging.requirements import Requirement

	asked = map(Requirement, requirements)
	return [str(one) for one in asked if not one.specifier.contains(version(one.name))]


def describe_environment() -> dict:
	import streaming_shop

	import event_streaming

	return {
		"frappe": frappe.__version__,
		"event_streaming": str(Path(event_streaming.__file__).resolve()),
		"streaming_shop": str(Path(streaming_shop.__file__).resolve()),
		"db_type": frappe.db.db_type,
	}


def inventory() -> dict:
	"""What an app may leave on a site: tables and sequences with their columns, names of what it brought along."""
	brought = {
		doctype: sorted(frappe.get_all(doctype, pluck="name"))
		for doctype in BROUGHT_BY_APPS
		if exists("DocType", doctype)
	}
	return {"tables": _tables(), **brought}


def _tables() -> dict[str, list[str]]:
	tables: dict[str, list[str]] = {}
	for table, column in sorted(frappe.db.sql(COLUMNS[frappe.db.db_type])):
		tables.setdefault(table, []).append(column)
	return tables


def ensure_custom_fields(doctype: str) -> None:
	from event_streaming.consumer.identity.origin_fields import ensure_custom_fields as ensure

	ensure(doctype)


def prepare_site() -> None:
	"""A new site as its administrator would have it on the day after: set up, in UTC, its scheduler on."""
	settings = frappe.get_single("System Settings")
	settings.update({"time_zone": "UTC", "language": "en", "country": "Germany", "setup_complete": 1})
	settings.update({"enable_scheduler": 1, "enable_onboarding": 1})
	settings.flags.ignore_mandatory = True
	settings.save()
	frappe.db.set_single_value("System Settings", "setup_complete", 1)
	_mark_apps_as_set_up()
	frappe.db.set_default("desktop:home_page", "workspace")  # until then Desk shows no bar at its top
	make_user(SUBSCRIBER, ["System Manager"])
	only_our_scheduled_jobs()


def _mark_apps_as_set_up() -> None:
	"""What newer releases of v15, and v16, ask before they open Desk instead of the setup wizard."""
	if exists("DocType", "Installed Application") and frappe.db.has_column(
		"Installed Application", "is_setup_complete"
	):
		apps = frappe.qb.DocType("Installed Application")
		frappe.qb.update(apps).set(apps.is_setup_complete, 1).run()


def only_our_scheduled_jobs() -> None:
	"""Stops the framework's own jobs, which would take the processor from the tests.

	A new site begins in the zone Asia/Kolkata, so what it wrote before lies hours in the future of UTC.
	"""
	for job in frappe.get_all("Scheduled Job Type", fields=["name", "method"]):
		ours = job.method.startswith("event_streaming.")
		values = {"stopped": 0 if ours else 1, "last_execution": now_datetime(), "creation": now_datetime()}
		frappe.db.set_value("Scheduled Job Type", job.name, values, update_modified=False)


def make_schedule_due() -> None:
	"""As if the minute of the schedule had passed."""
	ours = {"method": ("like", "event_streaming.%"), "stopped": 0}
	for name in frappe.get_all("Scheduled Job Type", filters=ours, pluck="name"):
		before = add_to_date(now_datetime(), minutes=-2)
		frappe.db.set_value("Scheduled Job Type", name, "last_execution", before, update_modified=False)


def reset() -> None:
	"""Empties the shop, this app's logs and links, and what tests leave in Frappe's own tables."""
	modules = ("in", [SHOP_MODULE, APP_MODULE])
	doctypes = frappe.get_all("DocType", filters={"module": modules, "issingle": 0}, pluck="name")
	_remove_files(doctypes)
	for doctype in [*doctypes, *LOGS_TO_EMPTY]:
		if doctype != "Update Log Head" and frappe.db.table_exists(doctype):
			frappe.db.delete(doctype)
	singles = frappe.get_all("DocType", filters={"module": modules, "issingle": 1}, pluck="name")
	for single in singles:
		frappe.db.delete("Singles", {"doctype": single})
	for prefix in ("SUP-", "SINV-", "TICKET-", "TASK-"):
		series = frappe.qb.DocType("Series")
		frappe.qb.from_(series).delete().where(series.name.like(f"{prefix}%")).run()
	_remove_customizations([*doctypes, *singles])
	_remove_users()
	_begin_new_epoch()
	# the last of them: filters that a list of Desk was left with
	for prefix in ("document_cache::", "event_streaming", "rl:", "user_permissions", "_user_settings"):
		frappe.cache.delete_keys(prefix)


def _remove_files(doctypes: list[str]) -> None:
	for filters in ({"attached_to_doctype": ("in", doctypes)}, {"file_name": ("like", "test-%")}):
		for name in frappe.get_all("File", filters=filters, pluck="name"):
			frappe.delete_doc("File", name, force=True, ignore_permissions=True)
	shutil.rmtree(frappe.get_site_path("private", "event_streaming_files"), ignore_errors=True)


def _remove_customizations(doctypes: list[str]) -> None:
	for customization, field in (("Custom Field", "dt"), ("Property Setter", "doc_type")):
		filters = {field: ("in", doctypes)}
		for name in frappe.get_all(customization, filters=filters, pluck="name"):
			frappe.delete_doc(customization, name, force=True)


def _remove_users() -> None:
	for name in frappe.get_all("User", filters={"name": ("like", "test-%@example.com")}, pluck="name"):
		frappe.delete_doc("User", name, force=True)
	frappe.db.set_value("User", SUBSCRIBER, "enabled", 1)


def _begin_new_epoch() -> None:
	if frappe.db.table_exists("Update Log Head"):
		values = {"epoch": frappe.generate_hash(length=32), "position": 0, "event_key": ""}
		frappe.db.set_value("Update Log Head", "head", values)
