"""Compares the fields of each subscribed DocType with those at the producer, whenever either site's have changed.

What was found stands in the rows of the Event Configuration. When more fields are taken than were before, the documents that
are here lack their values: the next backfill takes those again, too.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import frappe
from frappe import _
from frappe.utils import now_datetime

from event_streaming.consumer.feed.source import Source
from event_streaming.consumer.mapping import schema_differences
from event_streaming.consumer.mapping.schema_differences import NOT_HERE, Compared
from event_streaming.document import schema
from event_streaming.document.field_paths import by_table, read_paths
from event_streaming.exceptions import StreamingError, TransientError
from event_streaming.link.protocol import APPROVED

if TYPE_CHECKING:
	from frappe.model.document import Document

ROW = "Event Producer Document Type"
FIELDS = [
	"name", "parent", "ref_doctype", "has_mapping", "mapping", "leave_out", "status", "still_given", "schema_check",
]  # fmt: skip
UNTOLD = "-"  # in place of the producer's digest where its version doesn't tell it


def follow(producer: str, there: Mapping[str, str], source: Source) -> None:
	"""Looks again where the fields of one of the two sites have changed since. Commits; call it with nothing unsaved.

	:param there: {the producer's DocType: digest of its fields}, as a page told
	"""
	found: list[tuple[frappe._dict, str, Compared]] = []
	for row in _rows(producer):
		remote_doctype, key = _remote(row), _key(row, there)
		if not frappe.db.exists("DocType", row.ref_doctype) or read(row).get("key") == key:
			continue
		try:
			described = source.describe_doctype(remote_doctype)
			compared = _compare(row, described)
		except TransientError:
			break  # the next pull looks again
		except (StreamingError, frappe.ValidationError):
			frappe.clear_last_message()
			continue
		found.append((row, key, compared))
	if found:
		frappe.db.rollback()  # nothing is locked, and no old view of the database kept, while the other site is asked
		for row, key, compared in found:
			_note(row, key, compared)
		frappe.clear_document_cache("Event Producer", producer)
		frappe.db.commit()  # nosemgrep -- what the form shows


def read(row: Any) -> dict:
	"""What is known of a row of the Event Configuration: `differences`, paths that are `taken` and `only_here`, and whether
	documents that are here are to be taken `again`; empty before it was looked at."""
	try:
		known = json.loads(row.get("schema_check") or "{}")
	except ValueError:
		return {}
	return known if isinstance(known, dict) else {}


def only_there(row: Any) -> set[str]:
	"""Paths that the producer has and this site lacks, also those that are left out by now."""
	known = read(row)
	found = {one["field"] for one in known.get("differences") or [] if one["kind"] == NOT_HERE}
	return found | {*(known.get("left_out") or [])}


def differences(producer: str) -> list[dict]:
	"""For people: {`ref_doctype`, `field`, `kind`, `there`, `here`, `advice`} of each, by DocType.

	Where documents lack the values of fields that were added since, the `kind` is "Taken Since" and there is no field.
	"""
	found = []
	for row in _rows(producer):
		known = read(row)
		for one in known.get("differences") or []:
			found.append(
				{**one, "ref_doctype": row.ref_doctype, "advice": schema_differences.advice(one["kind"])}
			)
		if known.get("again"):
			told = {"field": ", ".join(known["again"][:20]), "kind": "Taken Since", "there": "", "here": ""}
			advice = _(
				"Documents that came before lack these values. Fetch the existing documents once more."
			)
			found.append({**told, "ref_doctype": row.ref_doctype, "advice": advice})
	return found


def summary(producer: str) -> dict[str, int]:
	"""{DocType here: how many differences}, without those that have none."""
	counts: dict[str, int] = {}
	for one in differences(producer):
		counts[one["ref_doctype"]] = counts.get(one["ref_doctype"], 0) + 1
	return counts


def not_compared(producer: str, ref_doctype: str) -> list[str]:
	"""Paths that only one of the two sites has, so that no comparison of documents looks at them."""
	for row in _rows(producer):
		if row.ref_doctype == ref_doctype:
			known = read(row)
			missing = [one["field"] for one in known.get("differences") or [] if one["kind"] == NOT_HERE]
			return sorted({*missing, *(known.get("only_here") or [])})
	return []


def takes_again(producer: str, ref_doctype: str) -> bool:
	"""Whether documents that are here lack values of fields that are taken since."""
	return any(row.ref_doctype == ref_doctype and read(row).get("again") for row in _rows(producer))


def note_taken(producer: str, ref_doctype: str, began: datetime | None) -> None:
	"""A backfill has taken all of them again; the caller commits.

	:param began: when it did; a field that came later is still to be taken
	"""
	for row in _rows(producer):
		known = read(row) if row.ref_doctype == ref_doctype else {}
		if known.get("again") and str(began or "") >= known.get("since", ""):
			_write(row, {**known, "again": []})
			frappe.clear_document_cache("Event Producer", producer)


def remote_doctype(producer: str, ref_doctype: str) -> str:
	return next((_remote(row) for row in _rows(producer) if row.ref_doctype == ref_doctype), ref_doctype)


def _rows(producer: str) -> Iterator[frappe._dict]:
	filters = {"parent": producer, "parenttype": "Event Producer", "unsubscribe": 0}
	for row in frappe.get_all(ROW, filters=filters, fields=FIELDS, order_by="idx asc"):
		if row.status == APPROVED or row.still_given:
			yield row


def _key(row: frappe._dict, there: Mapping[str, str]) -> str:
	here = schema.digests([row.ref_doctype]).get(row.ref_doctype, "")
	mapping = _mapping(row)
	mapped = [mapping, *map(_child_mapping, mapping.field_mapping)] if mapping else []
	changed = ",".join(str(one.modified) for one in mapped if one)
	return "|".join((there.get(_remote(row)) or UNTOLD, here, changed, row.leave_out or ""))


def _compare(row: frappe._dict, described: list[dict]) -> Compared:
	leave_out = by_table(read_paths(row.leave_out))
	return schema_differences.compare(described, row.ref_doctype, _mapping(row), leave_out)


def _note(row: frappe._dict, key: str, compared: Compared) -> None:
	known = read(row)
	again = set(known.get("again") or [])
	more = {*compared.taken} - {*known["taken"]} if "taken" in known else set()
	since = str(now_datetime()) if more else known.get("since", "")
	again = sorted((again | more) & {*compared.taken})
	told = {"key": key, **compared.as_dict(), "again": again, "since": since}
	_write(row, {**told, "left_out": sorted(only_there(row) & {*read_paths(row.leave_out)})})


def _write(row: frappe._dict, known: dict) -> None:
	frappe.db.set_value(ROW, row.name, "schema_check", json.dumps(known), update_modified=False)


def _mapping(row: frappe._dict) -> "Document | None":
	if not (row.has_mapping and row.mapping and frappe.db.exists("Document Type Mapping", row.mapping)):
		return None
	return frappe.get_cached_doc("Document Type Mapping", row.mapping)


def _child_mapping(row: Any) -> "Document | None":
	name = row.is_child_table and row.child_table_mapping
	return frappe.get_cached_doc("Document Type Mapping", name) if name else None


def _remote(row: frappe._dict) -> str:
	mapping = _mapping(row)
	return mapping.remote_doctype if mapping else row.ref_doctype
