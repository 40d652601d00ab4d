"""Runs inside a site: the fields of DocTypes, and what the site says of those that differ."""

import json

import frappe

_TOLD: dict = {}  # what a sabotage has replaced


def differences(producer_url: str) -> list[dict]:
	from event_streaming.event_streaming.doctype.event_producer.event_producer import get_differences

	return get_differences(producer_url)


def leave_out(producer_url: str, doctype: str, fields: str) -> None:
	doc = frappe.get_doc("Event Producer", producer_url)
	for row in doc.producer_doctypes:
		if row.ref_doctype == doctype:
			row.leave_out = fields
	doc.save()


def missing_fields(producer_url: str, doctype: str, there: int = 0) -> str:
	from event_streaming.event_streaming.doctype.event_producer.event_producer import get_missing_fields

	return get_missing_fields(producer_url, doctype, there)


def import_fields(content: str) -> None:
	for values in json.loads(content):
		frappe.get_doc(values).insert()


def remove_field(doctype: str, fieldname: str) -> None:
	frappe.delete_doc("Custom Field", f"{doctype}-{fieldname}")
	frappe.clear_cache(doctype=doctype)


def faults() -> list[dict]:
	from event_streaming.monitoring.faults import faults as found

	return [{"kind": fault.kind, "message": fault.message, "remedy": fault.remedy} for fault in found()]


def say_nothing_of(kind: str) -> None:
	"""As if the remark of one kind of dropped value had been forgotten; pulls of this shell are meant."""
	from event_streaming.consumer.dependencies import dropped

	tell = _TOLD.setdefault("tell", dropped._remark)

	def silent(found) -> None:
		setattr(found, kind, [])
		tell(found)

	dropped._remark = silent


def say_all_again() -> None:
	from event_streaming.consumer.dependencies import dropped

	dropped._remark = _TOLD["tell"]


def load_ready(producer_url: str, doctype: str, pack: dict) -> dict:
	"""The button of the form, with a pack of the test."""
	from unittest.mock import patch

	from event_streaming.desk import ready_mappings

	with patch.object(ready_mappings, "packs", lambda: [ready_mappings.Pack(**pack)]):
		assert ready_mappings.offered(producer_url) == [doctype]
		return ready_mappings.load(producer_url, doctype)
