"""What this site's administrator said to one consumer, DocType by DocType: approved or not, and what is kept back.

The consumer's own condition is part of what was approved. Left-out fields and the own filter are this site's alone: they
hold whatever the consumer asks for, also where a DocType comes only as something that other documents link to.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import frappe

from event_streaming.document.field_paths import by_table, read_paths
from event_streaming.link.protocol import APPROVED, BESIDES, PENDING

GIVEN = ["ref_doctype", "status", "unsubscribed", "condition", "still_given", "approved_condition"]
FIELDS = [
	*GIVEN, "approved_subscriber", "own_filter", "left_out_fields", "refused", "keep_files_back",
	"keep_annotations_back", *BESIDES,
]  # fmt: skip


@dataclass
class Terms:
	"""
	`left_out` has the fieldnames of the document under "", those of its tables' rows under the table's name. `subscriber` is
	the user that was approved, where a change of it waits for an answer; else None.
	"""

	doctype: str
	approved: bool = False
	refused: bool = False
	filters: list = field(default_factory=list)
	own_filter: list = field(default_factory=list)
	left_out: dict[str, set[str]] = field(default_factory=dict)
	subscriber: str | None = None
	files: bool = False  # whether documents go out with their files; not before that was approved, too
	comments: bool = False  # likewise
	tags: bool = False
	assignments: bool = False


def is_given(row: Any) -> bool:
	"""Whether documents go out by this row of an Event Consumer: it is approved, or a change of it waits for an answer and
	what was approved before holds until then."""
	if not row or row.get("unsubscribed"):
		return False
	return row.get("status") == APPROVED or bool(row.get("status") == PENDING and row.get("still_given"))


def condition_of(row: Any) -> str:
	"""The approved condition of a row that `is_given`, as JSON, or ""."""
	return (row.get("condition") if row.get("status") == APPROVED else row.get("approved_condition")) or ""


def given_rows(fields: Iterable[str] = (), **filters: Any) -> list[frappe._dict]:
	"""Of all Event Consumers, or of one that `parent` names; see `is_given`."""
	asked = {
		"parenttype": "Event Consumer",
		"unsubscribed": 0,
		"status": ("in", (APPROVED, PENDING)),
		**filters,
	}
	rows = frappe.get_all(
		"Event Consumer Document Type", filters=asked, fields=list({*GIVEN, *fields}), order_by="idx asc"
	)
	return [row for row in rows if is_given(row)]


def given_with(what: str, **filters: Any) -> set[str]:
	"""DocTypes that go to anybody together with their files, comments, tags or assignments.

	:param what: of BESIDES
	:param filters: of `given_rows`
	"""
	return {row.ref_doctype for row in given_rows([what], **filters) if row.get(what)}


def read_terms(consumer: str, as_asked: bool = False) -> dict[str, Terms]:
	"""By DocType, those that the consumer asked for once or that the administrator has restricted.

	:param as_asked: without what still holds while a change of it waits for its answer
	"""
	rows = frappe.get_all(
		"Event Consumer Document Type",
		filters={"parent": consumer, "parenttype": "Event Consumer"},
		fields=FIELDS,
		order_by="idx asc",
	)
	for row in rows:
		row.still_given = row.still_given and not as_asked
	return {row.ref_doctype: _terms(row) for row in rows}


def restrictions(consumer: str) -> dict[str, dict]:
	"""What the consumer's people see of them: {DocType: {"left_out": ["field", "table.field"], "filtered": bool}}"""
	return {
		doctype: {"left_out": _as_paths(terms.left_out), "filtered": bool(terms.own_filter)}
		for doctype, terms in read_terms(consumer).items()
		if terms.left_out or terms.own_filter
	}


def as_filters(doctype: str, condition: str | list | dict | None) -> list:
	"""Frappe filters in their list form, so that more of them can be added."""
	condition = json.loads(condition) if isinstance(condition, str) and condition.strip() else condition
	if not condition:
		return []
	if isinstance(condition, dict):
		return [
			[doctype, field, *(value if isinstance(value, list | tuple) else ("=", value))]
			for field, value in condition.items()
		]
	return [[doctype, *row] if len(row) == 3 else list(row) for row in condition]


def _terms(row: frappe._dict) -> Terms:
	approved = is_given(row)
	own_filter = as_filters(row.ref_doctype, row.own_filter)
	is_as_asked = approved and row.status == APPROVED
	tells_annotations = is_as_asked and not row.keep_annotations_back
	return Terms(
		row.ref_doctype,
		approved=approved,
		refused=bool(row.refused),
		filters=[*(as_filters(row.ref_doctype, condition_of(row)) if approved else []), *own_filter],
		own_filter=own_filter,
		left_out=by_table(read_paths(row.left_out_fields)),
		subscriber=row.approved_subscriber if approved and row.status == PENDING else None,
		files=bool(is_as_asked and row.attachments and not row.keep_files_back),
		comments=bool(tells_annotations and row.comments),
		tags=bool(tells_annotations and row.tags),
		assignments=bool(tells_annotations and row.assignments),
	)


def _as_paths(left_out: dict[str, set[str]]) -> list[str]:
	return sorted(
		f"{table}.{fieldname}" if table else fieldname
		for table, names in left_out.items()
		for fieldname in names
	)
