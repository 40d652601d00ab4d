"""Finding the linked document of a mapped link field at the source, by remote value filters.

Filters are data: a JSON object from fieldnames of the linked remote DocType to a literal, to a reference
``doc.<fieldname>`` to a field of the remote document (or child row) at hand, or to ``[operator, value]``.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from frappe import _

from event_streaming.document.field_types import is_empty
from event_streaming.exceptions import MappingError
from event_streaming.link.protocol import LIST_OPERATORS, OPERATORS

FIELDNAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
REFERENCE_PREFIX = "doc."


class LinkedLookup(Protocol):
	"""What a Mapper asks the source while it maps one document or diff."""

	def find(self, remote_doctype: str, filters: dict) -> list[str]:
		"""Names of remote documents that match `filters` ({fieldname: [operator, value]}): all, or the first two."""

	def whole_document(self) -> dict | None:
		"""The remote document at hand as it is at the source now; None when it isn't there any more."""


def find_one(lookup: LinkedLookup, remote_doctype: str, filters: dict) -> str:
	"""Name of the one remote document that matches `filters`.

	:raises MappingError: none or several match
	"""
	names = lookup.find(remote_doctype, filters)
	if len(names) == 1:
		return names[0]
	if names:
		message = _(
			"Several documents of {0} at the source match {1}. Make the remote value filters narrower."
		)
	else:
		message = _(
			"No document of {0} at the source matches {1}. Create it there, or fix the remote value filters. "
			"Also subscribe to {0} if no document that this site may have links to it."
		)
	# nosemgrep -- texts of this app, filled with values
	raise MappingError(message.format(remote_doctype, json.dumps(filters, ensure_ascii=False)))


@dataclass(frozen=True)
class Reference:
	"""`doc.<fieldname>`: the value of a field of the remote document at hand."""

	fieldname: str


@dataclass(frozen=True)
class RemoteValueFilters:
	"""Parsed remote value filters: {remote fieldname: (operator, literal, Reference, or list of these)}."""

	conditions: dict[str, tuple[str, Any]]

	@classmethod
	def parse(cls, text: str) -> "RemoteValueFilters":
		"""
		:raises MappingError: `text` isn't a JSON object of conditions as this module describes them
		"""
		try:
			conditions = json.loads(text)
		except ValueError:
			conditions = None
		if not isinstance(conditions, dict) or not conditions:
			raise MappingError(
				_('Remote Value Filters must be a JSON object such as {"email": "doc.email"}.')
			)
		return cls({fieldname: _condition(fieldname, value) for fieldname, value in conditions.items()})

	def references(self) -> set[str]:
		"""Fields of the remote document at hand that must be known to look up the linked one."""
		return {item.fieldname for item in self._items() if isinstance(item, Reference)}

	def fill(self, values: Mapping[str, Any]) -> dict | None:
		"""Frappe filters with the references replaced by `values`; None when one of them is empty.

		:raises MappingError: `values` lacks a field that is referred to
		"""
		referred = {fieldname: _value_of(fieldname, values) for fieldname in self.references()}
		if any(is_empty(value) for value in referred.values()):
			return None
		return {
			fieldname: [operator, _replace(value, lambda reference: referred[reference.fieldname])]
			for fieldname, (operator, value) in self.conditions.items()
		}

	def _items(self) -> list:
		values = [value for _operator, value in self.conditions.values()]
		return [item for value in values for item in (value if isinstance(value, list) else [value])]


def _value_of(fieldname: str, values: Mapping[str, Any]) -> Any:
	if fieldname not in values:
		raise MappingError(
			_("The remote document has no field {0}, or the subscriber may not read it. Fix {1}.").format(
				fieldname, REFERENCE_PREFIX + fieldname
			)
		)
	return values[fieldname]


def _condition(fieldname: str, value: Any) -> tuple[str, Any]:
	if not FIELDNAME.fullmatch(fieldname):
		raise MappingError(_("Remote Value Filters: {0} is not a fieldname.").format(fieldname))
	operator, value = _split(fieldname, value)
	if isinstance(value, list) != (operator in LIST_OPERATORS):
		raise MappingError(
			_("Remote Value Filters: {0} takes a list with {1}, and only with these.").format(
				fieldname, ", ".join(LIST_OPERATORS)
			)
		)
	if operator == "between" and len(value) != 2:
		raise MappingError(_("Remote Value Filters: {0} needs two values for between.").format(fieldname))
	if operator == "is" and value not in ("set", "not set"):
		raise MappingError(_("Remote Value Filters: {0} can only be “set” or “not set”.").format(fieldname))
	if isinstance(value, list):
		return operator, [_operand(fieldname, item) for item in value]
	return operator, _operand(fieldname, value)


def _split(fieldname: str, value: Any) -> tuple[str, Any]:
	if not isinstance(value, list):
		return "=", value
	if len(value) != 2 or not isinstance(value[0], str):
		raise MappingError(
			_('Remote Value Filters: write {0} as a value or as ["operator", value].').format(fieldname)
		)
	if value[0].lower() not in OPERATORS:
		raise MappingError(
			_("Remote Value Filters: {0} uses {1}. Use one of these operators: {2}").format(
				fieldname, value[0], ", ".join(OPERATORS)
			)
		)
	return value[0].lower(), value[1]


def _operand(fieldname: str, value: Any) -> Any:
	"""A literal or a Reference. What begins with `doc.` is always meant as a reference."""
	if value is None or not isinstance(value, str | int | float):
		raise MappingError(
			_(
				'Remote Value Filters: {0} needs a text or a number. For empty fields use ["is", "not set"].'
			).format(fieldname)
		)
	if not isinstance(value, str) or not value.startswith(REFERENCE_PREFIX):
		return value
	referred = value.removeprefix(REFERENCE_PREFIX)
	if not FIELDNAME.fullmatch(referred):
		raise MappingError(
			_(
				"Remote Value Filters: {0} is not a field of the remote document. Write doc.<fieldname>."
			).format(value)
		)
	return Reference(referred)


def _replace(value: Any, resolve: Callable[[Reference], Any]) -> Any:
	if isinstance(value, list):
		return [_replace(item, resolve) for item in value]
	return resolve(value) if isinstance(value, Reference) else value
