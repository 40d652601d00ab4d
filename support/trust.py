"""What an attacker's test does on a site beforehand and looks at afterwards. Runs inside the site."""

import hashlib
import json
from pathlib import Path

import frappe
from frappe.utils.password import update_password

import event_streaming
from support.visitor import PASSWORD

# What any request, also one that is refused, may touch.
VOLATILE_FIELDS = {"last_contact", "last_login", "last_active", "last_ip", "modified", "creation", "idx"}
WATCHED_DOCTYPES = (
	"User",
	"Has Role",
	"Role",
	"Custom Field",
	"Property Setter",
	"DocType",
	"Server Script",
	"Client Script",
	"File",
	"User Permission",
)
WATCHED_MODULES = ("Event Streaming", "Streaming Shop")


def log_in_with_password(user: str, roles: list[str] | None = None) -> None:
	"""Makes `user` able to log in with PASSWORD; makes the user itself, with these roles, if need be."""
	if not frappe.db.exists("User", user):
		doc = frappe.get_doc(doctype="User", email=user, first_name="Test", send_welcome_email=0)
		doc.append_roles(*(roles or []))
		doc.insert(ignore_permissions=True)
	update_password(user, PASSWORD)


def fingerprints() -> dict[str, str]:
	"""{DocType: digest of all its rows}, of all that a link or a stranger could want to change."""
	ours = frappe.get_all(
		"DocType", filters={"module": ["in", WATCHED_MODULES], "issingle": 0, "is_virtual": 0}, pluck="name"
	)
	return {doctype: _digest(doctype) for doctype in {*ours, *WATCHED_DOCTYPES}}


def error_log() -> list[str]:
	return frappe.get_all("Error Log", pluck="error")


def link_key(doctype: str, name: str) -> dict[str, str]:
	"""Key and secret of a link, as this site keeps them."""
	key_field, secret_field = {
		"Event Consumer": ("link_key", "link_secret"),
		"Event Producer": ("api_key", "api_secret"),
	}[doctype]
	return {
		"key": frappe.db.get_value(doctype, name, key_field),
		"secret": frappe.utils.password.get_decrypted_password(doctype, name, secret_field),
	}


def places_of(text: str) -> list[str]:
	"""Tables that hold `text` in any column, and files of logs below this site and its bench that do."""
	tables = [table for table in frappe.db.get_tables(cached=False) if table.startswith(("tab", "__"))]
	found = [table for table in tables if _table_holds(table, text)]
	for folder in (Path(frappe.get_site_path("logs")), Path(frappe.utils.get_bench_path(), "logs")):
		found += [str(file) for file in folder.glob("**/*.log*") if text in file.read_text(errors="replace")]
	return found


def queued_jobs() -> str:
	"""All that waits in the queues, as it is written there."""
	from frappe.utils.background_jobs import get_redis_conn

	connection = get_redis_conn()
	jobs = [connection.hgetall(key) for key in connection.keys("rq:job:*")]
	return repr(jobs) + "".join(repr(_unpacked(job.get(b"data"))) for job in jobs)


def package_folder() -> str:
	return str(Path(event_streaming.__file__).parent)


def epoch() -> str:
	return frappe.db.get_value("Update Log Head", "head", "epoch")


def _unpacked(data: bytes | None) -> str:
	import pickle
	import zlib

	try:
		return repr(pickle.loads(zlib.decompress(data)))
	except Exception as error:
		return repr(error)


def _table_holds(table: str, text: str) -> bool:
	rows = frappe.db.sql(f"select * from `{table}`", as_dict=True)
	return any(text in str(value) for row in rows for value in row.values())


def _digest(doctype: str) -> str:
	if not frappe.db.table_exists(doctype):
		return ""
	columns = sorted(set(frappe.db.get_table_columns(doctype)) - VOLATILE_FIELDS)
	rows = frappe.get_all(doctype, fields=columns, order_by="name asc")
	return hashlib.sha256(json.dumps(rows, default=str, sort_keys=True).encode()).hexdigest()


def let_only_owners_read(doctype: str, role: str) -> None:
	"""As the Role Permission Manager does; `restore_permissions` undoes it."""
	from frappe.permissions import add_permission, update_permission_property

	frappe.db.delete("Custom DocPerm", {"parent": doctype})
	add_permission(doctype, role, 0)
	for right in ("read", "write", "create", "if_owner"):
		update_permission_property(doctype, role, 0, right, 1, validate=False)
	frappe.clear_cache(doctype=doctype)


def restore_permissions(doctype: str) -> None:
	frappe.db.delete("Custom DocPerm", {"parent": doctype})
	frappe.clear_cache(doctype=doctype)


def keep_back(consumer: str, doctype: str, **values) -> None:
	"""What the producer's administrator keeps from a consumer, of a DocType that it asked for or not."""
	doc = frappe.get_doc("Event Consumer", consumer)
	rows = [row for row in doc.consumer_doctypes if row.ref_doctype == doctype]
	row = rows[0] if rows else doc.append("consumer_doctypes", {"ref_doctype": doctype, "unsubscribed": 1})
	row.update(values)
	doc.save()


def create_named(doctype: str, name: str, **values) -> str:
	"""A document under a name of one's choice."""
	from support.factories import new_test_document

	return new_test_document(doctype, **values).insert(set_name=name).name


def origin_on_form(doctype: str, name: str) -> dict | None:
	"""What the form of a document is told of its origin."""
	from event_streaming.desk.origin import tell_form

	doc = frappe.get_doc(doctype, name)
	tell_form(doc)
	return (doc.get("__onload") or {}).get("event_streaming")


def store_as_told(doctype: str, fields: list[str], text: str) -> None:
	"""A row of one of this app's own records in which a text stands that another site told, past all checks."""
	doc = frappe.new_doc(doctype)
	doc.update({field.fieldname: 1 for field in doc.meta.fields if field.fieldtype == "Int"})
	doc.name = frappe.generate_hash(length=10)
	doc.update(dict.fromkeys(fields, text[:140]))
	doc.db_insert()


def forget_guest_limits() -> None:
	"""As if nobody had asked anything in the last hour."""
	frappe.cache.delete_keys("rl:")
