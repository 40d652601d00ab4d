"""A file of the fields that one of two sites lacks, as Custom Fields that Frappe can import there."""

import json

import frappe
from frappe import _
from frappe.model import display_fieldtypes

from event_streaming.consumer import schema_check
from event_streaming.consumer.mapping import remote_schema
from event_streaming.consumer.mapping.remote_schema import FieldFacts
from event_streaming.document import schema
from event_streaming.document.field_types import TABLE_TYPES
from event_streaming.document.snapshot import NESTED_SET_FIELDS, OWN_FIELDS
from event_streaming.link.client import ProducerClient

Fields = dict[str, FieldFacts]
NEVER = NESTED_SET_FIELDS | OWN_FIELDS


def missing_here(producer: str, ref_doctype: str) -> list[dict]:
	"""Custom Field documents of what the producer's DocType has and this site's lacks, in rows too.

	:raises StreamingError: the producer can't be asked, or doesn't tell
	"""
	return _missing(_there(producer, ref_doctype), _here(ref_doctype), ref_doctype)


def missing_there(producer: str, ref_doctype: str) -> list[dict]:
	"""The same the other way round, for the producer's DocType."""
	remote_doctype = schema_check.remote_doctype(producer, ref_doctype)
	return _missing(_here(ref_doctype), _there(producer, ref_doctype), remote_doctype)


def as_file(fields: list[dict]) -> str:
	"""As `bench export-fixtures` writes it."""
	return json.dumps(fields, indent=1, sort_keys=True) + "\n"


def _there(producer: str, ref_doctype: str) -> Fields:
	with ProducerClient.for_producer(producer) as end:
		return remote_schema.read(end.describe_doctype(schema_check.remote_doctype(producer, ref_doctype)))


def _here(ref_doctype: str) -> Fields:
	return remote_schema.read(schema.describe(ref_doctype))


def _missing(those: Fields, these: Fields, doctype: str) -> list[dict]:
	"""What `those` have and `these` lack."""
	found = _custom_fields(those, these, doctype)
	for name, field in those.items():
		if field.fieldtype in TABLE_TYPES and name in these and field.options:
			found += _custom_fields(field.rows, these[name].rows, these[name].options or field.options)
	return found


def _custom_fields(those: Fields, these: Fields, doctype: str) -> list[dict]:
	found, before = [], ""
	for name, field in those.items():
		if name not in these and name not in NEVER:
			found.append(_custom_field(field, doctype, before))
		before = name
	return found


def _custom_field(field: FieldFacts, doctype: str, before: str) -> dict:
	if field.fieldtype in display_fieldtypes:
		frappe.throw(_("{0} holds no value.").format(field.fieldname))
	values = {
		"doctype": "Custom Field",
		"name": f"{doctype}-{field.fieldname}",
		"dt": doctype,
		"fieldname": field.fieldname,
		"label": field.label or frappe.unscrub(field.fieldname),
		"fieldtype": field.fieldtype,
		"options": field.options or None,
		"length": field.length,
		"precision": field.precision,
		"insert_after": before or None,
		"default": field.default or None,
		"reqd": 0,
		"unique": 0,
	}
	return {name: value for name, value in values.items() if value is not None and value != ""}
