"""Which Event Producer somebody means, if they may."""

import frappe
from frappe.model.document import Document

from event_streaming.link import arguments


def check_readable(producer: str) -> None:
	frappe.has_permission("Event Producer", "read", arguments.text(producer, "producer"), throw=True)


def get_writable(producer: str) -> Document:
	return get_permitted(producer, "write")


def get_permitted(producer: str, right: str) -> Document:
	frappe.has_permission("Event Producer", right, throw=True)  # whoever has none learns of no link
	doc = frappe.get_doc("Event Producer", arguments.text(producer, "producer"))
	doc.check_permission(right)
	return doc


def names_of_rows(doctypes: str | list | None) -> list[str] | None:
	"""Rows of the Event Configuration, by their `ref_doctype`; None for all."""
	return None if doctypes is None else arguments.names(doctypes, "doctypes")
