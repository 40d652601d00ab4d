"""Attach fields, and what their values lead to."""

import frappe

ATTACH_FIELDTYPES = ("Attach", "Attach Image")
OWN_FILES = ("/files/", "/private/files/")
LINKS = ("http://", "https://")


def attach_fields(doctype: str) -> list[str]:
	fields = frappe.get_meta(doctype).fields
	return [field.fieldname for field in fields if field.fieldtype in ATTACH_FIELDTYPES]


def is_own_file(url: object) -> bool:
	"""Whether it is the URL of a file of the site whose document has it."""
	return isinstance(url, str) and url.startswith(OWN_FILES)


def is_link(url: object) -> bool:
	"""Whether it leads to what no site keeps as a file."""
	return isinstance(url, str) and url.startswith(LINKS)
