"""Comments on the documents that one consumer may have, and the tags of these; so also who is assigned to them, see `assignments`.

Invariant: a comment or a tag goes out only with a document that the consumer may have at this moment, where its DocType was
approved together with comments or tags. Of comments, only what people wrote (the type "Comment"): not what Frappe notes of a
document's life. A comment is never told to the site where it was written.

As with files, neither is a document of the log: they are a state of their document. When one comes, changes or goes, an empty
Update of its document is logged in the same transaction; to a consumer that takes none the document has not changed.

A tag that goes tells nobody in Frappe: `remove_tag` does, which stands in for what Desk calls. One that other code takes away is
missed at the next change of its document.
"""

from collections import defaultdict
from typing import TYPE_CHECKING

import frappe
from frappe.utils import cstr

from event_streaming import site
from event_streaming.document.snapshot import as_creation
from event_streaming.link.protocol import MAX_COMMENT, MAX_COMMENTS, MAX_TAGS, Key
from event_streaming.producer import capture
from event_streaming.producer.assignments import ASSIGNMENTS, assignments_of
from event_streaming.producer.files import tell
from event_streaming.producer.visibility import Visibility

if TYPE_CHECKING:
	from frappe.model.document import Document

COMMENTS, TAGS = "comments", "tags"
WRITTEN_BY_PEOPLE = "Comment"  # of the types that a Comment may have
DOCUMENT_SIZE = 2 * 1024 * 1024  # characters of comments that are told of one document
ANSWER_SIZE = 8 * 1024 * 1024


def note_comment(comment: "Document", method: str | None = None) -> None:
	"""`on_change` and `after_delete` of each Comment: tells of its document, and of the one that it belonged to before."""
	before = comment.get_doc_before_save()
	told = [one for one in (comment, before) if one and one.comment_type == WRITTEN_BY_PEOPLE]
	for doctype, name in sorted({(one.reference_doctype or "", cstr(one.reference_name)) for one in told}):
		_tell(COMMENTS, doctype, name)


def note_tag(link: "Document", method: str | None = None) -> None:
	"""`after_insert` of each Tag Link."""
	tell_of_tags(link.document_type, cstr(link.document_name))


def tell_of_tags(doctype: str, name: str) -> None:
	"""Also of what came from elsewhere, or was taken away there: the site that it came from has to see that it is here, to know
	later that it was taken away here, and that it is gone here, to know later that it was given here again."""
	with capture.as_own():
		_tell(TAGS, doctype, name)


def _tell(what: str, doctype: str | None, name: str) -> None:
	if doctype and name:
		tell(what, doctype, name)


def remove_tag(tag: str, doctype: str, name: str) -> None:
	"""As Frappe does where somebody takes a tag away in Desk."""
	from frappe.desk.doctype.tag.tag import remove_tag

	remove_tag(tag, doctype, name)
	_tell(TAGS, doctype, cstr(name))


def list_annotations(consumer: str, documents: list[Key], time_zone: str = "") -> dict:
	"""
	:param time_zone: the consumer's, see `moments`
	:returns: `documents`: `[DocType, name, {"comments", "cut", "tags", "assignments", "assignments_cut"}]` of those that the consumer
	        may have, cut where not all are told; `more` where there was no room for all documents; `given`: the DocTypes that come
	        with comments, with tags and with assignments at present
	"""
	visibility = Visibility(consumer, time_zone=time_zone)
	asked = defaultdict(list)
	for doctype, name in documents:
		asked[doctype].append(name)
	given = {
		COMMENTS: [doctype for doctype in asked if visibility.terms(doctype).comments],
		TAGS: [doctype for doctype in asked if visibility.terms(doctype).tags],
		ASSIGNMENTS: [doctype for doctype in asked if visibility.terms(doctype).assignments],
	}
	found: list[list] = []
	size = 0
	for doctype in sorted(set().union(*given.values())):
		names = visibility.visible_names(doctype, asked[doctype])
		tags = _tags_of(doctype, names) if doctype in given[TAGS] else {}
		assigned = assignments_of(doctype, names) if doctype in given[ASSIGNMENTS] else {}
		for name in names:
			if size > ANSWER_SIZE:
				return {"documents": found, "given": given, "more": True}
			told: dict = {"tags": tags.get(name, [])} if doctype in given[TAGS] else {}
			told |= assigned.get(name, {})
			size += sum(len(one.get("text", "")) for one in told.get("assignments", []))
			if doctype in given[COMMENTS]:
				told |= _comments_on(visibility, doctype, name)
				size += sum(len(comment["text"]) for comment in told["comments"])
			found.append([doctype, name, told])
	return {"documents": found, "given": given, "more": False}


def _comments_on(visibility: Visibility, doctype: str, name: str) -> dict:
	"""The newest, as many as there is room for."""
	rows = frappe.get_all(
		"Comment",
		filters={"reference_doctype": doctype, "reference_name": name, "comment_type": WRITTEN_BY_PEOPLE},
		fields=["name", "creation", "comment_by", "comment_email", "owner", "content"],
		order_by="creation desc, name desc",
		limit=MAX_COMMENTS + 1,
	)
	written = _where_written([row.name for row in rows])
	theirs = frappe.db.get_value("Event Consumer", visibility.consumer, "site_id")
	told: list[dict] = []
	size, cut = 0, len(rows) > MAX_COMMENTS
	for row in rows[:MAX_COMMENTS]:
		where, as_what = written.get(row.name) or (site.own_id(), row.name)
		text = row.content or ""
		if where == theirs:
			continue
		if len(text) > MAX_COMMENT or size + len(text) > DOCUMENT_SIZE:
			cut = True
			continue
		size += len(text)
		told.append(
			{
				"site": where,
				"name": as_what,
				"by": row.comment_by or "",
				"email": row.comment_email or row.owner or "",
				"at": visibility.fields.clock.moment(as_creation(row.creation)),
				"text": text,
			}
		)
	return {"comments": told, "cut": cut}


def _where_written(comments: list[str]) -> dict[str, tuple[str, str]]:
	"""(site's id, name there) of those that came from elsewhere."""
	rows = frappe.get_all(
		"Remote Comment",
		filters={"local_comment": ("in", comments)},
		fields=["local_comment", "written_at", "written_as"],
	)
	return {row.local_comment: (row.written_at, row.written_as) for row in rows}


def _tags_of(doctype: str, names: list[str]) -> dict[str, list[str]]:
	if not names or not frappe.db.has_column(doctype, "_user_tags"):
		return {}
	rows = frappe.get_all(doctype, filters={"name": ("in", names)}, fields=["name", "_user_tags"])
	return {cstr(row.name): split_tags(row._user_tags)[:MAX_TAGS] for row in rows}


def split_tags(text: str | None) -> list[str]:
	"""As Frappe keeps them in a column of the document."""
	tags = (tag.strip() for tag in (text or "").split(","))
	return list(dict.fromkeys(tag for tag in tags if tag))
