"""Also Match By: the fields that say, in addition to its name, which document of this site a producer's document is.

One rule for adoption, by-products and backfill: two documents are one if all declared fields are equal, and not all of them
empty. Nothing is guessed; where no fields are declared, nothing is matched.
"""

import json
from collections.abc import Sequence

import frappe
from frappe import _
from frappe.model import table_fields
from frappe.utils import cstr

from event_streaming.document import snapshot
from event_streaming.document.values import MOMENTS, same_value

TEXTS = ("Text", "Small Text", "Long Text", "Text Editor", "Code", "HTML Editor", "Markdown Editor", "JSON")
ASKED_BY_VALUE = ("Data", "Link", "Dynamic Link", "Select", *MOMENTS)
MOST = 50  # documents of this site that are looked at


def parse(value: str | None) -> tuple[str, ...]:
	"""Fieldnames, separated by commas or lines, or as a JSON list.

	:raises frappe.ValidationError: it looks like JSON and is not a list of texts
	"""
	text = cstr(value).strip()
	if not text.startswith("["):
		names = text.replace("\n", ",").split(",")
		return tuple(dict.fromkeys(name.strip() for name in names if name.strip()))
	try:
		names = json.loads(text)
	except ValueError:
		names = None
	if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
		frappe.throw(
			_("{0} is neither a list of fieldnames nor fieldnames separated by commas.").format(text[:140])
		)
	return tuple(dict.fromkeys(names))


def check(doctype: str, names: Sequence[str]) -> None:
	"""
	:raises frappe.ValidationError: one of them is not a field of `doctype` by which documents can be told apart
	"""
	meta = frappe.get_meta(doctype)
	stored = snapshot.stored_fields(meta)
	for name in names:
		field = meta.get_field(name)
		if not field or name not in stored or field.fieldtype in table_fields:
			frappe.throw(
				_(
					"{0} has no field {1} with one value. Use fieldnames of this site, for example: {2}"
				).format(_(doctype), name, ", ".join(stored[:3]))
			)
		if field.fieldtype in TEXTS:
			frappe.throw(_("{0} is a long text: documents can't be matched by it.").format(name))


def find(doctype: str, names: Sequence[str], values: dict) -> list[str]:
	"""Names of the documents here whose declared fields are equal to those of `values`, oldest first.

	:param names: the declared fields
	:param values: of a document as it is to be here; one that doesn't say all of them matches nothing
	"""
	if not names or not all(name in values for name in names):
		return []
	meta = frappe.get_meta(doctype)
	if all(same_value(meta.get_field(name), values[name], None) for name in names):
		return []
	here = snapshot.read_many(doctype, _candidates(doctype, names, values))
	return [
		found
		for found, document in here.items()
		if all(same_value(meta.get_field(name), values[name], document.get(name)) for name in names)
	]


def _candidates(doctype: str, names: Sequence[str], values: dict) -> list[str]:
	"""What the database takes for equal in the fields that it can be asked for."""
	meta, table = frappe.get_meta(doctype), frappe.qb.DocType(doctype)
	query = frappe.qb.from_(table).select(table.name).orderby(table.creation).limit(MOST)
	for name in names:
		fieldtype = meta.get_field(name).fieldtype
		if fieldtype not in ASKED_BY_VALUE:
			continue
		empty = table[name].isnull()
		if fieldtype not in MOMENTS:
			empty = empty | (table[name] == "")
		query = query.where(table[name] == values[name] if values[name] else empty)
	return [str(name) for (name,) in query.run()]
