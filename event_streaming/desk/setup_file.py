"""The set-up of a site's links as a file: exported, and applied to this or another site.

Invariants:
- No key, secret, token or code is ever exported, and none but an invitation's code is taken from a file.
- Applying is idempotent: what is as the file says is not saved again. What the file doesn't name is left alone.
- Each record is saved by its own controller and committed by itself, since saving an Event Producer asks another site. One that
  is refused doesn't keep the others from being applied.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import frappe
from frappe import _
from frappe.utils import cint, cstr, flt

from event_streaming.document.field_types import LAYOUT_TYPES, SECRET_TYPES, TABLE_TYPES
from event_streaming.exceptions import UrlNotAllowed
from event_streaming.link import urls
from event_streaming.link.messages import plain_text
from event_streaming.producer import invitations

VERSION = 1
CREATED, CHANGED, UNCHANGED, FAILED = "created", "changed", "unchanged", "failed"
CODE = "invitation_code"


@dataclass(frozen=True)
class Kind:
	section: str
	doctype: str
	key: str = ""  # fieldname by which a record is known; "" for a single document
	table: str = ""
	row_key: str = ""
	not_exported: tuple[str, ...] = ()
	fields: tuple[str, ...] = ()  # none: all that a person can set
	row_fields: tuple[str, ...] = ()
	is_made: bool = True


KINDS = (
	Kind("settings", "Event Streaming Settings", table="recipients", row_key="recipient"),
	Kind("mappings", "Document Type Mapping", "mapping_name", "field_mapping", "local_fieldname"),
	Kind(
		"producers", "Event Producer", "producer_url", "producer_doctypes", "ref_doctype",
		not_exported=(CODE, "callback_url"),
	),
	Kind("value_maps", "Value Map", "map_name", "values", "remote_value"),
	Kind(
		"consumers", "Event Consumer", "callback_url", "consumer_doctypes", "ref_doctype",
		fields=("paused",), row_fields=("status", "left_out_fields", "own_filter", "keep_files_back", "keep_annotations_back"), is_made=False,
	),
	Kind("invitations", "Event Invitation", "for_whom", "doctypes", "ref_doctype", not_exported=("renews", "renews_producer")),
)  # fmt: skip
BY_SECTION = {kind.section: kind for kind in KINDS}


@dataclass
class Outcome:
	"""What became, or would become, of one record."""

	doctype: str
	name: str
	status: str
	changes: list[str] = field(default_factory=list)
	message: str = ""
	code: str = ""  # of an invitation that was made just now


class SetupFileError(frappe.ValidationError):
	"""The file can't be applied as it is; the message says where."""


def export() -> dict:
	"""All of this site's set-up, as plain values."""
	out: dict[str, Any] = {"version": VERSION}
	for kind in KINDS:
		if not kind.key:
			out[kind.section] = _plain(kind, frappe.get_single(kind.doctype))
			continue
		names = frappe.get_all(kind.doctype, order_by="name asc", pluck="name")
		docs = [frappe.get_doc(kind.doctype, name) for name in names]
		found = [{kind.key: doc.get(kind.key), **_plain(kind, doc)} for doc in docs if doc.get(kind.key)]
		if found:
			out[kind.section] = found
	return out


def apply(content: dict, dry_run: bool = False, code: str = "") -> Iterator[Outcome]:
	"""
	:param content: as `export` gives it; sections and fields may be missing
	:param code: of an invitation, for the one Event Producer of the file that is not linked yet
	:raises SetupFileError: the file is not of that form; nothing was applied
	"""
	entries = read(content)
	for kind in KINDS:
		waiting, progress = entries.get(kind.section, []), True
		while waiting and progress:
			later = [entry for entry in waiting if _waits_for_another(kind, entry, waiting)]
			progress = len(later) < len(waiting)
			for entry in [entry for entry in waiting if entry not in later] if progress else waiting:
				yield _apply(kind, entry, dry_run, code)
			waiting = later if progress else []


def read(content: Any) -> dict[str, list[dict]]:
	"""Checks the form of the whole file.

	:returns: the records of each section
	"""
	_check(isinstance(content, dict), _("The file is not an object with sections."))
	_check(
		content.get("version", VERSION) == VERSION,
		_("The file is of another version than {0}.").format(VERSION),
	)
	unknown = set(content) - {"version", *BY_SECTION}
	_check(not unknown, _("The file has unknown sections: {0}.").format(", ".join(sorted(map(str, unknown)))))
	found = {}
	for kind in KINDS:
		given = content.get(kind.section)
		if given is None:
			continue
		entries = given if kind.key else [given]
		_check(isinstance(entries, list), _("{0} is not a list.").format(kind.section))
		for number, entry in enumerate(entries, 1):
			_check_entry(kind, entry, f"{kind.section} {number}")
		found[kind.section] = [_normalised(kind, entry) for entry in entries]
	return found


def _check_entry(kind: Kind, entry: Any, place: str) -> None:
	_check(isinstance(entry, dict), _("{0} is not an object.").format(place))
	_check(not kind.key or entry.get(kind.key), _("{0} lacks {1}.").format(place, kind.key))
	codes = {CODE} if kind.doctype == "Event Producer" else set()
	known = {kind.key, kind.table, *_fields(kind), *codes} - {""}
	unknown = set(entry) - known
	_check(not unknown, _("{0} has unknown fields: {1}.").format(place, ", ".join(sorted(map(str, unknown)))))
	rows = entry.get(kind.table) if kind.table else None
	_check(rows is None or isinstance(rows, list), _("{0} of {1} is not a list.").format(kind.table, place))
	for row in rows or []:
		_check(
			isinstance(row, dict) and row.get(kind.row_key),
			_("A row of {0} lacks {1}.").format(place, kind.row_key),
		)
		unknown = set(row) - {kind.row_key, *_row_fields(kind)}
		_check(
			not unknown,
			_("A row of {0} has unknown fields: {1}.").format(place, ", ".join(sorted(map(str, unknown)))),
		)
	keys = [row[kind.row_key] for row in rows or []]
	_check(len(set(keys)) == len(keys), _("{0} names one {1} twice.").format(place, kind.row_key))


def _normalised(kind: Kind, entry: dict) -> dict:
	if kind.key in ("producer_url", "callback_url"):
		try:
			return {**entry, kind.key: urls.normalize_url(cstr(entry[kind.key]))}
		except UrlNotAllowed as error:
			frappe.clear_last_message()
			raise SetupFileError(f"{kind.section}: {error}") from None
	return entry


def _waits_for_another(kind: Kind, entry: dict, entries: list[dict]) -> bool:
	"""Whether a mapping names another one of the file that is still to be made."""
	if kind.section != "mappings":
		return False
	named = {
		row.get(column)
		for row in entry.get(kind.table) or []
		for column in ("mapping", "child_table_mapping")
	}
	others = {other[kind.key] for other in entries if other is not entry}
	return any(name in others and not frappe.db.exists(kind.doctype, name) for name in named if name)


def _apply(kind: Kind, entry: dict, dry_run: bool, code: str) -> Outcome:
	name = cstr(entry.get(kind.key)) if kind.key else kind.doctype
	try:
		outcome = _try_to_apply(kind, entry, name, dry_run, code)
		frappe.db.commit()  # nosemgrep -- each record by itself: another site may have been asked
		return outcome
	except Exception as error:
		frappe.db.rollback()
		frappe.clear_messages()
		if not isinstance(error, frappe.ValidationError | frappe.PermissionError | frappe.DoesNotExistError):
			raise
		return Outcome(kind.doctype, name, FAILED, message=plain_text(str(error)) or type(error).__name__)


def _try_to_apply(kind: Kind, entry: dict, name: str, dry_run: bool, code: str) -> Outcome:
	doc = _existing(kind, name)
	is_new = not doc
	if is_new:
		_check(
			kind.is_made,
			_("There is no {0} {1}: the other site makes it when it subscribes.").format(
				_(kind.doctype), name
			),
		)
		doc = frappe.new_doc(kind.doctype)
		doc.set(kind.key, name)
		doc.set(kind.table, [])
	changes = [*_set_fields(kind, doc, entry), *_set_rows(kind, doc, entry)]
	given_code = cstr(entry.get(CODE)) or (
		code if kind.doctype == "Event Producer" and not doc.get("api_key") else ""
	)
	if given_code and not doc.get("api_key"):
		doc.set(CODE, given_code)
	outcome = Outcome(kind.doctype, name, CREATED if is_new else CHANGED if changes else UNCHANGED, changes)
	if outcome.status != UNCHANGED and not dry_run:
		doc.save()
		if is_new and kind.doctype == "Event Invitation":
			outcome.code = invitations.make_code(doc)["code"]
	return outcome


def _existing(kind: Kind, name: str):
	if not kind.key:
		return frappe.get_doc(kind.doctype)
	found = frappe.db.get_value(kind.doctype, {kind.key: name})
	return frappe.get_doc(kind.doctype, found) if found else None


def _set_fields(kind: Kind, doc, entry: dict) -> Iterator[str]:
	for fieldname in _fields(kind):
		if fieldname in entry:
			yield from _set(doc, doc, fieldname, entry[fieldname], fieldname)


def _set_rows(kind: Kind, doc, entry: dict) -> Iterator[str]:
	known = {cstr(row.get(kind.row_key)): row for row in doc.get(kind.table) or []} if kind.table else {}
	for given in entry.get(kind.table) or [] if kind.table else []:
		key = cstr(given[kind.row_key])
		row = known.get(key)
		if not row:
			_check(kind.is_made, _("{0} does not ask for {1}.").format(doc.name, key))
			row = doc.append(kind.table, {kind.row_key: given[kind.row_key]})
			yield f"+ {key}"
		for fieldname in _row_fields(kind):
			if fieldname in given:
				changes = list(_set(doc, row, fieldname, given[fieldname], f"{key}: {fieldname}"))
				yield from changes if key in known else ()


def _set(doc, row, fieldname: str, value: Any, label: str) -> Iterator[str]:
	df = frappe.get_meta(row.doctype).get_field(fieldname)
	before, after = _comparable(df, row.get(fieldname)), _comparable(df, value)
	if before != after or row.is_new():  # of a new one the default would else come in place of 0
		row.set(fieldname, json.dumps(value) if isinstance(value, dict | list) else value)
	if before != after:
		yield f"{label}: {_shown(before)} -> {_shown(after)}"


def _comparable(df, value: Any) -> Any:
	if df.fieldtype in ("Check", "Int"):
		return cint(value)
	if df.fieldtype in ("Float", "Percent", "Currency"):
		return flt(value)
	if df.fieldtype == "Code" and df.options == "JSON":
		return _parsed(value)
	return cstr(value).strip()


def _parsed(value: Any) -> Any:
	try:
		return json.loads(value) if isinstance(value, str) and value.strip() else value or None
	except ValueError:
		return value


def _shown(value: Any) -> str:
	return json.dumps(value, ensure_ascii=False)[:140]


def _plain(kind: Kind, doc) -> dict:
	out = {name: _value(doc, name) for name in _fields(kind) if name not in kind.not_exported}
	out = {name: value for name, value in out.items() if value is not None and value != ""}
	if kind.table and doc.get(kind.table):
		out[kind.table] = [_plain_row(kind, row) for row in doc.get(kind.table)]
	return out


def _plain_row(kind: Kind, row) -> dict:
	values = {name: _value(row, name) for name in _row_fields(kind)}
	return {
		kind.row_key: row.get(kind.row_key),
		**{name: value for name, value in values.items() if value not in (None, "")},
	}


def _value(row, fieldname: str) -> Any:
	df = frappe.get_meta(row.doctype).get_field(fieldname)
	value = row.get(fieldname)
	return _parsed(value) if df.fieldtype == "Code" and df.options == "JSON" else value


def _fields(kind: Kind) -> list[str]:
	return list(kind.fields) or [name for name in _settable(kind.doctype) if name != kind.key]


def _row_fields(kind: Kind) -> list[str]:
	if kind.row_fields:
		return list(kind.row_fields)
	child = frappe.get_meta(kind.doctype).get_field(kind.table).options
	return [name for name in _settable(child) if name != kind.row_key]


def _settable(doctype: str) -> list[str]:
	"""What a person sets: no layout, no secrets, nothing that is read only."""
	unwanted = LAYOUT_TYPES | SECRET_TYPES | TABLE_TYPES
	return [
		df.fieldname
		for df in frappe.get_meta(doctype).fields
		if df.fieldtype not in unwanted and not cint(df.read_only) and df.fieldname != CODE
	]


def _check(condition: Any, message: str) -> None:
	if not condition:
		raise SetupFileError(message)
