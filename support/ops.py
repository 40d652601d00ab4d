"""What the tests can do with documents of a site, and how they look at it. Runs inside the site (see `shell`): arguments and
results are plain JSON."""

import json

import frappe
from frappe.utils import cint, to_timedelta
from frappe.utils.password import get_decrypted_password

from support import factories

# --- documents -----------------------------------------------------------------------------------------------------


def create(doctype: str, **values) -> dict:
	"""A document from its factory, see `factories`."""
	return as_plain(factories.create_test_document(doctype, **values))


def insert(doctype: str, **values) -> dict:
	return as_plain(frappe.get_doc({"doctype": doctype, **values}).insert())


def insert_and_submit(doctype: str, **values) -> dict:
	"""Both on one object, as server code often does."""
	doc = factories.new_test_document(doctype, **values)
	doc.insert()
	doc.submit()
	return as_plain(doc)


def update(doctype: str, name: str, **values) -> dict:
	doc = frappe.get_doc(doctype, name)
	doc.update(values)
	doc.save()
	return as_plain(doc)


def append_row(doctype: str, name: str, table: str, **values) -> dict:
	doc = frappe.get_doc(doctype, name)
	doc.append(table, values)
	doc.save()
	return as_plain(doc)


def update_row(doctype: str, name: str, table: str, row: int, **values) -> dict:
	"""
	:param row: place of the row, from 1
	"""
	doc = frappe.get_doc(doctype, name)
	doc.get(table)[row - 1].update(values)
	doc.save()
	return as_plain(doc)


def remove_row(doctype: str, name: str, table: str, row: int) -> dict:
	doc = frappe.get_doc(doctype, name)
	doc.remove(doc.get(table)[row - 1])
	doc.save()
	return as_plain(doc)


def reorder_rows(doctype: str, name: str, table: str, order: list[int]) -> dict:
	"""
	:param order: the rows' present places, in the order that is wanted
	"""
	doc = frappe.get_doc(doctype, name)
	rows = doc.get(table)
	doc.set(table, [rows[place - 1] for place in order])
	for place, row in enumerate(doc.get(table), start=1):
		row.idx = place
	doc.save()
	return as_plain(doc)


def submit(doctype: str, name: str) -> dict:
	doc = frappe.get_doc(doctype, name)
	doc.submit()
	return as_plain(doc)


def cancel(doctype: str, name: str) -> dict:
	doc = frappe.get_doc(doctype, name)
	doc.cancel()
	return as_plain(doc)


def amend(doctype: str, name: str, **values) -> dict:
	"""The draft that follows a cancelled document."""
	doc = frappe.copy_doc(frappe.get_doc(doctype, name))
	doc.amended_from = name
	doc.docstatus = 0
	doc.update(values)
	return as_plain(doc.insert())


def rename(doctype: str, name: str, new_name: str, merge: bool = False) -> str:
	return frappe.rename_doc(doctype, name, new_name, merge=merge, show_alert=False)


def delete(doctype: str, name: str) -> None:
	frappe.delete_doc(doctype, name)


def delete_if_there(doctype: str, name: str) -> None:
	frappe.delete_doc(doctype, name, force=True, ignore_missing=True)


def discard(doctype: str, name: str) -> None:
	"""A draft that is cancelled without having been submitted (Frappe 16)."""
	frappe.get_doc(doctype, name).discard()


def db_set(doctype: str, name: str, **values) -> dict:
	doc = frappe.get_doc(doctype, name)
	doc.db_set(values)
	return as_plain(doc)


def db_set_row(doctype: str, name: str, table: str, row: int, **values) -> dict:
	doc = frappe.get_doc(doctype, name)
	doc.get(table)[row - 1].db_set(values)
	return as_plain(doc)


def shop_reports() -> list[str]:
	"""What this site has told the tax office."""
	from streaming_shop.outside import REPORTS

	return [name.decode() for name in frappe.cache.lrange(REPORTS, 0, -1)]


def today_here() -> str:
	return frappe.utils.today()


def set_value_silently(doctype: str, name: str, **values) -> None:
	"""`frappe.db.set_value`: what no hook hears."""
	frappe.db.set_value(doctype, name, values)


def write_some(number: int) -> dict[str, list[str]]:
	"""A few changes of each kind, in one transaction: notes, one of them poison, and an invoice whose customer and
	items nobody subscribed to; earlier notes are changed and deleted.
	"""
	notes = [
		factories.create_test_document("Shop Note", title=f"note {number}.{place}") for place in range(4)
	]
	poison = factories.create_test_document("Shop Note", title=f"POISON {number}")
	for doc in [*notes, poison]:
		doc.priority = number
		doc.save()
	notes[0].delete()
	invoice = factories.create_test_document("Shop Invoice")
	invoice.submit()
	return {
		"Shop Note": [note.name for note in notes[1:]],
		"Shop Invoice": [invoice.name],
		"poison": [poison.name],
	}


# --- looking -------------------------------------------------------------------------------------------------------


def get(doctype: str, name: str) -> dict:
	return as_plain(frappe.get_doc(doctype, name))


def exists(doctype: str, name: str) -> bool:
	return bool(frappe.db.exists(doctype, name, cache=False))


def names(doctype: str, **filters) -> list[str]:
	return frappe.get_all(doctype, filters=filters, pluck="name", order_by="creation asc, name asc")


def count(doctype: str, **filters) -> int:
	return frappe.db.count(doctype, filters)


def rows(
	doctype: str,
	fields: list[str],
	filters: dict | list | None = None,
	order_by: str = "creation asc, name asc",
) -> list[dict]:
	return frappe.get_all(doctype, filters=filters or {}, fields=fields, order_by=order_by)


def value(doctype: str, name: str, field: str):
	return frappe.db.get_value(doctype, name, field)


def password(doctype: str, name: str, field: str) -> str | None:
	return get_decrypted_password(doctype, name, field, raise_exception=False)


def stored_values(doctype: str, name: str) -> dict | None:
	"""All that the database holds of one document: its columns, and for each table the rows' columns, in order.

	Without what each site keeps for itself (who wrote when, places in a nested set, tags and likes) and without
	passwords. None when it isn't there.
	"""
	meta = frappe.get_meta(doctype)
	found = [_single(meta)] if cint(meta.issingle) else _read_columns(doctype, {"name": name})
	if not found:
		return None
	document = found[0]
	document.pop("idx", None)  # of a document it counts how often others link to it
	for field in meta.get_table_fields():
		of_parent = {"parent": name, "parenttype": doctype, "parentfield": field.fieldname}
		document[field.fieldname] = _read_columns(field.options, of_parent, order_by="idx")
	return document


def _single(meta) -> dict:
	"""Frappe keeps texts alone, and what is empty in several ways."""
	doc = frappe.get_doc(meta.name)
	times = {field.fieldname for field in meta.fields if field.fieldtype == "Time"}
	kept = sorted(set(meta.get_valid_columns()) - _own_columns(meta))
	values = {field: doc.get(field) for field in kept}
	values |= {field: to_timedelta(str(values[field])) for field in times if values[field]}
	return {field: str(value) if value else "" for field, value in values.items()}


def _read_columns(doctype: str, filters: dict, order_by: str = "name") -> list[dict]:
	return frappe.get_all(
		doctype, filters=filters, fields=compared_columns(doctype), order_by=f"{order_by} asc"
	)


def compared_columns(doctype: str) -> list[str]:
	"""What of a table is the document's: a field that is gone leaves its column, and some each site keeps for itself."""
	meta = frappe.get_meta(doctype)
	kept = set(meta.get_valid_columns()) - _own_columns(meta)
	return [column for column in frappe.db.get_table_columns(doctype) if column in kept]


def _own_columns(meta) -> set[str]:
	own = {
		"owner",
		"creation",
		"modified",
		"modified_by",
		"parent",
		"_user_tags",
		"_comments",
		"_assign",
		"_liked_by",
		"_seen",
	}
	own |= {"remote_site_name", "remote_document_name"}
	if cint(meta.get("is_tree")):
		own |= {"lft", "rgt", "old_parent"}
	return own | {field.fieldname for field in meta.fields if field.fieldtype == "Password"}


def as_plain(doc) -> dict:
	return json.loads(frappe.as_json(doc.as_dict()))


def as_plain_rows(rows: list[dict]) -> list[dict]:
	return json.loads(frappe.as_json(rows))


# --- customizing a site ----------------------------------------------------------------------------------------------


def set_property(doctype: str, fieldname: str, prop: str, value: str, kind: str = "Check") -> None:
	"""What Customize Form does; undone by the reset between tests."""
	from frappe.custom.doctype.property_setter.property_setter import make_property_setter

	make_property_setter(doctype, fieldname, prop, value, kind)
	frappe.clear_cache(doctype=doctype)


def add_custom_field(doctype: str, **field) -> None:
	from frappe.custom.doctype.custom_field.custom_field import create_custom_field

	create_custom_field(doctype, frappe._dict(field))


def make_mandatory(doctype: str, fieldname: str) -> None:
	set_property(doctype, fieldname, "reqd", "1")


def make_optional(doctype: str, fieldname: str) -> None:
	set_property(doctype, fieldname, "reqd", "0")


def make_user(email: str, roles: list[str], enabled: int = 1) -> str:
	if frappe.db.exists("User", email):
		return email  # on SQLite, Frappe's `ignore_if_duplicate` doesn't know this error
	user = frappe.get_doc(doctype="User", email=email, first_name=email.split("@")[0], enabled=enabled)
	user.send_welcome_email = 0
	user.append_roles(*roles)
	return user.insert(ignore_permissions=True).name


def give_role(email: str, role: str) -> None:
	frappe.get_doc("User", email).add_roles(role)


def disable_user(email: str, enabled: int = 0) -> None:
	frappe.db.set_value("User", email, "enabled", enabled)
