"""What this site's administrator said to one consumer, DocType by DocType: approved or not, and what is kept back.

The consumer's own condition is part of what was approved. Left-out fields and the own filter are this site's alone: they
hold whatever the consumer asks for, also where a DocType comes only as something that other documents link to.
"""

import json
from dataclasses import dataclass, field

import frappe

from event_streaming.document.field_paths import by_table, read_paths
from event_streaming.link.protocol import APPROVED

FIELDS = ["ref_doctype", "status", "unsubscribed", "condition", "own_filter", "left_out_fields", "refused"]


@dataclass
class Terms:
	"""
	`left_out` has the fieldnames of the document under "", those of its tables' rows under the table's name.
	"""

	doctype: str
	approved: bool = False
	refused: bool = False
	filters: list = field(default_factory=list)
	own_filter: list = field(default_factory=list)
	left_out: dict[str, set[str]] = field(default_factory=dict)


def read_terms(consumer: str) -> dict[str, Terms]:
	"""By DocType, those that the consumer asked for once or that the administrator has restricted."""
	rows = frappe.get_all(
		"Event Consumer Document Type",
		filters={"parent": consumer, "parenttype": "Event Consumer"},
		fields=FIELDS,
		order_by="idx asc",
	)
	return {row.ref_doctype: _terms(row) for row in rows}


def restrictions(consumer: str) -> dict[str, dict]:
	"""What the consumer's people are told of them: {DocType: {"left_out": ["field", "table.field"], "filtered": bool}}"""
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
	approved = row.status == APPROVED and not row.unsubscribed
	own_filter = as_filters(row.ref_doctype, row.own_filter)
	return Terms(
		row.ref_doctype,
		approved=approved,
		refused=bool(row.refused),
		filters=[*(as_filters(row.ref_doctype, row.condition) if approved else []), *own_filter],
		own_filter=own_filter,
		left_out=by_table(read_paths(row.left_out_fields)),
	)


def _as_paths(left_out: dict[str, set[str]]) -> list[str]:
	return sorted(
		f"{table}.{fieldname}" if table else fieldname
		for table, names in left_out.items()
		for fieldname in names
	)
