"""Who made a document and when: the source's, where the Event Configuration says so.

A document that is here keeps its `creation`, by which it is known to be the same one.
"""

import frappe

from event_streaming.consumer.subscription import Configuration

FIELDS = ("owner", "creation", "modified")


def without(values: dict) -> dict:
	"""A whole document, as another site sent it, without what it says of these itself: who made a document decides who may
	write it here, so only `of_new` sets them."""
	return {field: value for field, value in values.items() if field not in FIELDS}


def of_new(config: Configuration, written: dict | None) -> dict:
	"""
	:param written: `{"owner", "creation", "modified"}` there
	:returns: those that a new document gets; its owner only where that user is on this site
	"""
	if not written or not config.keeps_history:
		return {}
	values = {field: written[field] for field in FIELDS}
	if not frappe.db.exists("User", values["owner"]):
		del values["owner"]
	return values


def keep(config: Configuration, name: str | None, written: dict | None) -> None:
	"""
	:param name: of the document here, which has changed
	"""
	values = of_new(config, written)
	values.pop("creation", None)
	if name and values:
		frappe.db.set_value(config.local_doctype, name, values, update_modified=False)
