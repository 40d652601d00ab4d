from pathlib import Path
from uuid import uuid4

import frappe
from frappe.modules import get_module_path

from event_streaming import roles, site
from event_streaming.desk import launcher
from event_streaming.document import schema
from event_streaming.monitoring import alerts
from event_streaming.takeover import layout
from event_streaming.takeover.takeover import take_over

HEAD = "head"
SEQUENCE_CACHE = 1000
HELP_BLOCK = "How Event Streaming Works"
ONBOARDING_STEPS = (
	"Streaming User",
	"Streaming Source",
	"Streaming Approval",
	"Streaming Backfill",
	"Streaming Failures",
)
ORIGIN_FIELDS = ("remote_site_name", "remote_document_name")


def before_install() -> None:
	"""Before Frappe makes the sequence of Update Log without a cache: MariaDB would then write each number to disk before
	it gives it. A number that a cache loses leaves a gap, which nothing minds. Postgres caches by connection, so that
	numbers would not ascend; there it stays without."""
	make_sequence()
	layout.prepare()


def make_sequence() -> None:
	if frappe.db.db_type == "mariadb":
		frappe.db.create_sequence("Update Log", check_not_exists=True, cache=SEQUENCE_CACHE)


def after_install() -> None:
	make_log_head()
	site.settle()
	alerts.make_templates()
	make_help_block()
	take_over()


def make_site_ready() -> None:
	"""For a site on which an app of this name was installed that was not this one."""
	make_log_head()
	if not frappe.db.get_value("Update Log Head", HEAD, "site_id"):
		site.settle()


def after_migrate() -> None:
	schema.forget_digests()
	alerts.make_templates()
	make_help_block()


def before_uninstall() -> None:
	"""Frappe removes the DocTypes and what belongs to the module; the rest of what this app made goes here."""
	remove_origin_fields()
	remove_settings()
	remove_help()
	launcher.remove()
	remove_roles_and_templates()


def after_uninstall() -> None:
	drop_log_sequence()


def make_log_head() -> None:
	"""Give this site's Update Log its identity, once. A second call keeps the first one's."""
	if frappe.db.exists("Update Log Head", HEAD):
		return

	head = frappe.new_doc("Update Log Head", epoch=str(uuid4()), position=0)
	# nosemgrep -- this app's own records; whoever asked was checked before
	head.insert(ignore_permissions=True, set_name=HEAD)


def make_help_block() -> None:
	"""The picture on the workspace. Frappe imports no Custom HTML Block from files of an app."""
	if not frappe.db.exists("DocType", "Custom HTML Block"):
		return
	if frappe.db.exists("Custom HTML Block", HELP_BLOCK):
		block = frappe.get_doc("Custom HTML Block", HELP_BLOCK)
	else:
		block = frappe.new_doc("Custom HTML Block", name=HELP_BLOCK)
	file = Path(get_module_path("Event Streaming"), "custom_html_block", *[frappe.scrub(HELP_BLOCK)] * 2)
	for field, suffix in (("html", ".html"), ("script", ".js"), ("style", ".css")):
		block.set(field, file.with_suffix(suffix).read_text())
	# nosemgrep -- this app's own records; whoever asked was checked before
	block.save(ignore_permissions=True)


def remove_help() -> None:
	"""What the workspace shows and no module owns."""
	for doctype, names in (("Custom HTML Block", (HELP_BLOCK,)), ("Onboarding Step", ONBOARDING_STEPS)):
		if frappe.db.exists("DocType", doctype):
			for name in names:
				# nosemgrep -- this app's own records; whoever asked was checked before
				frappe.delete_doc(doctype, name, force=True, ignore_permissions=True, ignore_missing=True)


def remove_roles_and_templates() -> None:
	for doctype, names in (("Role", roles.OWN), ("Email Template", alerts.TEMPLATES)):
		if frappe.db.exists("DocType", doctype):
			for name in names:
				# nosemgrep -- this app's own records; whoever asked was checked before
				frappe.delete_doc(doctype, name, force=True, ignore_permissions=True, ignore_missing=True)


def remove_origin_fields() -> None:
	ours = {"fieldname": ("in", ORIGIN_FIELDS), "module": "Event Streaming"}
	doctypes = set()
	for field in frappe.get_all("Custom Field", filters=ours, fields=["name", "dt"]):
		# nosemgrep -- this app's own records; whoever asked was checked before
		frappe.delete_doc("Custom Field", field.name, force=True, ignore_permissions=True)
		doctypes.add(field.dt)
	for doctype in doctypes:
		drop_origin_columns(doctype)


def drop_origin_columns(doctype: str) -> None:
	"""Frappe keeps the column of a deleted field. MariaDB and Postgres drop its index with it, SQLite refuses."""
	if frappe.db.db_type == "sqlite":
		for index in _sqlite_indexes(doctype):
			# nosemgrep -- placeholders, and names read from the database itself
			frappe.db.sql_ddl(f"drop index `{index}`")
	for column in ORIGIN_FIELDS:
		if frappe.db.has_column(doctype, column):
			# nosemgrep -- placeholders, and names read from the database itself
			frappe.db.sql_ddl(f"alter table `tab{doctype}` drop column `{column}`")


def remove_settings() -> None:
	"""Rows about this app in tables of the framework."""
	frappe.db.delete("Scheduled Job Type", {"method": ("like", "event_streaming.%")})
	frappe.db.delete(
		"Logs To Clear",
		{"ref_doctype": ("in", ["Event Sync Log", "Event By-Product", "Event Streaming Alert"])},
	)
	frappe.db.delete("__Auth", {"doctype": ("in", ["Event Producer", "Event Consumer"])})


def drop_log_sequence() -> None:
	"""Frappe drops the table of a DocType, not the sequence that numbered its rows. SQLite has none."""
	if frappe.db.db_type != "sqlite":
		frappe.db.sql_ddl("drop sequence if exists update_log_id_seq")
		# nosemgrep -- Frappe does nothing after this hook; on Postgres the drop is part of a transaction
		frappe.db.commit()


def _sqlite_indexes(doctype: str) -> list[str]:
	# nosemgrep -- written by the query builder, or of one database alone
	made_by = frappe.db.sql(
		"select name, sql from sqlite_master where type = 'index' and tbl_name = %s", f"tab{doctype}"
	)
	return [name for name, statement in made_by if any(field in (statement or "") for field in ORIGIN_FIELDS)]
