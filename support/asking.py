"""What a caller may ask of each field, and how. Runs inside the site."""

from itertools import product
from typing import Any

import frappe

from event_streaming.link.protocol import LIST_OPERATORS, OPERATORS
from support.odd_values import OTHERS, TEXTS


def ask_everything(doctype: str, consumer: str) -> list[str]:
	"""Each field compared with each value in each way, as `find_documents` does: errors that are no refusal."""
	from event_streaming.link.arguments import _askable_fields

	wrong = []
	for fieldname, operator in product(sorted(_askable_fields(doctype, None)), OPERATORS):
		for value in _values(operator):
			try:
				_ask(doctype, consumer, [[fieldname, operator, value]])
			except frappe.ValidationError:
				frappe.clear_messages()
			except Exception as error:
				wrong.append(f"{fieldname} {operator} {value!r}: {type(error).__name__}: {str(error)[:200]}")
	return wrong


def find_by_each_text(doctype: str, consumer: str, field: str) -> dict[str, list[str]]:
	"""{value: names found by it}, of all values that are stored in `field`; asked by "=", "in", "like" and ">=" at once."""
	values = frappe.get_all(doctype, pluck=field)
	return {
		value: _ask(
			doctype,
			consumer,
			[
				[field, "=", value],
				[field, "in", [value]],
				[field, "like", _as_pattern(value)],
				[field, ">=", value],
			],
		)
		for value in values
	}


def _values(operator: str) -> list[Any]:
	values = [*TEXTS, *OTHERS]
	if operator == "is":
		return ["set", "not set", *TEXTS[:2]]
	if operator not in LIST_OPERATORS:
		return values
	return [[value, values[-number]] for number, value in enumerate(values, 1)] + [[], ["a"], "a = 1,b"]


def _ask(doctype: str, consumer: str, filters: list) -> list[str]:
	from event_streaming.producer import whole_documents

	frappe.db.savepoint("asking")
	try:
		return whole_documents.find_documents(consumer, doctype, filters, 20)
	except Exception:
		frappe.db.rollback(save_point="asking")
		raise


def _as_pattern(value: str) -> str:
	"""Versions of Frappe differ in what a backslash is there."""
	return f"%{value[1:]}" if "\\" not in value else "%"
