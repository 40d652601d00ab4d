"""The fields of a DocType, as far as documents of another site have to fit them, and a digest of them.

The digest travels with each page of a feed, so that the other site looks again when fields have changed.
"""

import hashlib
import json
from collections.abc import Callable, Iterable
from typing import Any

import frappe
from frappe.model import display_fieldtypes, table_fields

FACTS = (
	"fieldname", "label", "fieldtype", "options", "reqd", "length", "precision", "unique", "default", "is_custom_field",
)  # fmt: skip
DIGESTED = ("fieldname", "fieldtype", "options", "reqd", "length", "precision", "unique")
NOT_TOLD = {"Password", *display_fieldtypes}
SIZE = 12  # bytes
DIGESTS = "event_streaming:schema_digests"
LIFETIME = 60  # seconds, should a change of fields have been heard of by nobody


def describe(doctype: str, is_hidden: Callable[[str, str], bool] = lambda table, field: False) -> list[dict]:
	"""Each field that holds a value, in the form's order; those of a table's rows as its `fields`.

	:param is_hidden: by table ("" for the document itself) and fieldname
	"""
	fields = _described(doctype, "", is_hidden)
	for field in fields:
		if field["fieldtype"] in table_fields:
			field["fields"] = _described(field["options"], field["fieldname"], is_hidden)
	return fields


def digests(doctypes: Iterable[str]) -> dict[str, str]:
	"""By DocType, of those that are here."""
	known = frappe.cache.get_value(DIGESTS, expires=True) or {}
	missing = [doctype for doctype in doctypes if doctype not in known]
	if missing:
		known |= {doctype: _digest(doctype) for doctype in missing if frappe.db.exists("DocType", doctype)}
		frappe.cache.set_value(DIGESTS, known, expires_in_sec=LIFETIME)
	return {doctype: known[doctype] for doctype in doctypes if doctype in known}


def forget_digests(doc: Any = None, method: str | None = None) -> None:
	"""When fields may have changed."""
	frappe.cache.delete_value(DIGESTS)


def _described(doctype: str, table: str, is_hidden: Callable[[str, str], bool]) -> list[dict]:
	return [
		{fact: field.get(fact) for fact in FACTS}
		for field in frappe.get_meta(doctype).fields
		if field.fieldtype not in NOT_TOLD
		and not field.get("is_virtual")
		and not is_hidden(table, field.fieldname)
	]


def _digest(doctype: str) -> str:
	facts = [
		[_facts(field), [_facts(row) for row in field.get("fields") or []]] for field in describe(doctype)
	]
	text = json.dumps(sorted(facts, key=str))
	return hashlib.blake2b(text.encode(), digest_size=SIZE).hexdigest()


def _facts(field: dict) -> list[str]:
	return [str(field[fact] or "") for fact in DIGESTED]
