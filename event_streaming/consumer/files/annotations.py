"""Comments and tags of a producer's documents, brought to those here, after the documents and apart from them; so also who is assigned
to them, see `assignments`.

Invariants:
- A comment is changed and deleted by the site where it was written, and only by the link that brought it. What people do here to one
  that came stays here; one that they delete stays away. A comment that was written here is touched by nobody else.
- It keeps author, time and text, which Frappe cleans as it cleans any. The author is the word of the other site. Administrator and Guest
  are each site's own: for theirs, the Event Subscriber owns the comment. Nobody is notified of a comment that came.
- Tags of both sites come together: what was added there since the last look is added here, what was taken away there is taken away.
- A comment, tag or assignment that can't be written holds up nothing else. The row of the Event Configuration says why, and it is tried again.
"""

import json
from dataclasses import dataclass, field

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cstr

from event_streaming.consumer import cursor as cursors
from event_streaming.consumer.files.assignments import follow_assignments
from event_streaming.consumer.files.storing import writing
from event_streaming.consumer.identity import remote_comments
from event_streaming.consumer.identity.remote_assignments import OF_EACH_SITE
from event_streaming.consumer.identity.remote_comments import DOCTYPE, text_hash
from event_streaming.consumer.identity.remote_files import Due
from event_streaming.consumer.row_statuses import note_trouble
from event_streaming.consumer.subscription import Subscription
from event_streaming.exceptions import AppMissing, CredentialsRefused
from event_streaming.link.answers import is_name
from event_streaming.link.client import ProducerClient
from event_streaming.link.messages import error_message, untell
from event_streaming.link.protocol import Key
from event_streaming.locks import is_not_the_documents_fault, rollback
from event_streaming.producer.annotations import COMMENTS, TAGS, WRITTEN_BY_PEOPLE, split_tags, tell_of_tags
from event_streaming.producer.assignments import ASSIGNMENTS

ANNOTATIONS = {COMMENTS, TAGS, ASSIGNMENTS}
LATER = 60 * 60.0  # seconds until a DocType is asked about again of which the producer gives nothing
SOON = 1.0


@dataclass
class Plan:
	"""What is to be done to the comments on one document."""

	new: list[dict] = field(default_factory=list)
	changed: list[tuple[frappe._dict, dict]] = field(
		default_factory=list
	)  # row of Remote Comment, what is told
	gone: list[frappe._dict] = field(default_factory=list)
	here: list[str] = field(default_factory=list)  # names of those that are at the document

	def __bool__(self) -> bool:
		return bool(self.new or self.changed or self.gone)


class Annotations:
	def __init__(self, source: ProducerClient, subscription: Subscription):
		self.source = source
		self.subscription = subscription
		self._given: dict[str, list[str]] = {}
		self._told: dict[Key, dict] = {}
		self._has_more = False

	def ask(self, documents: list[Due]) -> None:
		self._given, self._told, self._has_more = {}, {}, False
		if not documents:
			return
		asked = {document.key[0] for document in documents}
		try:
			answer = self.source.list_annotations([document.key for document in documents])
		except (AppMissing, CredentialsRefused) as error:
			untell(error)
			text = _(
				"The other site gives no comments, tags and assignments. Its version of Event Streaming may be too old. {0}"
			)
			# nosemgrep -- a text of this app
			return self._tell_trouble(asked, text.format(error_message(error)))
		self._given, self._has_more = answer["given"], answer["more"]
		self._told = {(doctype, name): told for doctype, name, told in answer["documents"]}
		refused = {doctype for doctype in asked if self._asked_of(doctype) - self._given_of(doctype)}
		self._tell_trouble(asked - refused, "")
		producer = self.subscription.producer
		self._tell_trouble(
			refused,
			_(
				"{0} has not approved that comments, tags or assignments are given, keeps them back, or has a"
				" version that cannot give them."
			).format(producer),
		)
		frappe.db.commit()  # nosemgrep -- the form says why

	def look_at(self, due: Due) -> float:
		"""Commits.

		:returns: seconds after which it is to be looked at again; 0 when all is well
		"""
		doctype, told = due.key[0], self._told.get(due.key)
		taken = self._asked_of(doctype) & self._given_of(doctype)
		if told is None and self._has_more:
			return SOON
		try:
			if told is not None and COMMENTS in taken:
				self._follow_comments(due, told.get("comments", []), bool(told.get("cut")))
			if told is not None and TAGS in taken:
				self._follow_tags(due, told.get("tags", []))
			if told is not None and ASSIGNMENTS in taken:
				follow_assignments(
					self.subscription, due, told.get("assignments", []), bool(told.get("assignments_cut"))
				)
		except Exception as error:
			if is_not_the_documents_fault(error) or isinstance(error, cursors.Busy):
				raise
			rollback()
			self._tell_trouble({doctype}, f"{due.local_doctype} {due.local_name}: {error_message(error)}")
			return LATER
		return 0.0 if taken == self._asked_of(doctype) else LATER

	def _asked_of(self, doctype: str) -> set[str]:
		return self.subscription.configuration(doctype).besides & ANNOTATIONS

	def _given_of(self, doctype: str) -> set[str]:
		return {what for what in ANNOTATIONS if doctype in self._given.get(what, ())}

	def _tell_trouble(self, doctypes: set[str], trouble: str) -> None:
		note_trouble(self.subscription, "annotations_trouble", doctypes, trouble)

	def _follow_comments(self, due: Due, comments: list[dict], cut: bool) -> None:
		plan = self._plan(due, comments, cut)
		if not plan:
			return
		with writing(self.subscription, due, speaks=False) as doc:
			for told in plan.new:
				self._insert(due, doc, told)
			for row, told in plan.changed:
				self._change(row, told)
			for row in plan.gone:
				frappe.db.delete(DOCTYPE, {"name": row.name})
				if row.local_comment in plan.here:
					# nosemgrep -- what the link brought, it takes away
					frappe.delete_doc("Comment", row.local_comment, ignore_permissions=True)

	def _plan(self, due: Due, comments: list[dict], cut: bool) -> Plan:
		here = remote_comments.names_on(due.local_doctype, due.local_name)
		plan = Plan(here=here)
		known = remote_comments.known(self._producer, due.row, due.local_creation, here)
		from_elsewhere = remote_comments.from_elsewhere(comments)
		for key, told in from_elsewhere.items():
			row = known.get(key)
			if row is None:
				plan.new.append(told)
			elif (
				row.event_producer == self._producer
				and row.local_comment in here
				and row.told != text_hash(told)
			):
				plan.changed.append((row, told))
		if not cut:
			ours = {key: row for key, row in known.items() if row.event_producer == self._producer}
			plan.gone = [row for key, row in ours.items() if key not in from_elsewhere]
		return plan

	@property
	def _producer(self) -> str:
		return self.subscription.producer

	def _insert(self, due: Due, doc: Document, told: dict) -> None:
		comment = frappe.get_doc(
			doctype="Comment",
			comment_type=WRITTEN_BY_PEOPLE,
			reference_doctype=doc.doctype,
			reference_name=doc.name,
			comment_by=told["by"],
			comment_email=told["email"],
			content=told["text"],
		)
		# nosemgrep -- whoever may write the document may comment on it, as in Desk
		comment.insert(ignore_permissions=True)
		values = {"creation": told["at"]}
		if is_name(told["email"]) and told["email"] not in OF_EACH_SITE:
			values["owner"] = told["email"]
		frappe.db.set_value("Comment", comment.name, values, update_modified=False)
		# nosemgrep -- a record that this app keeps about a comment
		frappe.get_doc(
			doctype=DOCTYPE,
			author=told["by"] or told["email"],
			event_producer=self._producer,
			register_row=due.row,
			local_comment=comment.name,
			local_creation=due.local_creation,
			written_at=told["site"],
			written_as=told["name"],
			told=text_hash(told),
		).insert(ignore_permissions=True)

	def _change(self, row: frappe._dict, told: dict) -> None:
		comment = frappe.get_doc("Comment", row.local_comment)
		comment.content = told["text"]
		# nosemgrep -- what the link brought, it changes
		comment.save(ignore_permissions=True)
		frappe.db.set_value(DOCTYPE, row.name, "told", text_hash(told), update_modified=False)

	def _follow_tags(self, due: Due, there: list[str]) -> None:
		from frappe.desk.doctype.tag.tag import DocTags

		before = _tags_before(due)
		here = _lowered(split_tags(DocTags(due.local_doctype).get_tags(due.local_name)))
		added = [tag for tag in there if tag not in before and tag.lower() not in here]
		removed = [tag for tag in before if tag.lower() in here and tag.lower() not in _lowered(there)]
		if before == there and not (added or removed):
			return
		with writing(self.subscription, due, speaks=False) as doc:
			tags = DocTags(doc.doctype)
			for tag in added:
				tags.add(doc.name, tag)
			for tag in removed:
				tags.remove(doc.name, tag)
			if removed:
				tell_of_tags(doc.doctype, cstr(doc.name))
			frappe.db.set_value(
				"Remote Document", due.row, "tags_there", json.dumps(there), update_modified=False
			)


def _tags_before(due: Due) -> list[str]:
	"""Those of the document there at the last look."""
	return json.loads(frappe.db.get_value("Remote Document", due.row, "tags_there") or "[]")


def forget_tag(link: Document, method: str | None = None) -> None:
	"""`after_insert` of each Tag Link. A tag that is given here again was not taken away there since, however long it is gone
	there: it may not even be known there yet."""
	rows = frappe.get_all(
		"Remote Document",
		filters={
			"local_doctype": link.document_type,
			"local_docname": cstr(link.document_name),
			"tags_there": ["is", "set"],
		},
		fields=["name", "tags_there"],
	)
	for row in rows:
		there = json.loads(row.tags_there)
		kept = [tag for tag in there if tag.lower() != link.tag.lower()]
		if kept != there:
			frappe.db.set_value(
				"Remote Document", row.name, "tags_there", json.dumps(kept), update_modified=False
			)


def _lowered(tags: list[str]) -> set[str]:
	return {tag.lower() for tag in tags}
