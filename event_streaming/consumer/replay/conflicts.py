"""Two sites changed one value at once.

An Update tells what each value was before. Where this site has neither that nor the new value, somebody here
changed it in the meantime. Which one stays is the Event Configuration's choice; the other is written into the
Event Sync Log in either case.

For two sites that subscribe to each other, choose *This Site Wins* at one and *Producer Wins* at the other:
with *Producer Wins* at both, each would end with the other's value.
"""

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import frappe
from frappe import _
from frappe.utils import cstr

from event_streaming.consumer.replay.child_rows import row_name
from event_streaming.document import snapshot
from event_streaming.document.values import same_value
from event_streaming.exceptions import ConflictFound
from event_streaming.json_text import as_json_text

if TYPE_CHECKING:
	from frappe.model.document import Document

PRODUCER_WINS, THIS_SITE_WINS, PARK = "Producer Wins", "This Site Wins", "Wait for a Person"


@dataclass
class Conflict:
	field: str
	before: Any
	here: Any
	producer: Any
	kept: str
	table: str | None = None
	row: str | None = None


def resolve(doc: "Document", diff: dict, was: dict, rule: str) -> tuple[dict, list[dict]]:
	"""
	:param doc: the document here
	:param diff: data of an Update in its local shape
	:param was: the values before, in the same shape
	:returns: what of `diff` is to be applied, and the conflicts as plain dicts
	:raises ConflictFound: there is one and a person is to decide
	"""
	if not was.get("changed") and not was.get("row_changed"):
		return diff, []
	conflicts = _find(doc, diff, was)
	if not conflicts:
		return diff, []
	if rule == PARK:
		raise ConflictFound(_message(conflicts))
	for conflict in conflicts:
		conflict.kept = "here" if rule == THIS_SITE_WINS else "producer"
	if rule == THIS_SITE_WINS:
		diff = _without(diff, conflicts)
	return diff, [asdict(conflict) for conflict in conflicts]


def replaced(doctype: str, here: dict, values: dict) -> list[dict]:
	"""What a document here loses when it takes the values of the producer's, in the shape of conflicts.

	:param here: snapshot of the document
	"""
	meta = frappe.get_meta(doctype)
	lost = [
		Conflict(field, None, cstr(here[field]), values[field], "producer")
		for field in snapshot.stored_fields(meta)
		if field in values
		and here.get(field)
		and not same_value(meta.get_field(field), values[field], here[field])
	]
	for table in snapshot.table_fields(meta):
		rows = [dict(row, idx=None) for row in here.get(table) or []]
		if rows and table in values and rows != [dict(row, idx=None) for row in values[table]]:
			lost.append(
				Conflict(table, None, as_json_text(here[table]), as_json_text(values[table]), "producer")
			)
	return [asdict(conflict) for conflict in lost]


def _find(doc, diff: dict, was: dict) -> list[Conflict]:
	conflicts = _differing(doc, diff.get("changed") or {}, was.get("changed") or {})
	for table, rows in (was.get("row_changed") or {}).items():
		known = {cstr(row.name): row for row in doc.get(table) or []}
		new_rows = (diff.get("row_changed") or {}).get(table) or {}
		for remote, before in rows.items():
			row = known.get(row_name(doc, table, remote))
			if row:
				conflicts += _differing(row, new_rows.get(remote) or {}, before, table, remote)
	return conflicts


def _differing(
	doc, new: dict, before: dict, table: str | None = None, row: str | None = None
) -> list[Conflict]:
	conflicts = []
	for field, value in new.items():
		docfield = doc.meta.get_field(field)
		if not docfield or field not in before:
			continue
		here = doc.get(field)
		if not same_value(docfield, before[field], here) and not same_value(docfield, value, here):
			conflicts.append(Conflict(field, before[field], cstr(here), value, "", table, row))
	return conflicts


def _without(diff: dict, conflicts: list[Conflict]) -> dict:
	lost = {(conflict.table, conflict.row, conflict.field) for conflict in conflicts}
	kept = dict(diff)
	kept["changed"] = {
		field: value
		for field, value in (diff.get("changed") or {}).items()
		if (None, None, field) not in lost
	}
	kept["row_changed"] = {
		table: {
			row: {field: value for field, value in values.items() if (table, row, field) not in lost}
			for row, values in rows.items()
		}
		for table, rows in (diff.get("row_changed") or {}).items()
	}
	return kept


def _message(conflicts: list[Conflict]) -> str:
	first = conflicts[0]
	return _(
		"{0} was changed on both sites: it is {1} here and {2} at the producer (fields in conflict: {3}). Resync from Source takes the producer's values, Skip keeps this site's."
	).format(first.field, first.here, first.producer, len(conflicts))
