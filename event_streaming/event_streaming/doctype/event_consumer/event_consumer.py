import frappe
from frappe import _
from frappe.model.document import Document

from event_streaming.link import arguments, urls
from event_streaming.producer import consumed, link_state, notify, positions

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

		callback_url: DF.Data
		consumer_doctypes: DF.Table[EventConsumerDocumentType]
		event_key: DF.Data | None
		event_subscriber: DF.Link | None
		last_contact: DF.Datetime | None
		link_key: DF.Data | None
		link_secret: DF.Password | None
		paused: DF.Check
		position: DF.Int

	# end: auto-generated types
	def onload(self):
		self.set_onload("link_state", link_state.read(self))

	def before_insert(self):
		self.callback_url = urls.normalise_url(self.callback_url)  # the name is made of it

	def validate(self):
		self.validate_no_duplicates()
		self.date_activation()

	def on_update(self):
		if self.has_subscription_changed():
			self.follow_subscription()

	def on_trash(self):
		consumed.clear_consumed_cache()

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

	def date_activation(self):
		"""What changed before a DocType was (again) approved may not have been logged for this consumer; the feed
		tells it so with the first later change of each document."""
		before = self.get_doc_before_save()
		known = {row.ref_doctype: row for row in before.consumer_doctypes} if before else {}
		for row in self.consumer_doctypes:
			if is_active(row) and not is_active(known.get(row.ref_doctype)):
				row.active_since = positions.next_log_id()

	def has_subscription_changed(self) -> bool:
		before = self.get_doc_before_save()
		return not before or before.paused != self.paused or before.subscription() != self.subscription()

	def subscription(self) -> list[tuple]:
		return [tuple(row.get(field) for field in SUBSCRIPTION_FIELDS) for row in self.consumer_doctypes]

	def follow_subscription(self):
		consumed.clear_consumed_cache()
		if self.get_doc_before_save():  # a new one has only just asked
			notify.hint(self.name)

	def set_all(self, status: str):
		"""The same answer for each DocType that is asked for."""
		self.check_permission("write")
		for row in self.consumer_doctypes:
			row.status = status
		self.save()


def is_active(row) -> bool:
	return bool(row) and row.status == "Approved" and not row.unsubscribed


@frappe.whitelist(methods=["POST"])
def approve_all(consumer: str, modified: str | None = None) -> None:
	"""
	:param modified: of the document that the administrator has read
	:raises frappe.TimestampMismatchError: the consumer has asked for something else since
	"""
	doc = _get(consumer)
	if modified and str(doc.modified) != modified:
		frappe.throw(
			_("{0} has changed what it asks for. Reload, and read it once more.").format(consumer),
			frappe.TimestampMismatchError,
		)
	doc.set_all("Approved")


@frappe.whitelist(methods=["POST"])
def reject_all(consumer: str) -> None:
	_get(consumer).set_all("Rejected")


def _get(consumer: str) -> EventConsumer:
	return frappe.get_doc("Event Consumer", arguments.text(consumer, "consumer"))
