import frappe
from frappe import _
from frappe.model.document import Document

from event_streaming import site
from event_streaming.document.field_paths import checked_paths
from event_streaming.document.streamable import check_streamable
from event_streaming.link import arguments, moving, urls
from event_streaming.link.credentials import Secret, make_credentials
from event_streaming.link.protocol import APPROVED, PENDING, REJECTED
from event_streaming.producer import (
	consumed_doctypes,
	hearing,
	link_state,
	notify,
	offering,
	request_summary,
)
from event_streaming.producer.notify import begin_to_answer
from event_streaming.producer.terms import is_given

SUBSCRIPTION_FIELDS = ("ref_doctype", "status", "unsubscribed", "condition")


class EventConsumer(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		from event_streaming.event_streaming.doctype.event_consumer_document_type.event_consumer_document_type import (
			EventConsumerDocumentType,
		)

		by_mailbox: DF.Check
		callback_url: DF.Data
		current_url: DF.Data | None
		consumer_doctypes: DF.Table[EventConsumerDocumentType]
		event_key: DF.Data | None
		event_subscriber: DF.Link | None
		gate_password: DF.Password | None
		gate_user: DF.Data | None
		last_contact: DF.Datetime | None
		link_key: DF.Data | None
		link_secret: DF.Password | None
		paused: DF.Check
		position: DF.Int
		report: DF.SmallText | None
		reported_at: DF.Datetime | None
		site_id: DF.Data | None
		told_name: DF.Data | None

	# end: auto-generated types
	def onload(self):
		self.set_onload("link_state", link_state.read(self))

	def before_insert(self):
		self.callback_url = urls.normalize_url(self.callback_url)  # the name is made of it
		site.own_id()  # settled before there is a link

	def validate(self):
		self.validate_no_duplicates()
		self.validate_kept_back()
		self.note_refusals()
		self.forget_answered()
		self.date_activation()

	def on_update(self):
		if self.has_subscription_changed():
			self.follow_subscription()

	def on_trash(self):
		consumed_doctypes.clear_consumed_cache()

	def validate_no_duplicates(self):
		seen = set()
		for row in self.consumer_doctypes:
			if row.ref_doctype in seen:
				frappe.throw(
					_("Row {0}: {1} is there already. Remove one of the rows.").format(
						row.idx, row.ref_doctype
					)
				)
			seen.add(row.ref_doctype)

	def validate_kept_back(self):
		for row in self.consumer_doctypes:
			if row.left_out_fields:
				row.left_out_fields = "\n".join(checked_paths(row.left_out_fields, row.ref_doctype, row.idx))
			if row.own_filter:
				row.own_filter = arguments.canonical_condition(row.own_filter) or None
				filters = frappe.parse_json(row.own_filter) if row.own_filter else []
				arguments.check_filters(row.ref_doctype, filters)

	def note_refusals(self):
		"""A DocType that was rejected isn't given in any other way either, until it is approved, whatever the consumer asks for
		meanwhile."""
		for row in self.consumer_doctypes:
			if row.status in (APPROVED, REJECTED):
				row.refused = int(row.status == REJECTED)

	def forget_answered(self):
		"""What was approved before holds only as long as a change waits for its answer."""
		for row in self.consumer_doctypes:
			if row.unsubscribed or row.status != PENDING:
				row.still_given = 0
				row.approved_condition = row.approved_subscriber = None

	def date_activation(self):
		"""What changed before a DocType was approved may not have been logged for this consumer; the feed tells it so with the
		first later change of each document. Where the DocType was approved before, the consumer has missed what changed between."""
		before = self.get_doc_before_save()
		known = {row.ref_doctype: row for row in before.consumer_doctypes} if before else {}
		for row in self.consumer_doctypes:
			if is_given(row) and not is_given(known.get(row.ref_doctype)):
				hearing.begin(row, had_it_before=bool(row.active_since))

	def has_subscription_changed(self) -> bool:
		before = self.get_doc_before_save()
		return not before or before.paused != self.paused or before.subscription() != self.subscription()

	def subscription(self) -> list[tuple]:
		return [tuple(row.get(field) for field in SUBSCRIPTION_FIELDS) for row in self.consumer_doctypes]

	def follow_subscription(self):
		consumed_doctypes.clear_consumed_cache()
		if self.get_doc_before_save():  # a new one has only just asked
			notify.hint(self.name)

	def set_all(self, status: str):
		"""The same answer for each DocType that is asked for."""
		self.check_permission("write")
		for row in self.consumer_doctypes:
			if not row.unsubscribed:
				row.status = status
		self.save()


# nosemgrep -- checked in the first function that it calls
@frappe.whitelist()
def get_link_state(consumer: str) -> dict:
	"""See `link_state.read`."""
	return link_state.read(_get(consumer, "read"))


# nosemgrep -- checked in the first function that it calls
@frappe.whitelist()
def inspect_request(consumer: str) -> list[dict]:
	"""See `inspection.inspect`."""
	return request_summary.inspect(_get(consumer, "read"))


@frappe.whitelist(methods=["POST"])
def answer(consumer: str, ref_doctype: str, status: str, modified: str | None = None) -> None:
	"""Approves or rejects one DocType.

	:param modified: as for `approve_all`
	"""
	doc = _get(consumer)
	_check_unchanged(doc, modified)
	if status not in (APPROVED, REJECTED):
		frappe.throw(_("The answer is Approved or Rejected."))
	rows = [
		row for row in doc.consumer_doctypes if row.ref_doctype == arguments.text(ref_doctype, "ref_doctype")
	]
	if not rows:
		frappe.throw(_("{0} does not ask for {1}.").format(consumer, ref_doctype))
	rows[0].status = status
	doc.save()


@frappe.whitelist(methods=["POST"])
def approve_all(consumer: str, modified: str | None = None) -> None:
	"""
	:param modified: of the document that the administrator has read
	:raises frappe.TimestampMismatchError: the consumer has asked for something else since
	"""
	doc = _get(consumer)
	_check_unchanged(doc, modified)
	doc.set_all(APPROVED)


# nosemgrep -- checked in the first function that it calls
@frappe.whitelist(methods=["POST"])
def reject_all(consumer: str) -> None:
	_get(consumer).set_all(REJECTED)


@frappe.whitelist(methods=["POST"])
def enter_code(url: str, code: str) -> str:
	"""This site, which nobody can call, sends to the site that made the code; see `offering.offer`.

	:returns: name of the Event Consumer, in which each DocType is to be approved
	"""
	frappe.has_permission("Event Consumer", "create", throw=True)
	consumer = offering.offer(arguments.text(url, "url"), Secret(arguments.text(code, "code")))
	frappe.db.after_commit.add(lambda: begin_to_answer(consumer))
	return consumer


# nosemgrep -- checked in the first function that it calls
@frappe.whitelist(methods=["POST"])
def keep_back(
	consumer: str, ref_doctype: str, left_out_fields: str | None = None, own_filter: str | None = None
) -> None:
	"""What this site never gives to the other one, of a DocType that it asks for or that others link to.

	:param left_out_fields: see `terms.read_paths`; None or "" for all fields
	:param own_filter: Frappe filters as JSON; None or "" for all documents
	"""
	doc = _get(consumer)
	ref_doctype = arguments.text(ref_doctype, "ref_doctype")
	check_streamable(ref_doctype)
	rows = [row for row in doc.consumer_doctypes if row.ref_doctype == ref_doctype]
	row = (
		rows[0] if rows else doc.append("consumer_doctypes", {"ref_doctype": ref_doctype, "unsubscribed": 1})
	)
	row.left_out_fields = arguments.long_text(left_out_fields, "left_out_fields") or None
	row.own_filter = arguments.long_text(own_filter, "own_filter") or None
	doc.save()


# nosemgrep -- checked in the first function that it calls
@frappe.whitelist(methods=["POST"])
def set_paused(consumer: str, paused: bool) -> None:
	doc = _get(consumer)
	doc.paused = int(paused)
	doc.save()


# nosemgrep -- checked in the first function that it calls
@frappe.whitelist(methods=["POST"])
def revoke_key(consumer: str) -> None:
	"""The key that the other site has is dead at once. It gets a new one when its administrator asks for it there,
	and goes on where it stopped."""
	doc = _get(consumer)
	doc.link_key, doc.link_secret = make_credentials()
	doc.save()


# nosemgrep -- checked in the first function that it calls
@frappe.whitelist(methods=["POST"])
def unpair(consumer: str) -> None:
	"""Ends the link here: the other site's key is dead at once, and it is told so when it asks the next time."""
	_get(consumer, "delete").delete()


# nosemgrep -- checked in the first function that it calls
@frappe.whitelist(methods=["POST"])
def move_link(consumer: str, url: str) -> None:
	"""See `moving.move`."""
	moving.move(_get(consumer), arguments.text(url, "url"))
	notify.hint(consumer)


def _get(consumer: str, right: str = "write") -> EventConsumer:
	frappe.has_permission("Event Consumer", right, throw=True)  # whoever has none learns of no link
	doc = frappe.get_doc("Event Consumer", arguments.text(consumer, "consumer"))
	doc.check_permission(right)
	return doc


def _check_unchanged(doc: EventConsumer, modified: str | None) -> None:
	"""What the administrator has read is what is answered."""
	if modified and str(doc.modified) != modified:
		frappe.throw(
			_("{0} has changed what it asks for. Reload, and read it once more.").format(doc.name),
			frappe.TimestampMismatchError,
		)
