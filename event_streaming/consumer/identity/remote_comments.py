"""What this site knows of comments that came from other sites: rows of the DocType Remote Comment.

A comment is known by the site where it was written and its name there, whoever brought it.
"""

from hashlib import sha256

import frappe

from event_streaming import site
from event_streaming.document.snapshot import as_creation
from event_streaming.producer.annotations import WRITTEN_BY_PEOPLE

DOCTYPE = "Remote Comment"
FIELDS = [
	"name", "event_producer", "written_at", "written_as", "local_comment", "local_creation", "told", "author",
]  # fmt: skip

Written = tuple[str, str]  # id of the site where a comment was written, its name there


def names_on(doctype: str, name: str) -> list[str]:
	"""Of the comments on a document here, wherever they come from."""
	place = {"reference_doctype": doctype, "reference_name": name, "comment_type": WRITTEN_BY_PEOPLE}
	return frappe.get_all("Comment", filters=place, pluck="name")


def known(
	producer: str, register_row: str, local_creation: str | None, here: list[str]
) -> dict[Written, frappe._dict]:
	"""Of the comments that are at a document now, whoever brought them, and those that this link brought to it and that
	people deleted since; not of a document that was here before under its name.

	:param register_row: of the document
	:param local_creation: of the document, as `as_creation` has it
	:param here: as of `names_on`
	"""
	brought = {"event_producer": producer, "register_row": register_row}
	rows = [
		row
		for row in frappe.get_all(DOCTYPE, filters=brought, fields=FIELDS, order_by="creation asc, name asc")
		if as_creation(row.local_creation) == local_creation or row.local_comment in here
	]
	if here:
		rows += frappe.get_all(DOCTYPE, filters={"local_comment": ("in", here)}, fields=FIELDS)
	return {(row.written_at, row.written_as): row for row in rows}


def from_elsewhere(comments: list[dict]) -> dict[Written, dict]:
	"""What a producer told of comments, but for those that were written here."""
	keyed = {(told["site"], told["name"]): told for told in reversed(comments)}
	return {key: keyed[key] for key in reversed(keyed) if key[0] != site.own_id()}


def text_hash(told: dict) -> str:
	return sha256(told["text"].encode()).hexdigest()
