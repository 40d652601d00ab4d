"""Value maps as their form uses them. Runs inside the site."""

import frappe

from event_streaming.consumer.recovery import mapped_documents
from event_streaming.event_streaming.doctype.value_map import value_map


def state(name: str) -> dict:
	return value_map.state(name)


def backwards(name: str) -> list[list[str]]:
	return value_map.backwards(name)


def apply(name: str) -> dict[str, int]:
	"""The job behind *Apply to Them*, in the foreground."""
	frappe.db.commit()
	return mapped_documents.take_again(name)
